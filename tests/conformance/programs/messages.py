"""Messages: ``add_messages``, ``MessagesState``, and turns of a conversation."""

import operator
from typing import Annotated, Any

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from typing_extensions import TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


@program("A9", "A10", "A23", "B1")
def the_overview_page(lg: Namespace, run: Run) -> None:
    def mock_llm(state: lg.MessagesState) -> dict:
        return {"messages": [{"role": "ai", "content": "hello world"}]}

    graph = lg.StateGraph(lg.MessagesState)
    graph.add_node(lg.node(mock_llm))
    graph.add_edge(lg.START, "mock_llm")
    graph.add_edge("mock_llm", lg.END)
    app = graph.compile(checkpointer=run.saver)
    run.invoke(app, {"messages": [{"role": "user", "content": "hi!"}]}, thread())


@program("A9", savers=PURE)
def add_messages_takes_every_form(lg: Namespace, run: Run) -> None:
    asked = HumanMessage("asked", id="1")
    told = AIMessage("told", id="2")
    for right in (
        "a string",
        ("user", "a tuple"),
        ["assistant", "strings in a list are messages"],
        [("system", "tuples"), ("human", "in a list"), ("ai", "too")],
        {"role": "ai", "content": "a dict"},
        {"type": "human", "content": "by type", "id": "7"},
        [{"role": "tool", "content": "42", "tool_call_id": "call"}],
        [{"role": "assistant", "content": "", "tool_calls": [{"name": "f", "args": {"x": 1}, "id": "c1"}]}],
        ToolMessage("done", tool_call_id="t", id="8"),
        [HumanMessage("the same id replaces", id="1")],
        [AIMessage("new", id="3"), AIMessage("newer", id="3")],
        [RemoveMessage("2")],
        [RemoveMessage("1"), HumanMessage("back at the end", id="1")],
        [HumanMessage("gone", id="9"), RemoveMessage(lg.REMOVE_ALL_MESSAGES), SystemMessage("all that stays", id="10")],
        [RemoveMessage(lg.REMOVE_ALL_MESSAGES)],
        [],
    ):
        run.show("add_messages", lg.add_messages([asked, told], right))
    run.show("left as data", lg.add_messages([("user", "left")], "right"))
    factory = lg.add_messages(format="langchain-openai")
    run.show("as a factory", factory([], [("user", [{"type": "text", "text": "t"}])]))
    run.show("inputs are left alone", [asked, told])


@program("A9", savers=PURE)
def add_messages_refuses(lg: Namespace, run: Run) -> None:
    have = [HumanMessage("x", id="1")]
    run.raises("ValueError", lg.add_messages, have, [RemoveMessage("nobody")])
    run.raises("ValueError", lg.add_messages, have, None)
    run.raises("ValueError", lg.add_messages, have, [], format="morse")
    run.raises("NotImplementedError", lg.add_messages, have, [5])
    run.raises("ValueError", lg.add_messages, have, [{"role": "walrus", "content": "?"}])


@program("A9", "A10", "D1", "F1", "F2", savers=STORED)
def a_conversation_of_several_turns(lg: Namespace, run: Run) -> None:
    class Chat(lg.MessagesState):
        turns: Annotated[int, operator.add]
        topic: str

    @lg.node
    def reply(state: Chat) -> dict:
        said = state["messages"][-1].content
        return {"messages": [AIMessage(f"you said {said}", id=f"reply to {said}")], "turns": 1, "topic": said}

    app = lg.StateGraph(Chat).add_node(reply).add_edge(lg.START, "reply").compile(checkpointer=run.saver)
    run.invoke(app, {"messages": "one"}, thread())
    run.stream(app, {"messages": [{"role": "user", "content": "two"}]}, thread(), stream_mode=["values", "updates"])
    run.invoke(app, {"messages": [HumanMessage("elsewhere")]}, thread("other"))
    state = run.invoke(app, {"messages": HumanMessage("three", id="mine")}, thread())
    run.show("ids are kept between turns", [m.id for m in state["messages"]])
    run.history(app, thread())


