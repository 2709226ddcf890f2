"""The same run in JupyterLab and Notebook 7, each with another kind of kernel (see ``tests.kernels``).

What a kernel cannot do is not offered: a Stop that would come too late, a cell that would wait for ever.
"""

from __future__ import annotations

import nbformat
import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import Run, asking, faint, overflowing, saved_picture, slow
from tests.browser.conftest import Open
from tests.browser.lab import Server, notebook
from tests.kernels import OTHERS

OLD, THREADED = OTHERS


def book() -> nbformat.NotebookNode:
    """A graph that asks, and one that takes as long as it is let."""
    cells = {f"{cell.id}-slow": cell.source for cell in slow("async def").cells}
    cells |= {cell.id: cell.source for cell in asking().cells}
    cells |= {"wait": "%%invoke bar --thread w --wait\n{}", "version": "import ipykernel; ipykernel.__version__"}
    return notebook(**cells)


@pytest.mark.parametrize(("ui", "version"), [("notebook", None), ("lab", OLD), ("notebook", THREADED)])
def test_a_run_is_watched_stopped_and_answered(open_lab: Open, server: Server, ui: str, version: str | None) -> None:
    server.kernel("chosen", version)
    lab = open_lab(book(), ui=ui, kernel="chosen")
    lab.run("version", "build-slow", "graph-slow")
    expect(lab.cell("version")).to_contain_text(version or "7.")
    lab.run("go-slow", wait=False)
    run = Run(lab, "go-slow")
    (lab.folder / "first").touch()
    expect(run.node("second", "running")).to_be_visible()
    assert lab.running("go-slow")
    if version == OLD:
        expect(run.view.get_by_role("button", name="Stop")).to_be_hidden()
        expect(run.view).to_contain_text("To stop, interrupt the kernel.")
        lab.interrupt()
    else:
        run.press("Stop")
    run.wait("stopped")
    lab.wait_idle()
    (lab.folder / "second").touch()
    run.press("Resume")
    run.wait("done")
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("paused")
    fill(run)
    run.wait("done")
    expect(run.view).to_contain_text("2 x tea for Ada")
    lab.run("wait", wait=False)
    run = Run(lab, "wait")
    run.wait("paused")
    if version is None:
        assert lab.running("wait")
    else:
        lab.wait_idle()
        expect(run.view).to_contain_text("This kernel handles clicks only after the cell has ended")
    assert not overflowing(run.view) and not faint(run.view)
    fill(run)
    run.wait("done")
    lab.wait_idle()
    assert [*lab.errors()] == ["go-slow"]
    assert "is-done" in saved_picture(lab.save(), "wait")["image/svg+xml"]


def fill(run: Run) -> None:
    run.field("Kind").select_option("tea")
    run.field("Cups").fill("2")
    run.field("Name").fill("Ada")
    run.press("Submit")
