"""A debugger in JupyterLab: its buttons, what a reloaded page shows, and that nothing is cut off or faint."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import Run, faint, overflowing
from tests.browser.conftest import Open
from tests.browser.lab import notebook

BOOK = {
    "build": """%load_ext langgraph_nb
import operator
from typing import Annotated, TypedDict
class State(TypedDict):
    question: str
    words: Annotated[list, operator.add]""",
    "graph": """%%graph support --checkpointer memory
def ask(state: State):
    return {"words": ["asked"]}
def check(state: State):
    return {"words": [1 / 0]}
def reply(state: State):
    return {"words": ["replied"]}
START >> {ask, check}
[ask, check] >> reply >> END""",
    "go": """debugger = %step support --thread 42 --break check {"question": "<img src=x onerror=alert(1)>"}
debugger""",
}


def test_buttons_step_mend_and_go_back_in_one_view(open_lab: Open) -> None:
    lab = open_lab(notebook(**BOOK))
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    stands = run.view.locator(".lgnb-stands")
    expect(stands).to_have_text("Stands before ask, 1 more of its step beside it.")
    run.press("Run")
    expect(stands).to_have_text("Stands before check (breakpoint check).")
    expect(run.node("ask", "done")).to_be_visible()
    expect(run.node("check", "paused")).to_be_visible()
    run.press("Next")
    run.wait("failed")
    expect(stands).to_contain_text("which failed: ZeroDivisionError")
    lab.edit("graph", BOOK["graph"].replace("1 / 0", "'checked'"))
    lab.run("graph")
    run.press("Retry")
    expect(stands).to_have_text("Stands before reply.")
    expect(run.view.locator(".lgnb-step tr.is-changed")).to_contain_text("['asked', 'checked']")
    run.press("Replace…")
    run.field("What reply is to have returned, as JSON").fill('{"words": ["by hand"]}')
    run.press("Apply")
    run.wait("done")
    expect(run.view.locator(".lgnb-step")).to_contain_text("by hand")
    run.press("Back")
    expect(stands).to_have_text("Stands before reply.")
    lab.append("code", "debugger.next().values['words']")
    lab.run("code")
    run.wait("done")
    expect(run.view.locator(".lgnb-step")).to_contain_text("replied")
    expect(run.view).to_have_count(1)
    assert not lab.errors()


def test_a_reloaded_page_goes_on_stepping_and_a_command_that_cannot_be_says_why(open_lab: Open) -> None:
    lab = open_lab(notebook(**BOOK))
    lab.run("build", "graph", "go")
    Run(lab, "go").wait("paused")
    lab.reload()
    run = Run(lab, "go")
    expect(run.view.locator(".lgnb-step")).to_contain_text("<img src=x onerror=alert(1)>")
    assert not overflowing(run.view)
    assert not faint(run.view)
    run.press("Back")
    expect(run.view).to_contain_text("This is the beginning of the run.")
    run.press("Skip")
    expect(run.view.locator(".lgnb-stands")).to_have_text("Stands before check (breakpoint check).")
