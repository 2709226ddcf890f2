"""The checks of 14_several_agents."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from langgraph_nb.errors import GraphRecursionError
from langgraph_nb.types import Command

from .checking import Found, exercise, nodes_of, show


@exercise(
    "14.1",
    hints=(
        "Three places name the workers: the type of `worker`, the type that `lead` returns, and the wiring.",
        "`Literal[\"trains\", \"restaurants\", \"done\"]` in `Choice`; in `Command` with `\"__end__\"` for `\"done\"`.",
        "`{trains, restaurants} >> lead` leads back from both.",
    ),
    done="A worker is a name in a type, a node, and an edge back.",
)  # fmt: skip
def third_worker(found: Found, dinner: Any) -> None:
    names = nodes_of(dinner)
    found.that(
        "`restaurants` is a node", "restaurants" in names, f"The nodes are {show(names)}, without `restaurants`.",
        hint="The names in `Command[Literal[...]]` become nodes.",
    )  # fmt: skip
    messages = dinner.invoke({"messages": "A train, and a table for two."})["messages"]
    said = [message.name for message in messages[1:]]
    found.that(
        "`restaurants` was given the word", "restaurants" in said,
        f"In this order somebody spoke: {show(said)}. `restaurants` never did.",
        hint="`[a, b] >> c` waits for both; `{a, b} >> c` leads there from each." if said == ["lead", "trains"] else "",
    )  # fmt: skip
    found.that(
        "`lead` has the last word", said[-1] == "lead", f"The last word has `{said[-1]}`, not `lead`.",
        hint="A worker without an edge ends the run when it is done.",
    )  # fmt: skip
    found.equal("the order", said, ["lead", "trains", "lead", "restaurants", "lead"])


@exercise(
    "14.2",
    hints=(
        "Look at `rounds` while it runs: `polite.stream(..., stream_mode=\"values\")`.",
        "What a node returns replaces a key that has no reducer.",
        "Return `{\"rounds\": state[\"rounds\"] + 1}`; or let `rounds` be `Annotated[int, operator.add]`.",
    ),
    done="A limit is only as good as its counter: try every loop with a critic that is never content.",
)  # fmt: skip
def three_rounds(found: Found, polite: Any) -> None:
    given = {"rounds": 0, "drafts": []}
    seen: dict[str, Any] = {}
    try:
        for state in polite.stream(given, {"recursion_limit": 30}, stream_mode="values"):
            seen = state
    except GraphRecursionError:
        found.stop(
            f"After {len(seen['drafts'])} drafts it was stopped; `rounds` is {show(seen['rounds'])}.",
            hint="How did `rounds` get to be that?",
        )
    hint = "Three drafts: write again only while fewer than three rounds are over." if len(seen["drafts"]) != 3 else ""
    found.equal("the number of drafts", len(seen["drafts"]), 3, given=given, hint=hint)


@exercise(
    "14.3",
    hints=(
        "`call[\"args\"][\"euros\"]` is the price. Above 100, `agreed = interrupt(...)` comes first.",
        "Where not agreed: `return ToolMessage(\"A person said no.\", tool_call_id=call[\"id\"])`.",
    ),
    done="Asked is before the call, around every tool, in one function. `patterns/approved_tools.py` does the same.",
)  # fmt: skip
def ask_when_dear(found: Found, shop: Any, booked: Any) -> None:
    found.that("`shop` has a checkpointer", shop.checkpointer, "`shop` has no checkpointer, so nobody could answer.")
    for euros in (60, 100):
        booked.clear()
        cheap = _called(shop, "cheap", euros)
        found.that(
            f"with {euros} euros nobody is asked", "__interrupt__" not in cheap,
            f"With {euros} euros somebody is asked.",
            hint="Up to 100 euros nobody needs to be.",
        )  # fmt: skip
        found.equal("what is booked", list(booked), ["cheap"], given=f"a price of {euros} euros")
    booked.clear()
    dear = _called(shop, "dear", 101)
    found.that(
        "with 101 euros somebody is asked", "__interrupt__" in dear, "With 101 euros nobody is asked.",
        hint="`interrupt(...)` asks, and returns the answer when the run goes on.",
    )  # fmt: skip
    found.that(
        "nothing is booked before the answer", not booked, "It was booked before anybody had answered.",
        hint="Call `interrupt` before `execute`: until it is answered, nothing below it runs.",
    )  # fmt: skip
    _answer(shop, "dear", True)
    found.equal("what is booked", list(booked), ["dear"], given="yes as the answer")
    booked.clear()
    found.if_raised = "After no, the wrapper returns a message for the model, and raises nothing."
    _called(shop, "never", 200)
    last = _answer(shop, "never", False)
    found.equal("what is booked", list(booked), [], given="no as the answer", hint="Look at what `interrupt` returned.")
    is_told = isinstance(last, ToolMessage)
    found.that(
        "after no the model is told", is_told and last.tool_call_id == "never",
        f"After no, the last message is {show(last)}, "
        + (f"for the call {show(last.tool_call_id)}; asked for was `'never'`." if is_told else "for no call."),
        hint="The model takes it for an answer if it is a `ToolMessage` with `tool_call_id=request.tool_call[\"id\"]`.",
    )  # fmt: skip


def _called(shop: Any, name: str, euros: int) -> Any:
    """What comes of a call on a thread of this name, made new."""
    shop.checkpointer.delete_thread(name)
    call = {"name": "book", "args": {"what": name, "euros": euros}, "id": name, "type": "tool_call"}
    return shop.invoke({"messages": [AIMessage("", tool_calls=[call])]}, {"configurable": {"thread_id": name}})


def _answer(shop: Any, name: str, agreed: bool) -> Any:
    return shop.invoke(Command(resume=agreed), {"configurable": {"thread_id": name}})["messages"][-1]