@program("A9", "A10")
def nodes_remove_and_replace_messages(lg: Namespace, run: Run) -> None:
    @lg.node
    def say(state: lg.MessagesState) -> dict:
        return {"messages": [{"role": "ai", "content": "draft", "id": "d"}, ("ai", "aside")]}

    @lg.node
    def edit(state: lg.MessagesState) -> dict:
        return {"messages": AIMessage("final", id="d")}

    @lg.node
    def trim(state: lg.MessagesState) -> dict:
        return {"messages": [RemoveMessage(m.id) for m in state["messages"] if m.content == "aside"]}

    @lg.node
    def clear(state: lg.MessagesState) -> dict:
        return {"messages": [RemoveMessage(lg.REMOVE_ALL_MESSAGES), ("ai", f"{len(state['messages'])} were here")]}

    builder = lg.StateGraph(lg.MessagesState).add_sequence([say, edit, trim, clear]).add_edge(lg.START, "say")
    app = builder.compile(checkpointer=run.saver)
    greeting = {"messages": [{"role": "user", "content": "hi", "id": "h"}]}
    run.stream(app, greeting, thread(), stream_mode=["updates", "values"])


@program("A9", "B3")
def a_message_reducer_that_fails_stops_the_run(lg: Namespace, run: Run) -> None:
    @lg.node
    def remove(state: Any) -> dict:
        return {"messages": [RemoveMessage("nobody")]}

    app = lg.StateGraph(lg.MessagesState).add_node(remove).add_edge(lg.START, "remove").compile(checkpointer=run.saver)
    run.raises("ValueError", run.invoke, app, {"messages": "hi"}, thread())


@program("A9", "F3")
def a_message_is_said_before_its_node_ends(lg: Namespace, run: Run) -> None:
    @lg.node
    def work(state: Any) -> dict:
        lg.push_message({"role": "ai", "content": "one moment", "id": "m1"})
        lg.push_message(AIMessage("unkept", id="m2"), state_key=None)
        lg.push_message(AIMessage("again", id="m1"))
        return {"messages": [AIMessage("done", id="m3")]}

    @lg.node
    def nameless(state: Any) -> dict:
        run.raises("ValueError", lg.push_message, AIMessage("without an id"))
        return {}

    builder = lg.StateGraph(lg.MessagesState).add_sequence([("work", work), ("nameless", nameless)])
    app = builder.add_edge(lg.START, "work").compile(checkpointer=run.saver)
    chunks = run.stream(app, {"messages": []}, thread(), stream_mode=["messages", "updates"])
    run.show("said", [chunk[0].content for mode, chunk in chunks if mode == "messages"])
    run.invoke(app, {"messages": []}, thread("2"))


@program("A9", "F2")
def messages_have_their_ids_when_they_are_streamed(lg: Namespace, run: Run) -> None:
    def builder(schema: Any, returned: Any) -> Any:
        graph = lg.StateGraph(schema).add_node("speaks", lg.node(lambda state: returned))
        return graph.add_edge(lg.START, "speaks").compile(checkpointer=run.saver)

    def watch(app: Any, name: str) -> None:
        run.stream(app, {"messages": []}, thread(name), heard=look)

    def look(chunk: Any) -> None:
        said = chunk["speaks"]["messages"]
        run.show("with an id", [bool(getattr(m, "id", None)) for m in (said if isinstance(said, list) else [said])])

    class Formatted(TypedDict):
        messages: Annotated[list, lg.add_messages(format="langchain-openai")]

    class Plain(TypedDict):
        messages: Annotated[list, operator.add]

    for number, (schema, said) in enumerate(
        (
            (lg.MessagesState, AIMessage("one")),
            (lg.MessagesState, [HumanMessage("a"), ToolMessage("b", tool_call_id="t"), ("ai", "no object")]),
            (Formatted, [AIMessage("formatted")]),
            (Plain, [AIMessage("no reducer for messages")]),
        )
    ):
        watch(builder(schema, {"messages": said}), str(number))
    by_command = lg.Command(update={"messages": [AIMessage("by command")]}, goto=lg.END)
    watch(builder(lg.MessagesState, by_command), "command")
