"""Runs in JupyterLab: statuses as they change, forms, stopping and going on, and what a reloaded page shows."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import Run, asking, failing, slow
from tests.browser.conftest import Open


def test_statuses_change_on_the_picture_while_the_cell_runs(open_lab: Open) -> None:
    lab = open_lab(slow())
    lab.run("build", "graph")
    lab.run("go", wait=False)
    run = Run(lab, "go")
    expect(run.node("first", "running")).to_be_visible()
    expect(run.node("second", "waiting")).to_be_visible()
    expect(run.view).to_contain_text("first begins")
    (lab.folder / "first").touch()
    expect(run.node("first", "done")).to_be_visible()
    expect(run.node("second", "running")).to_be_visible()
    assert lab.running("go")
    (lab.folder / "second").touch()
    run.wait("done")
    assert run.seen("first")[-2:] == ["running", "done"]
    assert run.seen("second")[-2:] == ["running", "done"]
    assert run.view.locator('[data-edge-source="first"].is-taken').count() == 1
    lab.wait_idle()
    assert not lab.errors()


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_interrupted_run_goes_on_where_it_was(open_lab: Open, kind: str) -> None:
    lab = open_lab(slow(kind))
    lab.run("build", "graph")
    lab.run("go", wait=False)
    run = Run(lab, "go")
    (lab.folder / "first").touch()
    expect(run.node("second", "running")).to_be_visible()
    lab.interrupt()
    lab.wait_idle()
    run.wait("stopped")
    assert lab.errors() == {"go": ["RunStopped: the cell was interrupted. With a checkpointer, the thread is kept."]}
    (lab.folder / "second").touch()
    run.press("Resume")
    run.wait("done")
    expect(run.view).to_have_count(1)
    assert run.view.get_by_text("first begins").count() == 1, "what had finished did not run again"


def test_stop_frees_the_cell_and_a_new_cell_goes_on(open_lab: Open) -> None:
    lab = open_lab(slow("async def"))
    lab.run("build", "graph")
    lab.run("go", wait=False)
    run = Run(lab, "go")
    (lab.folder / "first").touch()
    expect(run.node("second", "running")).to_be_visible()
    run.press("Stop")
    run.wait("stopped")
    lab.wait_idle()
    assert [error.partition(":")[0] for error in lab.errors()["go"]] == ["RunStopped"]
    (lab.folder / "second").touch()
    lab.append("on", "%resume work --thread t")
    lab.run("on")
    Run(lab, "on").wait("done")


def test_a_form_resumes_in_the_same_view_after_its_cell_has_ended(open_lab: Open) -> None:
    lab = open_lab(asking())
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("paused")
    assert not lab.running("go")
    run.field("Kind").select_option("coffee")
    run.field("Cups").fill("2")
    run.field("Name").fill("Ada <i>L</i>")
    run.press("Submit")
    run.wait("done")
    expect(run.view).to_have_count(1)
    expect(run.view).to_contain_text("2 x coffee for Ada <i>L</i>")
    expect(run.node("serve", "done")).to_be_visible()
    assert not lab.errors()


def test_a_wrong_answer_is_refused_at_its_field_and_can_be_mended(open_lab: Open) -> None:
    lab = open_lab(asking())
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.field("Kind").select_option("tea")
    run.field("Cups").fill("9")
    run.field("Name").fill("x")
    run.press("Submit")
    expect(run.field("Cups")).to_have_attribute("aria-invalid", "true")
    expect(run.field("Name")).to_have_attribute("aria-invalid", "true")
    expect(run.field("Kind")).not_to_have_attribute("aria-invalid", "true")
    expect(run.view).to_contain_text("9 is greater than the maximum of 5")
    expect(run.node("ask", "paused")).to_be_visible()
    expect(run.field("Name")).to_have_value("x")
    run.field("Cups").fill("1")
    run.field("Name").fill("Eve")
    run.press("Submit")
    run.wait("done")
    expect(run.view).to_contain_text("1 x tea for Eve")


def test_an_answer_that_came_too_late_changes_nothing(open_lab: Open) -> None:
    lab = open_lab(asking())
    lab.append("code", '%resume bar --thread t {"kind": "coffee", "cups": 3, "name": "code"}')
    lab.run("build", "graph", "go", "code")
    expect(lab.cell("code")).to_contain_text("3 x coffee for code")
    run = Run(lab, "go")
    run.field("Kind").select_option("tea")
    run.field("Cups").fill("1")
    run.field("Name").fill("late")
    run.press("Submit")
    expect(run.view).to_contain_text("answered already")
    lab.append("state", "bar.get_state({'configurable': {'thread_id': 't'}}).values['order'].name")
    lab.run("state")
    expect(lab.cell("state")).to_contain_text("'code'")


def test_a_reloaded_page_shows_the_run_and_its_form_still_works(open_lab: Open) -> None:
    lab = open_lab(asking())
    lab.run("build", "graph", "go")
    Run(lab, "go").wait("paused")
    lab.reload()
    run = Run(lab, "go")
    expect(run.node("ask", "paused")).to_be_visible()
    run.field("Kind").select_option("tea")
    run.field("Cups").fill("1")
    run.field("Name").fill("again")
    run.press("Submit")
    run.wait("done")
    expect(run.view).to_contain_text("1 x tea for again")


def test_a_failed_node_is_mended_in_its_cell_and_the_run_goes_on(open_lab: Open) -> None:
    lab = open_lab(failing())
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("failed")
    expect(run.node("divide", "failed")).to_be_visible()
    expect(run.view).to_contain_text('return {"n": state["n"] / 0}')
    assert lab.errors() == {"go": ["ZeroDivisionError: division by zero"]}
    lab.edit("graph", failing().cells[1].source.replace("/ 0", "/ 2"))
    lab.run("graph")
    run.press("Resume")
    run.wait("done")
    expect(run.node("divide", "done")).to_be_visible()
    expect(run.node("begin", "done")).to_be_visible()
