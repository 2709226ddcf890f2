"""What guides show: tools that ask and report, a store of one's own, a summed-up conversation, parts tested alone."""

import operator
from collections.abc import Iterable
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, trim_messages
from langchain_core.tools import tool

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .routing import build


class State(TypedDict):
    seen: Annotated[list, operator.add]


def calling(lg: Namespace, run: Run, called: Any) -> Any:
    """A graph whose node calls a tool."""

    def work(state: State) -> dict:
        return {"seen": [called.invoke({"text": state["seen"][-1]})]}

    async def awork(state: State) -> dict:
        return {"seen": [await called.ainvoke({"text": state["seen"][-1]})]}

    node = awork if lg.is_async else work
    return lg.StateGraph(State).add_node("work", node).add_edge(lg.START, "work").compile(checkpointer=run.saver)


@program("E6", "E1", savers=STORED)
def a_tool_asks(lg: Namespace, run: Run) -> None:
    @tool
    def send(text: str) -> str:
        """Send a text."""
        answer = lg.interrupt({"send": text})
        return f"sent {answer}"

    app = calling(lg, run, send)
    run.invoke(app, {"seen": ["hello"]}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="hello!"), thread())


@program("F17", "F10", "F5")
def a_tool_reports_what_it_does(lg: Namespace, run: Run) -> None:
    @tool
    def search(text: str) -> str:
        """Search for a text."""
        writer = lg.get_stream_writer()
        for part in ("first", "second"):  # of a client that LangChain does not know
            writer({"found": part})
        return text.upper()

    run.stream(calling(lg, run, search), {"seen": ["x"]}, thread(), stream_mode=["custom", "updates"])


@program("A27", "A28")
def a_tool_returns_a_command(lg: Namespace, run: Run) -> None:
    @tool
    def hand_over(text: str) -> Any:
        """Hand over to another node."""
        return lg.Command(goto="other", update={"seen": [text]})

    call = {"type": "tool_call", "name": "hand_over", "id": "1", "args": {"text": "handed over"}}

    def work(state: State) -> Any:
        return [hand_over.invoke(call)]

    async def awork(state: State) -> Any:
        return [await hand_over.ainvoke(call)]

    builder = lg.StateGraph(State).add_node("work", awork if lg.is_async else work).add_node(lg.adds("other"))
    run.invoke(builder.add_edge(lg.START, "work").compile(checkpointer=run.saver), {"seen": []}, thread())


@program("E9", savers=STORED)
def a_node_that_catches_everything_answers_for_itself(lg: Namespace, run: Run) -> None:
    def careless(state: State) -> dict:
        try:
            return {"seen": [lg.interrupt("?")]}
        except Exception as error:
            return {"seen": [type(error).__name__]}

    @lg.node
    def careful(state: State) -> dict:
        try:
            return {"seen": [lg.interrupt("?")]}
        except ValueError:
            return {"seen": ["never"]}

    builder = lg.StateGraph(State).add_sequence([("careless", lg.node(careless)), ("careful", careful)])
    app = builder.add_edge(lg.START, "careless").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.invoke(app, lg.Command(resume="yes"), thread())


