"""What graphs, models, tools and users say is text, wherever it is shown: nothing of it runs or leaves the machine.

One notebook says a list of attacks in every place that a view has for words. It is looked at in JupyterLab, as the page
that nbconvert makes of what was saved, and as pictures that are opened by themselves.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import nbformat
import pytest

pytest.importorskip("playwright.sync_api")

from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect

from langgraph_nb.notebook.picture.xmltext import visible
from tests.browser.attacks import ATTACKS, PREPARE, harm, poke
from tests.browser.books import Run
from tests.browser.conftest import Open
from tests.browser.lab import Lab, notebook

CELLS = {
    "build": f"""%load_ext langgraph_nb
import json, operator
from typing import Annotated, Any, Literal, TypedDict
from langchain_core.messages import AIMessage, ToolMessage
from pydantic import Field, create_model
from langgraph_nb import astep, compare, history, inbox, live, why
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.config import get_stream_writer
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, interrupt
attacks = json.loads({json.dumps(json.dumps(ATTACKS))})
every = "\\n".join(attacks)
names = [attack.replace(":", ";").replace("|", "/") for attack in attacks]
thread = {{"configurable": {{"thread_id": every}}}}""",
    "schemas": """added = Annotated[list, operator.add]
keys = {"messages": added, "values": added, "last": Any, **dict.fromkeys(attacks, Any)}
State = TypedDict("State", keys, total=False)
texts = {f"field{i}": (str, Field(title=a, description=a, default=a)) for i, a in enumerate(attacks)}
Inner = create_model("Inner", **texts)
Answer = create_model(
    "Answer", __doc__=every, text=(str, Field(title=every, description=every)), table=(dict[str, str], {every: every}),
    choice=(Literal[tuple(attacks)], attacks[0]), inner=(Inner, Inner()), many=(list[Inner], Field(title=every)),
)""",
    "nodes": """def say(state):
    print(every)
    for attack in attacks:
        get_stream_writer()({attack: attack})
    call = {"name": every, "args": {every: every}, "id": "1"}
    said = AIMessage(every, name=every, tool_calls=[call]), ToolMessage(every, name=every, tool_call_id="1")
    values = [every, {every: every}, *attacks]
    return {"messages": list(said), "values": values, "last": every, **dict(zip(attacks, attacks))}
def ask(state):
    known = {every: every, "table": [dict(zip(attacks[:6], attacks))], "nested": {every: [every]}}
    got = interrupt({"question": every, **known}, response_schema=Answer)
    return {"last": got.model_dump(), attacks[0]: "changed"}
def fail(state):
    raise ValueError(every)""",
    "graph": """builder = StateGraph(State).add_node(names[0], say).add_node(names[1], ask).add_node(names[2], fail)
for name in names[3:]:
    builder.add_node(name, lambda state: None)
builder.add_edge(START, names[0]).add_edge(names[0], names[1])
builder.add_conditional_edges(names[1], lambda state: attacks[2], dict(zip(attacks[2:], names[2:])))
bad = builder.compile(InMemorySaver(), name=every)
bad""",
    "mermaid": 'display({"text/vnd.mermaid": bad.get_graph().draw_mermaid()}, raw=True)',
    "go": 'await live(bad, {"last": every}, thread=every)',
    "inbox": "await inbox(bad)",
    "past": "history(bad, every)",
    "why": "why(bad, names[5], thread=every)",
    "state": "bad.get_state(thread)",
    "other": 'bad.invoke({"last": every}, {"configurable": {"thread_id": "other"}})',
    "compare": 'compare(bad, every, "other")',
    "step": "debugger = await astep(bad, {'last': every}, thread='step', breakpoints=[names[1]])\ndebugger.run()",
}
WRONG = {
    "on": 'bad.invoke(Command(resume={"text": every, "many": []}), thread)',
    "unknown": "%state '<img/src=x/onerror=hit(0)>' --thread '<img/src=x/onerror=hit(0)>'",
}


def unharmed(lab: Lab) -> None:
    poke(lab.page, ".jp-Cell-outputArea")
    assert harm(lab.page, ".jp-Cell-outputArea") == []
    assert not lab.problems


def test_attacks_are_text_in_every_place(open_lab: Open) -> None:
    lab = open_lab(notebook(**CELLS, **WRONG), script=PREPARE)
    dialogs: list[Any] = []
    lab.page.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
    lab.run(*CELLS)
    assert not lab.errors()
    run, other = Run(lab, "go"), Run(lab, "inbox")
    run.wait("paused")
    for attack in ATTACKS:
        shown = visible(attack)
        for place in (run.view, other.view, lab.cell("past")):
            expect(place).to_contain_text(shown)
    unharmed(lab)
    run.view.locator("form input.lgnb-input:visible").first.fill(ATTACKS[2])
    run.view.get_by_role("button", name="Add to <script>hit(0)").click()
    run.press("Submit")
    run.wait("failed")
    expect(run.view.locator(".is-failed .lgnb-question")).to_contain_text(ATTACKS[0])
    for cell in WRONG:
        lab.run(cell)
    assert [kinds[0].partition(":")[0] for kinds in lab.errors().values()] == ["ValueError", "UnknownGraphError"]
    unharmed(lab)
    saved = lab.save()
    elsewhere = lab.page.context.new_page()
    elsewhere.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
    as_page(elsewhere, saved, lab)
    as_pictures(elsewhere, saved)
    assert not dialogs and not lab.problems


def as_page(page: Page, book: nbformat.NotebookNode, lab: Lab) -> None:
    """What nbconvert makes of a notebook. It does not escape Mermaid, and loads what it needs itself from elsewhere."""
    book.cells = [cell for cell in book.cells if cell.id != "mermaid"]
    html, _ = HTMLExporter().from_notebook_node(book)
    page.set_content(html, wait_until="load")
    poke(page, ".jp-OutputArea")
    assert harm(page, ".jp-OutputArea-output:not(:has(> script))") == []
    asked = [problem for problem in lab.problems if "evil" in problem]
    lab.problems.clear()
    assert not asked


def as_pictures(page: Page, book: nbformat.NotebookNode) -> None:
    """Each picture of a notebook, opened by itself: there, scripts of an SVG would run."""
    outputs = [output.get("data", {}) for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [data["image/svg+xml"] for data in outputs if "image/svg+xml" in data]
    assert len(pictures) > 1
    page.set_content("".join("".join(picture) for picture in pictures))
    assert harm(page, "body") == []
    for picture in pictures:
        page.goto("data:image/svg+xml;charset=utf-8," + quote("".join(picture)))
        assert page.evaluate("() => window.hits") == []
