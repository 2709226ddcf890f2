"""The checks of 12_memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.store.memory import InMemoryStore

from .checking import Found, exercise, show
from .embedding import StandIn

SYSTEM = SystemMessage("You are a travel desk.", id="system")
CALL = AIMessage("", tool_calls=[{"name": "trains", "args": {}, "id": "c1"}], id="call")
CONVERSATIONS = (
    ("a long conversation", "system h1 a1 h2 a2 h3", "system h2 a2 h3"),
    ("a short conversation", "system h1 a1", "system h1 a1"),
    ("the call of a tool just out of reach", "system h1 call tool a1 h2", "system h2"),
    ("no system message", "h1 a1 h2 a2 h3", "h2 a2 h3"),
)


def _conversation(ids: str) -> list[Any]:
    known = {"system": SYSTEM, "call": CALL, "tool": ToolMessage("at 9", tool_call_id="c1", id="tool")}
    return [known.get(id) or (HumanMessage if id[0] == "h" else AIMessage)(f"text {id}", id=id) for id in ids.split()]


@exercise(
    "12.1",
    hints=(
        "`trim_messages` can do all of it: `max_tokens=4` with `token_counter=len` counts messages.",
        "`include_system=True` keeps the system message; it counts as one of the four.",
        "`trim_messages(messages, max_tokens=4, token_counter=len, include_system=True, start_on=\"human\")`",
    ),
    done="The thread keeps everything; the model gets what fits, in a form that it takes.",
)  # fmt: skip
def seen(found: Found, shown: Callable[[list[Any]], Any]) -> None:
    for what, given, expected in CONVERSATIONS:
        got = shown(_conversation(given))
        ids = [getattr(message, "id", None) for message in got] if isinstance(got, list) else got
        hint = ""
        if isinstance(ids, list) and ids != expected.split():
            hint = _about(ids, given)
        found.equal("what is shown", ids, expected.split(), given=f"{what}, {show(given.split())}", hint=hint)


def _about(ids: list[Any], given: str) -> str:
    if given.startswith("system") and "system" not in ids:
        return "The system message is gone: it is the oldest, and has to stay."
    if len(ids) > 4:
        return f"These are {len(ids)} messages."
    first = next((id for id in ids if id != "system"), "h")
    return "" if str(first).startswith("h") else f"After the system message, `{first}` comes first, and is no person."


@exercise(
    "12.2",
    hints=(
        "`add_messages` adds what is new and replaces what has a known id. What does a shorter list change?",
        "To take messages away, return a `RemoveMessage` for each: `RemoveMessage(message.id)`.",
        "`return {\"messages\": [RemoveMessage(message.id) for message in state[\"messages\"][:-2]]}`",
    ),
    done="What a node returns goes through the reducer: to remove is an update of its own.",
)  # fmt: skip
def last_two(found: Found, tidy: Any) -> None:
    graph = tidy.copy({"checkpointer": InMemorySaver()})
    for given, expected in (("h1 a1 h2 a2 h3", "a2 h3"), ("h1 a1", "h1 a1"), ("h1", "h1")):
        thread: Any = {"configurable": {"thread_id": given}}
        result = graph.invoke({"messages": _conversation(given)}, thread)["messages"]
        ids = [message.id for message in graph.get_state(thread).values["messages"]]
        hint = ""
        if len(ids) > len(result):
            hint = "You have changed the list itself. That is never stored: what counts is what a node returns."
        elif not set(expected.split()) <= set(ids):
            hint = "Only old messages may go; the last two stay."
        elif len(ids) > 2:
            hint = "A list that is returned is added; it takes nothing away."
        found.equal("what the thread holds", ids, expected.split(), given=show(given.split()), hint=hint)


@exercise(
    "12.3",
    hints=(
        "A search looks below the namespace that it gets. Which namespace has only this traveller's facts?",
        "`store.search((\"travellers\", name), query=question, limit=1)`: the best one comes first.",
        "The list may be empty: `return found[0].value[\"fact\"] if found else None`.",
    ),
    done="Namespaces keep people apart; the name must come from your program, never from a message.",
)  # fmt: skip
def only_own(found: Found, recall: Callable[[Any, str, str], Any]) -> None:
    embed = StandIn()
    store = InMemoryStore(index={"dims": embed.dims, "embed": embed, "fields": ["fact"]})
    facts = {
        "bo": ("Has a dog, and two cats.", "Eats meat for dinner."),
        "ann": ("Gets seasick on boats.", "Is a vegetarian.", "Pays with the company's money."),
    }
    for name, known in facts.items():
        for number, fact in enumerate(known):
            store.put(("travellers", name), str(number), {"fact": fact})
    for name, question, expected in (
        ("ann", "Which restaurant?", "Is a vegetarian."),
        ("bo", "Which restaurant?", "Eats meat for dinner."),
        ("ann", "Shall we take the ferry?", "Gets seasick on boats."),
        ("cleo", "Which restaurant?", None),
    ):
        try:
            got = recall(store, name, question)
        except IndexError:
            hint = "What the search found is an empty list."
            found.stop(f"For {name.title()}, of whom nothing is known, `recall` raised an IndexError.", hint=hint)
        hint = "That fact fits less well: does the search get the question?" if got in facts.get(name, ()) else ""
        owner = next((who for who, known in facts.items() if got in known), name)
        if owner != name:
            hint = f"That is {owner.title()}'s. Nobody else may see it."
        given = f"{name.title()} and {show(question)}"
        found.equal("`recall`", got, expected, given=given, hint=hint)