@program("H11", "H10", "H1", savers=PURE)
def a_store_of_ones_own(lg: Namespace, run: Run) -> None:
    class Own(lg.BaseStore):
        """Keeps its items in one dict."""

        def __init__(self) -> None:
            self.items: dict[Any, Any] = {}

        def batch(self, ops: Iterable[Any]) -> list[Any]:
            return [self._do(op) for op in ops]

        async def abatch(self, ops: Iterable[Any]) -> list[Any]:
            return self.batch(ops)

        def _do(self, op: Any) -> Any:
            if isinstance(op, lg.PutOp):
                self.items[op.namespace, op.key] = op.value
                return None
            return [op, sorted(self.items, key=repr)]

    store = Own()
    run.call(store, "put", ("a",), "k", {"n": 1}, index=["n"])
    run.raises("NotImplementedError", run.call, store, "put", ("a",), "k", {}, ttl=1)
    run.show("get", repr(run.call(store, "get", ("a",), "k")))
    run.show("search", repr(run.call(store, "search", ("a",), query="q", filter={"n": 1}, refresh_ttl=False)))
    run.show("list", repr(run.call(store, "list_namespaces", prefix=("a", "*"), max_depth=1)))
    run.call(store, "delete", ("a",), "k")
    run.raises("InvalidNamespaceError", run.call, store, "put", ("a.b",), "k", {})
    run.show("kept", store.items)

    @lg.node
    def keep(state: State) -> dict:
        lg.get_store().put(("seen",), str(len(state["seen"])), {"seen": state["seen"]})
        return {"seen": ["kept"]}

    app = lg.StateGraph(State).add_node(keep).add_edge(lg.START, "keep").compile(store=store)
    run.invoke(app, {"seen": ["x"]})
    run.show("kept by a node", store.items)


@program("H12", "A9", savers=STORED)
def a_conversation_is_trimmed_and_summed_up(lg: Namespace, run: Run) -> None:
    class Chat(lg.MessagesState):
        summary: str

    @lg.node
    def answer(state: Chat) -> dict:
        kept = trim_messages(state["messages"], max_tokens=2, token_counter=len, strategy="last", start_on="human")
        return {"messages": [AIMessage(f"{len(kept)} of {len(state['messages'])}: {state.get('summary')}")]}

    @lg.node
    def sum_up(state: Chat) -> dict:
        gone = state["messages"][:-2]
        words = [state.get("summary") or "", *(message.text for message in gone)]
        return {"summary": " ".join(words).strip(), "messages": [RemoveMessage(message.id) for message in gone]}

    def long(state: Chat) -> str:
        return "sum_up" if len(state["messages"]) > 3 else lg.END

    builder = lg.StateGraph(Chat).add_node(answer).add_node(sum_up).add_edge(lg.START, "answer")
    app = builder.add_conditional_edges("answer", long, ["sum_up", lg.END]).compile(checkpointer=run.saver)
    for turn in range(4):
        run.invoke(app, {"messages": [HumanMessage(f"turn {turn}", id=f"h{turn}")]}, thread())


@program("I9", "A26", "A28")
def agents_are_called_as_functions_and_by_routers(lg: Namespace, run: Run) -> None:
    def expert(name: str) -> Any:
        return lg.StateGraph(State).add_node(lg.adds(name)).add_edge(lg.START, name).compile()

    experts = {name: expert(name) for name in ("writes", "counts")}

    def ask(state: State) -> dict:
        return {"seen": experts["writes"].invoke({"seen": ["asked"]})["seen"]}

    async def aask(state: State) -> dict:
        return {"seen": (await experts["writes"].ainvoke({"seen": ["asked"]}))["seen"]}

    def route(state: State) -> list[Any]:
        return [lg.Send(name, {"seen": ["sent"]}) for name in experts]

    builder = lg.StateGraph(State).add_node("ask", aask if lg.is_async else ask)
    for name, app in experts.items():
        builder.add_node(name, app)
    builder.add_edge(lg.START, "ask").add_conditional_edges("ask", route, list(experts))
    run.invoke(builder.compile(checkpointer=run.saver), {"seen": ["in"]}, thread())


@program("P1", savers=PURE)
def a_node_is_tested_alone(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=lg.InMemorySaver())
    run.show("names", list(app.nodes))
    run.show("alone", run.call(app.nodes["a"], "invoke", {"seen": ["in"]}))
    run.raises("KeyError", lambda: app.nodes["nobody"])


@program("P2", "D8", "E8", savers=STORED)
def a_slice_of_a_graph_is_tested(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b", "c", "d").add_edge("a", "b").add_edge("b", "c").add_edge("c", "d")
    compiled = app.compile(checkpointer=run.saver)
    run.update_state(compiled, thread(), {"seen": ["made up"]}, as_node="a")
    run.invoke(compiled, None, thread(), interrupt_after=["c"])
    run.get_state(compiled, thread())
