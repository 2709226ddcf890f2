"""A conversation in JupyterLab: written with the keyboard, answered as it is said, with a question as a form."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.books import faint, overflowing
from tests.browser.conftest import Open
from tests.browser.lab import notebook

BOOK = {
    "build": """%load_ext langgraph_nb
from langgraph_nb import MessagesState, interrupt
from langgraph_nb.testing import ScriptedModel
model = ScriptedModel(script=["<img src=x onerror=alert(1)> at your service"])""",
    "graph": """%%graph helper --checkpointer memory --state MessagesState
def answer(state):
    if state["messages"][-1].content == "refund":
        agreed = interrupt("Pay it back?", response_schema=bool)
        return {"messages": [{"role": "ai", "content": "It is on its way." if agreed else "Sorry."}]}
    return {"messages": [model.invoke(state["messages"])]}
START >> answer >> END""",
    "go": "%chat helper --thread 42",
}


def test_a_person_writes_is_answered_and_asked(open_lab: Open) -> None:
    lab = open_lab(notebook(**BOOK))
    lab.run("build", "graph", "go")
    panel = lab.cell("go").locator(".lgnb-chat")
    field = panel.get_by_label("Message", exact=True)
    expect(panel).to_contain_text("Write below to begin.")
    field.fill("hello")
    field.press("Enter")
    said = panel.locator(".is-message .lgnb-said")
    expect(said).to_have_text(["hello", "<img src=x onerror=alert(1)> at your service"])
    expect(field).to_have_value("")
    field.fill("refund")
    field.press("Enter")
    expect(panel.get_by_role("button", name="Send")).to_be_disabled()
    panel.get_by_label("Yes").check()
    panel.get_by_role("button", name="Submit").click()
    expect(said).to_have_text(["hello", "<img src=x onerror=alert(1)> at your service", "refund", "It is on its way."])
    expect(panel).to_contain_text("Pay it back?")
    assert not overflowing(panel)
    assert not faint(panel)
