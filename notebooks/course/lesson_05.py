"""The checks of 05_messages_tools_and_a_react_agent."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.tools import BaseTool

from langgraph_nb.errors import GraphRecursionError

from .checking import Found, exercise, show

DAYS = {"Monday": ["red racer", "city bike"], "Tuesday": [], "Wednesday": ["tandem"]}


@exercise(
    "05.1",
    hints=(
        "`@tool` above the function makes it a tool. It wants a docstring, and types for the parameters.",
        "Room is where `len(bikes) < 2`. Collect the days with room first: you need them for the text.",
        "`if day not in free: return f\"No room on {day}. There is room on: {', '.join(free)}.\"`",
    ),
    done="The model read your name, types and docstring, and your texts tell it how to go on.",
)
def diary(found: Found, book: Any, DIARY: Any) -> None:
    found.that(
        "`book` is a tool",
        isinstance(book, BaseTool),
        "`book` is a function. A model can be given tools.",
        hint="Write `@tool` above it.",
    )
    types = {name: about.get("type") for name, about in book.args.items()}
    found.that(
        "the model sees that `day` and `bike` are texts",
        types == {"day": "string", "bike": "string"},
        f"The model sees these parameters: {show(types)}, expected `day` and `bike`, both texts.",
        hint="Give them types: `def book(day: str, bike: str) -> str`.",
    )
    before = {day: list(bikes) for day, bikes in DIARY.items()}
    try:
        _uses(found, book, DIARY)
    finally:  # the learner's diary stays as it was
        DIARY.clear()
        DIARY.update(before)


def _uses(found: Found, book: BaseTool, diary: dict[str, list[str]]) -> None:
    for day, right in (("Tuesday", True), ("Wednesday", True), ("Monday", False), ("Sunday", False)):
        diary.clear()
        diary.update({name: list(bikes) for name, bikes in DAYS.items()})
        try:
            said = book.invoke({"day": day, "bike": "e-bike"})
        except KeyError:
            hint = "Look first which days have room: a day that is not in the diary has none."
            found.stop(f"For {day}, `book` raised a KeyError: this day is not in the diary.", hint=hint)
        expected = {name: [*bikes, "e-bike"] if right and name == day else bikes for name, bikes in DAYS.items()}
        found.that(
            f"{day}: the diary is {'filled in' if right else 'left alone'}",
            diary == expected,
            f"After {show({'day': day, 'bike': 'e-bike'})} the diary is {show(diary)}, expected {show(expected)}.",
        )
        words = (day, "e-bike") if right else ("Tuesday", "Wednesday")
        if not isinstance(said, str):
            found.stop(f"For {day}, `book` gave {show(said)}, and no text.", hint="What does it `return` in the end?")
        found.that(
            f"{day}: the text says what the model needs",
            all(word in said for word in words),
            f"For {day}, `book` gave {show(said)}; the text should name {' and '.join(words)}.",
            hint="What a tool returns is all that the model learns of it.",
        )


@exercise(
    "05.2",
    hints=(
        "Three ways lead on from `assistant`. Choices nest: `(a if X else (b if Y else c))`. Ask first whether there "
        "is a tool call: without one, there is no amount to look at.",
        'The sum is `state["messages"][-1].tool_calls[0]["args"]["amount"]`. Then `boss >> assistant`.',
    ),
    done="The model proposes, the wiring decides: a rule that no prompt can be talked out of.",
)
def large_sums(found: Found, desk: Any) -> None:
    cases = (
        ("Hello", ["assistant"]),
        ("I want back 20", ["assistant", "pay", "assistant"]),
        ("I want back 80", ["assistant", "boss", "assistant"]),
        ("I want back 50", ["assistant", "pay", "assistant"]),
    )
    for text, expected in cases:
        ran = _nodes(desk, text)
        found.that(
            f"{text!r} goes through {', '.join(expected)}",
            ran == expected,
            f"With {text!r} these nodes ran: {', '.join(ran)}; expected {', '.join(expected)}.",
            hint=_way(ran, text),
        )


def _way(ran: list[str], text: str) -> str:
    if ran[-1] == "boss":
        return "`boss` answers the call; the assistant then tells the customer."
    return "50 is not more than 50." if "boss" in ran and "50" in text else ""


def _nodes(graph: Any, text: str) -> list[str]:
    parts = graph.stream({"messages": [("user", text)]}, {"recursion_limit": 8}, stream_mode="updates")
    return [node for part in parts for node in part]


@exercise(
    "05.3",
    hints=(
        "What does the model see in its second turn? Is the question still there?",
        "A key without a reducer is overwritten by each node that returns it.",
        "`messages: Annotated[list, add_messages]`, or make the state `MessagesState`.",
    ),
    done="Without its reducer a conversation is only its last message, and the model begins again and again.",
)
def overwritten(found: Found, forgetful: Any) -> None:
    question = {"messages": [("user", "A chain?")]}
    try:
        messages = forgetful.invoke(question, {"recursion_limit": 8})["messages"]
    except GraphRecursionError:
        first = next(iter(forgetful.stream(question, stream_mode="values", interrupt_after=["ask"])), {})
        seen = list(forgetful.stream(question, stream_mode="values", interrupt_after=["ask"]))[-1]["messages"]
        found.stop(
            f"It goes round and round. After `ask`, `messages` holds {len(seen)} message; "
            f"before, it held {len(first['messages'])}. The question is gone."
        )
    plain = [message for message in messages if not isinstance(message, BaseMessage)]
    found.that(
        "every entry is a message",
        not plain,
        f"The first entry is {show(plain[0]) if plain else ''}, and no message.",
        hint="`operator.add` only adds lists. `add_messages` makes messages of what it gets, with ids.",
    )
    kinds = [message.type for message in messages]
    found.equal("the conversation", kinds, ["human", "ai", "tool", "ai"])
    found.equal("the last text", messages[-1].text, "Three are left.")
