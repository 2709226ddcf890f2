"""The live view in JupyterLab: subgraphs that open in place, two views, a page that comes back, and no kernel."""

from __future__ import annotations

import nbformat
import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import Run, faint, overflowing, teams
from tests.browser.conftest import Open


def test_subgraphs_open_in_place_while_they_run_and_stay_open_on_a_page_that_comes_back(open_lab: Open) -> None:
    lab = open_lab(teams())
    lab.run("build", "graph")
    lab.run("go", wait=False)
    run = Run(lab, "go")
    expect(run.node("team", "running")).to_be_visible()
    expect(run.node("team|desk", "running")).to_have_count(0)
    run.press("Open team")
    expect(run.node("team|desk", "running")).to_be_visible()
    run.press("Open team › desk")
    expect(run.node("team|desk|write", "running")).to_be_visible()
    expect(run.view.locator('[data-node="many|n0"]')).to_have_count(0)
    lab.reload()
    expect(run.node("team|desk|write", "running")).to_be_visible()
    run.press("Close team")
    expect(run.view.locator('[data-node="team|desk"]')).to_have_count(0)
    run.press("Open team")
    expect(run.node("team|desk", "running")).to_be_visible()
    (lab.folder / "go").touch()
    run.wait("done")
    expect(run.node("team|desk", "done")).to_be_visible()
    run.press("Open team › desk")
    expect(run.node("team|desk|write", "done")).to_be_visible()
    expect(run.view.locator('[data-edge-source="team|desk|__start__"].is-taken')).to_have_count(1)


def test_a_nodes_output_is_that_of_the_graph_inside_and_folded_when_it_is_long(open_lab: Open) -> None:
    lab = open_lab(teams())
    (lab.folder / "go").touch()
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("done")
    run.view.locator('svg [data-node="team"] > .lgnb-title').click()
    expect(run.view.locator('.lgnb-output[data-node="team|desk|write"]').get_by_text("written")).to_be_visible()
    expect(run.view.locator('.lgnb-output[data-node="__start__"]')).to_be_hidden()
    long = run.view.locator(".is-folded")
    expect(long).to_have_count(1)
    run.press("Show all 40 lines")
    expect(long).to_have_count(0)
    run.press("Show less")
    expect(long).to_have_count(1)


def test_two_views_show_two_runs(open_lab: Open) -> None:
    lab = open_lab(teams())
    lab.run("build", "graph")
    lab.append("both", "import langgraph_nb as nb\n"
               "runs = [nb.live(office, {'messages': name}, thread=name) for name in ('one', 'two')]\n"
               "await asyncio.gather(*runs);")  # fmt: skip
    lab.run("both", wait=False)
    views = lab.cell("both").locator(".lgnb-live")
    expect(views).to_have_count(2)
    for view in (views.nth(0), views.nth(1)):
        expect(view.locator('svg [data-node="team"].is-running')).to_be_visible()
    views.nth(1).get_by_role("button", name="Open team", exact=True).click()
    expect(views.nth(1).locator('svg [data-node="team|desk"].is-running')).to_be_visible()
    expect(views.nth(0).locator('svg [data-node="team|desk"]')).to_have_count(0)
    (lab.folder / "go").touch()
    for n, thread in enumerate(("one", "two")):
        views.nth(n).locator('header[data-status="done"]').wait_for()
        expect(views.nth(n)).to_contain_text(f"thread {thread}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_view_is_readable_and_nothing_is_cut_off(open_lab: Open, theme: str) -> None:
    lab = open_lab(teams(), theme=theme, width=400)
    (lab.folder / "go").touch()
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("done")
    run.press("Open team")
    expect(run.node("team|desk", "done")).to_be_visible()
    assert overflowing(run.view) == []
    assert faint(run.view) == []


def test_a_saved_notebook_shows_picture_outputs_and_state_without_a_kernel(open_lab: Open) -> None:
    lab = open_lab(teams())
    (lab.folder / "go").touch()
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("done")
    run.press("Open team")
    expect(run.node("team|desk", "done")).to_be_visible()
    hidden = lab.cell("go").locator(".jp-OutputArea-child")
    expect(hidden).to_have_count(3)
    for n in (1, 2):
        expect(hidden.nth(n)).to_be_hidden()
    saved = lab.save()
    _, picture, words = (output.data for output in next(cell for cell in saved.cells if cell.id == "go").outputs)
    assert set(picture) == {"image/svg+xml", "text/plain"} and set(words) == {"text/plain"}
    assert "✓ team › desk › write" in picture["text/plain"] and 'data-node="team|desk"' in picture["image/svg+xml"]
    assert "assistant: written" in words["text/plain"] and "State\n  messages:" in words["text/plain"]
    assert len(nbformat.writes(saved)) < 60_000  # type: ignore[no-untyped-call]
    lab.restart()
    lab.reload()
    expect(lab.cell("go").locator("img")).to_be_visible()
    expect(lab.cell("go")).to_contain_text("assistant: written")
    lab.problems[:] = [one for one in lab.problems if "widget model not found" not in one]  # so it is, and Lab says so
