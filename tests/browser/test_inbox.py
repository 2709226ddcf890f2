"""The inbox in JupyterLab: answered with the keyboard alone after a restart, and from two places at once."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Locator, expect

from tests.browser.books import Run, faint, nested, overflowing
from tests.browser.conftest import Open


def test_a_nested_form_is_answered_with_the_keyboard_after_a_restart(open_lab: Open) -> None:
    lab = open_lab(nested())
    lab.run("build", "graph", "go")
    lab.restart()
    lab.run("build", "graph", "inbox")
    run, keys = Run(lab, "inbox"), lab.page.keyboard
    expect(run.view).to_contain_text("1 thread waits")
    run.view.locator(".lgnb-row-head").focus()
    press = lambda *names: [keys.press(name) for name in names]  # noqa: E731

    def go_to(field: Locator) -> None:
        for _ in range(8):
            press("Tab")
            if field.evaluate("(one) => one === document.activeElement"):
                return
        expect(field).to_be_focused()

    go_to(run.field("Name"))
    keys.type("A")
    go_to(run.field("Street"))
    keys.type("High St")
    go_to(run.field("Add to Lines"))
    press("Enter")
    expect(run.field("What 1")).to_be_focused()
    keys.type("coffee")
    go_to(run.field("Cups 1"))
    keys.type("9")
    go_to(run.field("Note"))
    keys.type("hot")
    press("Control+Enter")
    expect(run.field("Name")).to_be_focused()
    for label, problem in (("Name", "too short"), ("Cups 1", "greater than the maximum of 5")):
        expect(run.field(label)).to_have_attribute("aria-invalid", "true")
        about = run.field(label).get_attribute("aria-describedby") or ""
        expect(run.view.locator(f"#{about.split()[-1]}")).to_contain_text(problem)
    expect(run.field("Street")).not_to_have_attribute("aria-invalid", "true")
    assert not overflowing(run.view) and not faint(run.view)
    press("End")
    keys.type("da")
    go_to(run.field("Cups 1"))
    press("Control+a")
    keys.type("2")
    press("Escape")
    expect(run.view.locator("form")).to_be_focused()
    press("Control+Enter")
    run.view.locator('summary[data-status="done"]').wait_for()
    expect(run.view).to_contain_text("2 x coffee for Ada, High St: hot")
    expect(run.view).to_contain_text("nothing waits")
    assert not lab.errors() and not overflowing(run.view) and not faint(run.view)
    lab.reload()
    expect(Run(lab, "inbox").view).to_contain_text("2 x coffee for Ada, High St: hot")


def test_of_two_answers_from_two_notebooks_one_counts_and_the_other_is_refused(open_lab: Open) -> None:
    first = open_lab(nested())
    file = first.folder / "shared.db"
    second = open_lab(nested(str(file)))
    first.edit("graph", nested(str(file)).cells[1].source)
    first.run("build", "graph", "go", "inbox")
    second.run("build", "graph", "inbox")
    views = [Run(first, "inbox"), Run(second, "inbox")]
    for run, name in zip(views, ("Ada", "Bob"), strict=True):
        run.field("Name").fill(name)
        run.field("Street").fill("High St")
        run.press("Add to Lines")
        run.field("What 1").select_option("tea")
        run.field("Cups 1").fill("1")
    for run in views:
        run.press("Submit")
    for run in views:
        expect(run.view).to_contain_text(re.compile("1 x tea for|nothing was changed"))
    assert sum("1 x tea for" in run.view.inner_text() for run in views) == 1, "whoever came first"
    assert (first.folder / "shared.db.served").read_text() == "served\n"
    second.append("again", "%inbox")
    second.run("again")
    expect(second.cell("again")).to_contain_text("Nothing waits for you.")
