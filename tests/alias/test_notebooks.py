"""Agents of LangChain in a notebook, by the alias: they are drawn, run live, ask, and are answered, in a real kernel.

The cells are run as nbclient runs them: nobody can click, so questions are text and answers come from code. What the
page would show is read from the live view's own state.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

PROGRAMS = Path(__file__).parent / "programs"
PREPARE = f"""%load_ext langgraph_nb.alias
%load_ext langgraph_nb
import sys
sys.path.insert(0, {str(PROGRAMS)!r})
from model import Script, call
from langgraph.checkpoint.sqlite import SqliteSaver
import sqlite3
saver = SqliteSaver(sqlite3.connect("threads.db", check_same_thread=False))"""
MAIL = """from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage

def send(to: str, text: str) -> str:
    "Send a message."
    return f"sent {text!r} to {to}"

def look(name: str) -> str:
    "Look somebody up."
    return f"{name}@example.org"

asks = HumanInTheLoopMiddleware({"send": {"allowed_decisions": ["approve", "edit", "reject"]}})
answers = [[call("look", 1, name="ada")], [call("send", 2, to="ada", text="Hi"), call("send", 3, to="bob", text="Ho")]]
model = Script(answers=[*answers, AIMessage("Told.", id="told")])
mail = create_agent(model, [send, look], middleware=[asks], checkpointer=saver, name="mail")
mail"""
TRIP = """from deepagents import create_deep_agent

def weather(city: str) -> str:
    "The weather in a city."
    return f"sunny in {city}"

helper = Script(answers=[[call("weather", 1, city="Oslo")], "It is sunny there."])
silent = Script(answers=["Nothing to say."])
tasks = [call("task", 1, description="look at Oslo", subagent_type="meteorologist"),
         call("task", 2, description="say nothing", subagent_type="silent")]
subagents = [
    {"name": "meteorologist", "description": "knows weather", "system_prompt": "w", "model": helper, "tools": [weather],
     "interrupt_on": {"weather": True}},
    {"name": "silent", "description": "says nothing", "system_prompt": "s", "model": silent, "tools": []},
]
trip = create_deep_agent(Script(answers=[tasks, "Go to Oslo."]), subagents=subagents, checkpointer=saver, name="trip")
trip"""
AGAIN = """%unload_ext langgraph_nb.alias
import langgraph.graph
%reload_ext langgraph_nb.alias"""
BOSS = """%%graph boss
from langgraph.graph import MessagesState as State
START >> trip >> END"""
INVOKE = '%%invoke {} --thread 1\n{{"messages": [("user", "hello")]}}'
RESUME = "%resume {} --thread 1 {}"
LAST = "_['messages'][-1].content, [m.content.split('\\n')[-1] for m in _['messages'] if m.type == 'tool']"
SEEN = """from langgraph_nb.notebook.live.state import RunView
view = RunView(trip.topology(), name="trip")
for namespace, event in trip.events({"messages": [("user", "hello")]}, {"configurable": {"thread_id": "2"}}):
    view.fold(namespace, event, 0.0)
said = [(e["node"], e.get("who"), e["text"], e.get("calls")) for e in view.log.to_json() if e["kind"] == "message"]
print(*sorted(said, key=str), sep="\\n")
print(view.status, {path: node.status for path, node in view.nodes.items() if "|" in path})"""
PICTURE = """from IPython.display import Image, display
display(Image(trip.get_graph(xray=True).draw_mermaid_png()))"""
INVOKE = '%%invoke {} --thread 1\n{{"messages": [("user", "hello")]}}'
RESUME = "%resume {} --thread 1 {}"
LAST = "_['messages'][-1].content, [m.content.split('\\n')[-1] for m in _['messages'] if m.type == 'tool']"
VIEWED = """from langgraph_nb import live
run = await live(trip, {"messages": [("user", "hello")]}, thread="1")
print(type(run), run)"""


def run(folder: Path, *cells: str) -> list[Any]:
    """The outputs of each cell."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, id=f"c{n}") for n, cell in enumerate(cells)])
    NotebookClient(made, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in made.cells]


