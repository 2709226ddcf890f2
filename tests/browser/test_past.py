"""Looking back in JupyterLab: what a page shows of a thread, forking with the form, hostile content."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")

import nbformat
from playwright.sync_api import expect

from tests.browser.books import faint, overflowing
from tests.browser.conftest import Open
from tests.browser.lab import notebook


def book() -> nbformat.NotebookNode:
    return notebook(
        build="""%load_ext langgraph_nb
from operator import add
from typing import Annotated, Literal, TypedDict
from langgraph_nb import interrupt
attack = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>'
class State(TypedDict, total=False):
    kind: Literal["tea", "coffee"]
    text: str
    log: Annotated[list, add]""",
        graph="""%%graph bar --checkpointer memory
def take(state: State):
    return {"kind": "tea", "text": f"one\\n{attack}\\nthree", "log": [{attack: attack}]}
def brew(state: State):
    return {"text": state["text"].replace("three", "3"), "log": [state["kind"]]}
def ask(state: State):
    interrupt({"question": attack, attack: attack})
START >> take >> brew >> ask >> END""",
        go="""graph = bar
_ = bar.invoke({}, {"configurable": {"thread_id": attack}})
_ = bar.invoke({}, {"configurable": {"thread_id": "other"}})""",
        past="""from langgraph_nb import history
history(bar, attack)""",
        compare="""from langgraph_nb import compare
compare(bar, attack, "other")""",
    )


@pytest.mark.parametrize(("theme", "width"), [("light", 480), ("dark", 1200)])
def test_a_thread_is_looked_back_at_and_forked(open_lab: Open, theme: str, width: int) -> None:
    lab = open_lab(book(), theme=theme, width=width)
    lab.run("build", "graph", "go", "past")
    past, form = lab.cell("past").locator(".lgnb-past"), lab.cell("past").locator(".lgnb-fork")
    expect(past).to_contain_text("waits for an answer")
    past.locator("> details > summary").filter(has_text="step 2").click()  # it is open at first
    past.locator("> details > summary").filter(has_text="step 1").click()
    expect(past).to_contain_text("'tea'")
    past.get_by_role("button", name="Fork from here").locator("visible=true").first.click()
    chosen = past.locator("details[open][data-step]").get_attribute("data-step") or ""
    expect(form.get_by_label("Step")).to_have_value(chosen)
    assert not overflowing(past) and not faint(past) and not overflowing(form) and not faint(form)
    form.get_by_label("kind").select_option("coffee")
    form.get_by_role("button", name="Fork from here").click()
    expect(form).to_contain_text("forked at step 1; next: brew")
    expect(past).to_contain_text("2 branches")
    expect(past.locator("svg")).to_be_visible()
    lab.run("compare")
    compared = lab.cell("compare").locator(".lgnb-past")
    mark = compared.get_by_text("first difference", exact=True)
    assert mark.evaluate("(one) => one.getClientRects()[0].height < 2 * parseFloat(getComputedStyle(one).fontSize)")
    for view in (past, compared):
        assert not overflowing(view) and not faint(view)
    assert lab.page.evaluate("() => window.attacked") is None
    saved = {cell.id: cell for cell in lab.save().cells}["past"].outputs[0].data
    assert "2 branches" in saved["text/html"] and "<script" not in saved["text/html"]
    assert saved["text/plain"].startswith("bar, thread <img") and len(saved["text/html"]) < 60_000
    assert not lab.errors()
