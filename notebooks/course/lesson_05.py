"""The checks of 05_messages_tools_and_a_react_agent."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.tools import BaseTool

from langgraph_nb.errors import GraphRecursionError

from .checking import MISSING, Found, awaited, exercise, show

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
    named = {"day", "bike"} <= set(types)
    found.that(
        "the model sees that `day` and `bike` are texts",
        types.get("day") == types.get("bike") == "string",
        f"The model sees these parameters: {show(types)}, expected `day` and `bike`, both texts.",
        hint="Give them types: `def book(day: str, bike: str) -> str`." if named else "Call them `day` and `bike`.",
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
        found.if_raised = "What a tool raises fails the run. Return a text: the model reads it." if not right else ""
        try:
            said = _called(book, {"day": day, "bike": "e-bike"})
        except KeyError:
            hint = "Look first which days have room: a day that is not in the diary has none."
            found.stop(f"For {day}, `book` raised a KeyError: this day is not in the diary.", hint=hint)
        expected = {name: [*bikes, "e-bike"] if right and name == day else bikes for name, bikes in DAYS.items()}
        found.that(
            f"{day}: the diary is {'filled in' if right else 'left alone'}",
            diary == expected,
            f"After {show({'day': day, 'bike': 'e-bike'})} the diary is {show(diary)}, expected {show(expected)}.",
            hint=_entered(right, diary.get(day), expected.get(day)),
        )
        words = (day, "e-bike") if right else ("Tuesday", "Wednesday")
        if not isinstance(said, str):
            found.stop(f"For {day}, `book` gave {show(said)}, and no text.", hint="What does it `return` in the end?")
        found.that(
            f"{day}: the text says what the model needs",
            all(word.lower() in said.lower() for word in words),
            f"For {day}, `book` gave {show(said)}; the text should name {' and '.join(words)}.",
            hint="What a tool returns is all that the model learns of it.",
        )
    full = "Sunday is not in the diary, and Monday is full; `book` gave {}, which names Monday as if it had room."
    found.that("only days with room are named", "monday" not in said.lower(), full.format(show(said)),
               hint="Name a day only where `len(bikes) < 2`.")  # fmt: skip


def _called(book: BaseTool, given: dict[str, str]) -> Any:
    is_async = getattr(book, "func", MISSING) is None
    return awaited(book.ainvoke(given)) if is_async else book.invoke(given)


def _entered(right: bool, got: list[str] | None, expected: list[str] | None) -> str:
    if not right:
        return "A day with two bikes is full: ask that before anything is entered." if expected else ""
    if got == expected or not got or "e-bike" not in got:
        return "Where does the bike get into the diary?"
    return "It is entered more than once." if got.count("e-bike") > 1 else ""


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
        ("I want back 50.5", ["assistant", "boss", "assistant"]),
    )
    found.if_raised = "`tool_calls` is a list of dictionaries, each with `name` and `args`. Without a call it is empty."
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
    if "boss" in ran and "pay" in ran:
        return "One of the two answers the call, and then it is the assistant's turn."
    if text.endswith("50.5"):
        return "50.5 is more than 50."
    return "50 is not more than 50." if "boss" in ran and text.endswith("50") else ""


def _nodes(graph: Any, text: str) -> list[str]:
    parts = graph.stream({"messages": [("user", text)]}, {"recursion_limit": 8}, stream_mode="updates")
    return [node for part in parts for node in part if node in ("assistant", "boss", "pay")]


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
        found.stop(f"It goes round and round. {_lost(forgetful, question)}")
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


def _lost(graph: Any, question: dict[str, Any]) -> str:
    """After which node the question is not there any more."""
    held, node, modes = 1, "", ["updates", "values"]
    parts = graph.stream(question, {"recursion_limit": 8}, stream_mode=modes)
    try:
        for mode, part in parts:
            if mode == "updates":
                node = next(iter(part))
            elif node:
                texts = [str(one.text if isinstance(one, BaseMessage) else one[1]) for one in part["messages"]]
                if "A chain?" not in texts:
                    count = f"{len(texts)} message{'s' * (len(texts) != 1)}"
                    return f"After `{node}`, `messages` holds {count}; before, it held {held}. The question is gone."
                held = len(texts)
    except GraphRecursionError:
        pass
    return "The question is never lost. What does `ask` say in its second turn?"