def text(outputs: list[Any]) -> str:
    """What a cell has shown and printed, and the error that it ended with."""
    return "\n".join(o.get("evalue") or o.get("text") or o.data["text/plain"] for o in outputs)


def test_an_agent_asks_for_approval_and_is_answered_after_the_kernel_has_ended(tmp_path: Path) -> None:
    refused = {
        "decisions: [{'type': 'approve'}] is too short.": [{"type": "approve"}],
        "decisions.1.type: There is no 'aprove'. Did you mean 'approve'?": [{"type": "approve"}, {"type": "aprove"}],
        "decisions.0.type: There is no 'respond'.": [{"type": "respond", "message": "x"}, {"type": "reject"}],
    }
    wrong = [RESUME.format("mail", {"decisions": decisions}) for decisions in refused.values()]
    _, drawn, asked, *told, listed = run(tmp_path, PREPARE, MAIL, INVOKE.format("mail"), *wrong, "%inbox")
    for words, outputs in zip(refused, told, strict=True):
        assert words in text(outputs)
    assert set(drawn[0].data) == {"image/svg+xml", "text/plain"}
    assert "HumanInTheLoop" in drawn[0].data["image/svg+xml"]
    assert "⏸ HumanInTheLoopMiddleware.after_model" in text(asked)
    question = """? Review what the agent wants to do.
  1. send: {'to': 'ada', 'text': 'Hi'}
  2. send: {'to': 'bob', 'text': 'Ho'}
  decisions: a list
    1. send: Approve or Edit or Reject
    2. send: Approve or Edit or Reject
  for example: {"decisions": [{"type": "approve"}, {"type": "approve"}]}"""
    assert question in text(asked) and question in text(listed)
    later = MAIL.replace("*answers, ", "")
    edit = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "eve", "text": "Hey"}}}
    answer = {"decisions": [edit, {"type": "reject", "message": "Bob is away."}]}
    *_, answered = run(tmp_path, PREPARE, later, RESUME.format("mail", answer), LAST)
    words = text(answered)
    assert "Told." in words and "sent 'Hey' to eve" in words and "with reason: Bob is away." in words


def test_a_deep_agent_is_seen_with_its_subagents(tmp_path: Path) -> None:
    _, drawn, asked, answered, _, seen, picture, boss, program, again = run(
        tmp_path, PREPARE, TRIP, INVOKE.format("trip"), RESUME.format("trip", '{"decisions": [{"type": "approve"}]}'),
        TRIP, SEEN, PICTURE, BOSS, "%graph boss --code", AGAIN,
    )  # fmt: skip
    assert "tools -> model" in text(drawn) and "image/svg+xml" in drawn[0].data
    assert "⏸ tools › HumanInTheLoopMiddleware.after_model" in text(asked)
    assert "weather: {'city': 'Oslo'}" in text(asked)
    assert "trip: done" in text(answered) and "Go to Oslo." in text(answered)
    assert text(seen).splitlines() == [
        "('model', 'trip', '', ['task(description=look at Oslo, subagent_type=meteorologist)', "
        "'task(description=say nothing, subagent_type=silent)'])",
        "('tools', 'task', 'Nothing to say.', None)",
        "('tools|model', 'meteorologist', '', ['weather(city=Oslo)'])",
        "('tools|model', 'silent', 'Nothing to say.', None)",
        "paused {'tools|PatchToolCallsMiddleware.before_agent': 'done', 'tools|model': 'done', "
        "'tools|HumanInTheLoopMiddleware.after_model': 'paused'}",
    ]
    assert picture[0].data["image/png"].startswith("iVBORw0KGgo")
    assert "trip: a graph of its own" in text(boss)
    head, served, rest = text(program).partition("langgraph_nb.alias.install()\n")
    assert served and "langgraph" not in head.replace("langgraph_nb", "") and "import create_deep_agent" in rest
    assert "AlreadyImported" in again[-1].ename and "restart Python (the kernel)" in text(again)
