"""The tour in JupyterLab, as a newcomer goes through it."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import BUILD, Run, faint, overflowing, saved_picture, tour
from tests.browser.conftest import Open


def test_run_all_waits_for_the_form_and_ends_with_the_chart(open_lab: Open) -> None:
    lab = open_lab(tour())
    lab.run_all()
    run = Run(lab, "invoke")
    run.wait("paused")
    for cell in BUILD[1:]:
        expect(lab.cell(cell).locator("img[src*='svg']")).to_be_visible()
    assert lab.running("invoke") and lab.running("resume"), "the cell waits for its form, and so do the cells below"
    expect(run.node("profile", "done")).to_contain_text("10 of 10")
    expect(run.view.locator(".lgnb-card table")).to_contain_text("^GSPC")
    expect(run.field("Limit")).to_have_value("4")

    run.field("Limit, slider").press("End")
    expect(run.field("Limit")).to_have_value("8")
    run.field("Limit").fill("5")
    run.field("Gaps").select_option("fill")
    run.field("Note").fill("It was <b>real</b>.")
    run.press("Submit")
    run.wait("done")
    for node in ("correct", "chart"):
        expect(run.node(node, "done")).to_be_visible()
    expect(run.view).to_have_count(1)
    expect(run.node("load", "done")).to_be_visible()
    lab.wait_idle()
    expect(lab.cell("invoke").locator("img[src*='png']")).to_be_visible()
    expect(lab.cell("past")).to_contain_text("It was <b>real</b>.")
    expect(lab.cell("resume")).to_have_text("")
    again = Run(lab, "what-if")
    again.wait("done")
    for node, status in (("propose", "skipped"), ("review", "skipped"), ("correct", "done"), ("chart", "done")):
        expect(again.node(node, status)).to_be_visible()
    expect(lab.cell("what-if").locator("img[src*='png']")).to_be_visible()
    expect(lab.cell("check-1")).to_contain_text("not yet")
    assert list(lab.errors()) == ["break"]
    saved = saved_picture(lab.save(), "invoke")
    assert "lgnb-node is-done" in saved["image/svg+xml"] and saved["text/plain"].startswith("cleaner: done")


def test_a_run_paused_by_a_restart_is_answered_from_its_file(open_lab: Open) -> None:
    lab = open_lab(tour())
    lab.run(*BUILD, "invoke", wait=False)
    Run(lab, "invoke").wait("paused")
    lab.restart()
    old = Run(lab, "invoke")
    old.press("Submit")
    lab.append("back", "%resume cleaner --thread review")
    lab.run(*BUILD, "back")
    run = Run(lab, "back")
    expect(run.node("load", "done")).to_be_visible()
    expect(run.node("review", "paused")).to_be_visible()
    run.field("Limit").fill("5")
    run.press("Submit")
    run.wait("done")
    expect(lab.cell("back").locator("img[src*='png']")).to_be_visible()
    lab.run("resume", "past")
    expect(lab.cell("past")).to_contain_text(re.compile(r"decision\.limit\D*4\.0\D*5\.0"))
    expect(old.view).to_contain_text("If it was restarted, run %resume cleaner --thread review in a cell.")
    assert not lab.errors()


@pytest.mark.parametrize(("theme", "width"), [("light", 700), ("dark", 1400)])
def test_nothing_is_cut_off_and_everything_can_be_read(open_lab: Open, theme: str, width: int) -> None:
    lab = open_lab(tour(), theme=theme, width=width)
    lab.run(*BUILD, "invoke", wait=False)
    run = Run(lab, "invoke")
    run.wait("paused")
    assert not overflowing(run.view) and not faint(run.view)
    run.field("Limit").fill("99")
    run.press("Submit")
    expect(run.field("Limit")).to_have_attribute("aria-invalid", "true")
    assert not overflowing(run.view) and not faint(run.view)
    run.field("Limit").fill("5")
    run.press("Submit")
    run.wait("done")
    assert not overflowing(run.view) and not faint(run.view)
