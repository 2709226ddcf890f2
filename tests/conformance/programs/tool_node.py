"""The node that runs tools: what it is given and gives, what tools may ask for and return, what becomes of errors."""

import operator
import warnings
from dataclasses import dataclass, field
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, StructuredTool, ToolException, tool
from pydantic import BaseModel
from typing_extensions import TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


def call(name: str, id: str = "c1", **args: Any) -> ToolCall:
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def asks(*calls: ToolCall) -> AIMessage:
    return AIMessage("", tool_calls=[*calls], id="asks")


class State(TypedDict, total=False):
    messages: list[AnyMessage]
    user: str
    seen: Annotated[list, operator.add]


def around(lg: Namespace, run: Run, node: Any, schema: Any = State, **options: Any) -> Any:
    """A graph of nothing but this node."""
    return lg.StateGraph(schema).add_node("tools", node).add_edge(lg.START, "tools").compile(
        checkpointer=run.saver, **options
    )


def make(lg: Namespace, function: Any, **options: Any) -> Any:
    """A tool, that is awaited in async mode."""
    return tool(lg.node(function), **options)


def arithmetic(lg: Namespace) -> list[Any]:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    def divide(a: int, b: int) -> float:
        """Divide."""
        return a / b

    return [make(lg, add), make(lg, divide)]


@program("K5", savers=PURE)
def calls_of_the_last_answer(lg: Namespace, run: Run) -> None:
    node = lg.ToolNode(arithmetic(lg))
    run.show("names", (node.name, [*node.tools_by_name], node.tags))
    answer = asks(call("add", "c1", a=1, b=2), call("divide", "c2", a=3, b=2), call("add", "c3", a=5, b=5))
    app = around(lg, run, node)
    run.invoke(app, {"messages": [HumanMessage("hi", id="h"), asks(call("add", "old", a=0, b=0)), answer]})
    run.invoke(app, {"messages": [answer, HumanMessage("later", id="h")]})
    run.invoke(app, {"messages": [AIMessage("nothing to do")]})
    run.raises("ValueError", run.invoke, app, {"messages": [HumanMessage("hi")]})
    run.raises("ValueError", run.invoke, app, {"user": "ada"})
    run.stream(app, {"messages": [answer]}, stream_mode=["updates", "messages"])


@program("K5", savers=PURE)
def inputs_of_other_forms(lg: Namespace, run: Run) -> None:
    answer = asks(call("add", "c1", a=1, b=2), call("add", "c2", a=2, b=2))
    node = lg.ToolNode(arithmetic(lg), name="my tools", messages_key="chat")

    class Model(BaseModel):
        chat: list[AnyMessage]

    @dataclass
    class Data:
        chat: list = field(default_factory=list)

    class Chat(TypedDict):
        chat: list

    for schema, given in ((Model, {"chat": [answer]}), (Data, Data([answer])), (Chat, {"chat": [answer]})):
        run.invoke(around(lg, run, node, schema), given)
    listed = around(lg, run, lg.ToolNode(arithmetic(lg)), Annotated[list, lg.add_messages])
    run.invoke(listed, [answer])
    run.invoke(listed, answer)

    def fan_out(state: Any) -> Any:
        return [lg.Send("tools", [one]) for one in answer.tool_calls]

    builder = lg.StateGraph(lg.MessagesState).add_node("tools", lg.ToolNode(arithmetic(lg)))
    run.invoke(builder.add_conditional_edges(lg.START, fan_out, ["tools"]).compile(), {"messages": [answer]})


@program("K6", savers=PURE)
def what_models_do_wrong(lg: Namespace, run: Run) -> None:
    def secret(a: int, state: Annotated[dict, lg.InjectedState]) -> str:
        """Knows the state."""
        return f"{a}"

    node = lg.ToolNode([*arithmetic(lg), make(lg, secret)])
    app = around(lg, run, node)
    wrong = [
        call("ad", "c1", a=1), call("add", "c2", a="one", b=2), call("add", "c3"), call("secret", "c4", a="x"),
        call("secret", "c5", a=1, state="forged"), call("add", "c6", a=1, b=2, c=3),
    ]  # fmt: skip
    run.invoke(app, {"messages": [asks(*wrong)]})
    silent = around(lg, run, lg.ToolNode(arithmetic(lg), handle_tool_errors=False))
    run.says("ToolInvocationError", run.invoke, silent, {"messages": [asks(wrong[1])]})
    run.invoke(silent, {"messages": [asks(wrong[0])]})


class Odd(ValueError):
    pass


def told_of_odd(error: Odd) -> str:
    return f"odd: {error}"


def told_of_two(error: Odd | KeyError) -> str:
    return f"one of two: {error!r}"


def told_of_all(error) -> str:
    return f"any: {error!r}"


class Handler:
    def __call__(self, error: Odd) -> str:
        return "by an object"

    def method(self, error: ZeroDivisionError) -> str:
        return "by a method"


HANDLINGS = [
    None, True, False, "sorry", Odd, (Odd, ZeroDivisionError), (), told_of_odd, told_of_two, told_of_all,
    Handler().method, ValueError,
]  # fmt: skip


@program("K6", savers=PURE)
def errors_of_tools(lg: Namespace, run: Run) -> None:
    def fails(how: str) -> str:
        """Fails."""
        if how == "odd":
            raise Odd("seven")
        if how == "tool":
            raise ToolException("as a tool")
        return str(1 / 0)

    for handling in HANDLINGS:
        options = {} if handling is None else {"handle_tool_errors": handling}
        app = around(lg, run, lg.ToolNode([make(lg, fails)], **options))
        for how in ("odd", "zero", "tool"):
            run.show("handling", (getattr(handling, "__name__", handling), how))
            run.tries(run.invoke, app, {"messages": [asks(call("fails", how=how))]})


def told_of_text(error: str) -> str:
    return error


def told_of_some_text(error: Odd | str) -> str:
    return str(error)


@program("K6", savers=PURE)
def handlers_of_no_errors(lg: Namespace, run: Run) -> None:
    def fails() -> str:
        """Fails."""
        raise Odd("seven")

    def words() -> str:
        return "never"

    for handler in (told_of_text, words):
        app = around(lg, run, lg.ToolNode([make(lg, fails)], handle_tool_errors=handler))
        run.tries(run.invoke, app, {"messages": [asks(call("fails"))]})
    handled = make(lg, fails)
    handled.handle_tool_error = True
    run.tries(run.invoke, around(lg, run, lg.ToolNode([handled])), {"messages": [asks(call("fails"))]})


@program("K7", savers=PURE)
def calls_are_wrapped(lg: Namespace, run: Run) -> None:
    heard: list[Any] = []
    tries = iter(range(9))

    def flaky(a: int) -> int:
        """Fails twice."""
        if next(tries) < 2:
            raise Odd("not yet")
        return a

    def extra(a: int, runtime: lg.ToolRuntime) -> str:
        """Not one of the node's."""
        return f"extra {a} {runtime.tool_call_id}"

    flaky, extra = make(lg, flaky), make(lg, extra)

    def decide(request: Any) -> Any:
        """What to do instead of the call, or the request to make it with."""
        one = request.tool_call
        heard.append((one["name"], request.tool and request.tool.name, sorted(request.state), request.runtime.context))
        if one["args"].get("a") == 0:
            return None, ToolMessage("cached", tool_call_id=one["id"], name=one["name"])
        if one["name"] == "extra":
            return request.override(tool=extra), None
        if one["args"].get("a") == 13:
            raise Odd("not that")
        return request.override(tool_call={**one, "args": {**one["args"], "a": 7}}), None

    def wrap(request: Any, execute: Any) -> Any:
        wanted, found = decide(request)
        if found is not None:
            return found
        for _ in range(2):
            try:
                return execute(wanted)
            except Odd:
                heard.append("again")
        return execute(wanted)

    async def awrap(request: Any, execute: Any) -> Any:
        wanted, found = decide(request)
        if found is not None:
            return found
        for _ in range(2):
            try:
                return await execute(wanted)
            except Odd:
                heard.append("again")
        return await execute(wanted)

    calls = [call("flaky", "c1", a=1), call("flaky", "c2", a=0), call("extra", "c3", a=2), call("none", "c4")]
    for handling in (True, False):
        tries = iter(range(9))
        options = {"awrap_tool_call": awrap} if lg.is_async else {"wrap_tool_call": wrap}
        node = lg.ToolNode([flaky], handle_tool_errors=False if not handling else Odd, **options)
        app = around(lg, run, node)
        run.tries(run.invoke, app, {"messages": [asks(*calls)], "user": "ada"})
        run.tries(run.invoke, app, {"messages": [asks(call("flaky", a=13))]})
        run.show("heard", sorted(map(repr, heard)))
    plain = lg.ToolNode(arithmetic(lg), wrap_tool_call=lambda request, execute: ToolMessage("own", tool_call_id="c1"))
    run.invoke(around(lg, run, plain), {"messages": [asks(call("add", a=1, b=2))]})
    awaited = lg.ToolNode(arithmetic(lg), awrap_tool_call=awrap)
    run.invoke(around(lg, run, awaited), {"messages": [asks(call("add", a=1, b=2))]})


@program("K7", savers=PURE)
def a_request_is_overridden(lg: Namespace, run: Run) -> None:
    request = lg.ToolCallRequest(tool_call=call("add", a=1), tool=None, state={}, runtime=None)
    other = request.override(state={"a": 1})
    run.show("request", (request, other, request == other))
    run.warned(setattr, request, "state", {"b": 2})
    run.show("set", request.state)
    run.says("TypeError", lambda: request.override(nothing=1))


@program("K8", savers=PURE)
def tools_are_given_the_state(lg: Namespace, run: Run) -> None:
    def whole(a: int, state: Annotated[dict, lg.InjectedState]) -> str:
        """All of it."""
        return f"{a} {sorted(state)} {len(state['messages'])}"

    def parts(user: Annotated[str, lg.InjectedState("user")], old: Annotated[Any, lg.InjectedState("messages")]) -> str:
        """Two keys."""
        return f"{user} {len(old)}"

    def perhaps(mood: Annotated[str, lg.InjectedState("mood")] = "calm") -> str:
        """A key that there may be."""
        return mood

    def misses(mood: Annotated[str, lg.InjectedState("mood")]) -> str:
        """A key that there is not."""
        return mood

    def history(given: Annotated[list, lg.InjectedState("messages")]) -> str:
        """The messages."""
        return str(len(given))

    tools = [make(lg, function) for function in (whole, parts, perhaps, misses, history)]
    for one in tools:
        run.show("the model sees", sorted(one.tool_call_schema.model_json_schema().get("properties", {})))
    node = lg.ToolNode(tools, handle_tool_errors=False)
    app = around(lg, run, node)
    calls = [call("whole", "c1", a=1, state="forged"), call("parts", "c2", user="mallory"), call("perhaps", "c3")]
    run.invoke(app, {"messages": [asks(*calls)], "user": "ada"})
    run.says("KeyError", run.invoke, app, {"messages": [asks(call("misses"))]})

    class Model(BaseModel):
        messages: list[AnyMessage]
        user: str = "grace"

    for name in ("parts", "perhaps"):
        run.tries(run.invoke, around(lg, run, node, Model), {"messages": [asks(call(name, state={}))]})
    run.says("AttributeError", run.invoke, around(lg, run, node, Model), {"messages": [asks(call("misses"))]})
    listed = around(lg, run, node, Annotated[list, lg.add_messages])
    for name in ("whole", "history", "parts", "misses"):
        run.tries(run.invoke, listed, [asks(call(name, a=1))])


@program("K8", "H10", savers=PURE)
def tools_are_given_the_store_and_the_run(lg: Namespace, run: Run) -> None:
    class Context(TypedDict):
        tenant: str

    def keeps(fact: str, store: Annotated[Any, lg.InjectedStore()]) -> str:
        """Keeps a fact."""
        store.put(("facts",), fact, {"fact": fact})
        return fact

    def runs(runtime: lg.ToolRuntime, config: RunnableConfig) -> str:
        """Looks around."""
        runtime.stream_writer({"from": "runs"})
        runtime.emit_output_delta("nobody listens")
        found = runtime.store and [item.key for item in runtime.store.search(("facts",))]
        info = runtime.execution_info
        return str([
            sorted(runtime.state), runtime.context, runtime.tool_call_id, found, [t.name for t in runtime.tools],
            config["configurable"].get("mine"), runtime.config["configurable"].get("mine"), info.node_attempt,
            runtime.server_info, type(runtime).__name__, config["metadata"]["langgraph_node"], config.get("tags"),
        ])  # fmt: skip

    def typed(a: int, runtime: lg.ToolRuntime[Context, State], id: Annotated[str, InjectedToolCallId]) -> str:
        """Typed."""
        return f"{a} {runtime.context['tenant']} {id} {runtime.state['user']}"

    def unnoted(a: int, runtime: Any) -> str:
        """By its name."""
        return type(runtime).__name__

    def hidden(a: int, key: Annotated[str, InjectedToolArg] = "default") -> str:
        """Has what nobody fills in."""
        return key

    tools = [make(lg, function) for function in (keeps, runs, typed, unnoted, hidden)]
    node = lg.ToolNode(tools, handle_tool_errors=False)
    builder = lg.StateGraph(State, Context).add_node("tools", node).add_edge(lg.START, "tools")
    app = builder.compile(store=lg.InMemoryStore())
    config = {"configurable": {"mine": 1}, "tags": ["t"]}
    for calls in ([call("keeps", fact="tea")], [call("runs")], [call("runs", "c1"), call("typed", "c2", a=1)]):
        with warnings.catch_warnings(action="ignore"):  # LangGraph's runtime has Pydantic expect no context
            run.stream(app, {"messages": [asks(*calls)], "user": "ada"}, config, context={"tenant": "acme"},
                       stream_mode=["updates", "custom"])  # fmt: skip
    run.invoke(app, {"messages": [asks(call("unnoted", a=1), call("hidden", a=1, key="forged"))]})
    run.raises("ValueError", run.invoke, builder.compile(), {"messages": [asks(call("keeps", fact="tea"))]})
    run.raises("ValueError", lambda: lg.ToolNode([twice_injected(lg)]))


def twice_injected(lg: Namespace) -> Any:
    def twice(a: Annotated[dict, lg.InjectedState, lg.InjectedState("x")]) -> str:
        """Annotated twice."""
        return ""

    return twice


@program("K5", savers=PURE)
def what_tools_return(lg: Namespace, run: Run) -> None:
    blocks = [{"type": "text", "text": "block"}]

    class Thing:
        def __repr__(self) -> str:
            return "a thing"

    values = [
        "text", 1, None, {"ü": [1]}, blocks, [1, 2], ["a"], Thing(), [], (1, 2),
        ToolMessage("mine", tool_call_id="other"), ToolMessage([{"k": 1}], tool_call_id="c1"), {"type": "text"}, b"b",
    ]  # fmt: skip

    def returns(n: int) -> Any:
        """Returns something."""
        return values[n]

    def splits() -> Any:
        """Content and artifact."""
        return "content", {"artifact": 1}

    node = lg.ToolNode([make(lg, returns), make(lg, splits, response_format="content_and_artifact")])
    app = around(lg, run, node)
    for n in range(len(values)):
        run.tries(run.invoke, app, {"messages": [asks(call("returns", n=n))]})
    run.invoke(app, {"messages": [asks(call("splits"))]})
    for value in values[:10]:
        run.show("content", lg.msg_content_output(value))


class Bare(BaseTool):
    name: str = "bare"
    description: str = "A class."
    gives: Any = None

    def _run(self, a: int = 1) -> Any:
        return self.gives or a


@program("K5", savers=PURE)
def tools_of_every_kind(lg: Namespace, run: Run) -> None:
    def plain(a: int) -> int:
        """A function."""
        return a

    async def awaited(a: int) -> int:
        """A coroutine function."""
        return -a

    both = StructuredTool.from_function(plain, awaited, name="both")
    node = lg.ToolNode([plain, both, Bare(), StructuredTool.from_function(plain, name="named", description="Named.")])
    calls = [call(name, f"c{n}", a=n) for n, name in enumerate(node.tools_by_name)]
    run.invoke(around(lg, run, node), {"messages": [asks(*calls)]})
    run.fails("ValueError", lambda: lg.ToolNode([lambda a: a]))
    run.fails("ValueError", lambda: lg.ToolNode([3]))


@program("A29", "K5")
def tools_return_commands(lg: Namespace, run: Run) -> None:
    def updates(id: Annotated[str, InjectedToolCallId]) -> Any:
        """Writes."""
        return lg.Command(update={"user": "grace", "messages": [ToolMessage("done", tool_call_id=id)]})

    def goes(id: Annotated[str, InjectedToolCallId]) -> Any:
        """Writes and goes."""
        message = {"role": "tool", "content": "went", "tool_call_id": id}
        return lg.Command(update={"messages": [message], "seen": ["goes"]}, goto="after")

    def several(id: Annotated[str, InjectedToolCallId]) -> Any:
        """Several."""
        message = ToolMessage({"two": 2}, tool_call_id=id)
        return [lg.Command(update={"seen": ["one"]}), message, lg.Command(goto="after")]

    def clears() -> Any:
        """Clears."""
        return lg.Command(update={"messages": [RemoveMessage(id=lg.REMOVE_ALL_MESSAGES)]})

    def silent() -> Any:
        """Only goes."""
        return lg.Command(goto="after")

    class Chat(TypedDict, total=False):
        messages: Annotated[list, lg.add_messages]
        user: str
        seen: Annotated[list, operator.add]

    plain = arithmetic(lg)[0]
    node = lg.ToolNode([make(lg, f) for f in (updates, goes, several, clears, silent)] + [plain])
    builder = lg.StateGraph(Chat).add_node("tools", node, destinations=("after",)).add_node(lg.adds("after"))
    app = builder.add_edge(lg.START, "tools").compile(checkpointer=run.saver)
    sets = [["updates"], ["goes"], ["several"], ["clears"], ["silent"], ["updates", "add"], ["goes", "several"]]
    for number, names in enumerate(sets):
        calls = [call(name, f"{name}-{number}", **({"a": 1, "b": 2} if name == "add" else {})) for name in names]
        run.stream(app, {"messages": [asks(*calls)]}, thread(str(number)), stream_mode=["updates", "values"])


@program("A29", savers=PURE)
def commands_that_do_not_fit(lg: Namespace, run: Run) -> None:
    def returns(what: str, id: Annotated[str, InjectedToolCallId]) -> Any:
        """Returns it."""
        done = ToolMessage("done", tool_call_id=id)
        return {
            "unanswered": lg.Command(update={"user": "x"}),
            "other": lg.Command(update={"messages": [ToolMessage("x", tool_call_id="other")]}),
            "list": lg.Command(update=[done]),
            "dict": lg.Command(update={"messages": [done]}),
            "none": [lg.Command(update={"user": "x"})],
            "twice": [done, lg.Command(update={"messages": [done]})],
            "mixed": [done, "text"],
            "parent": lg.Command(graph=lg.Command.PARENT, update={"user": "x"}),
        }[what]

    node = lg.ToolNode([make(lg, returns)], handle_tool_errors=False)
    apps = (around(lg, run, node, lg.MessagesState), around(lg, run, node, Annotated[list, lg.add_messages]))
    for what in ("unanswered", "other", "list", "dict", "none", "twice", "mixed"):
        asked = asks(call("returns", what=what))
        for app, given in zip(apps, ({"messages": [asked]}, [asked]), strict=True):
            run.tries(run.invoke, app, given)
    told = around(lg, run, lg.ToolNode([make(lg, returns)], handle_tool_errors=True), lg.MessagesState)
    run.invoke(told, {"messages": [asks(call("returns", what="unanswered"))]})


@program("A29", "I6")
def tools_hand_over(lg: Namespace, run: Run) -> None:
    class Chat(TypedDict, total=False):
        messages: Annotated[list, lg.add_messages]
        seen: Annotated[list, operator.add]

    def hand_over(to: str, state: Annotated[dict, lg.InjectedState], id: Annotated[str, InjectedToolCallId]) -> Any:
        """Goes to a node of the graph around."""
        done = ToolMessage(f"to {to}", tool_call_id=id, name="hand_over")
        return lg.Command(graph=lg.Command.PARENT, goto=to, update={"messages": [*state["messages"], done]})

    def sends(to: str, state: Annotated[dict, lg.InjectedState]) -> Any:
        """Sends to one."""
        return lg.Command(graph=lg.Command.PARENT, goto=[lg.Send(to, {"seen": [], "messages": state["messages"]})])

    tools = [make(lg, hand_over), make(lg, sends)]
    team = lg.StateGraph(Chat).add_node("tools", lg.ToolNode(tools)).add_edge(lg.START, "tools").compile()
    builder = lg.StateGraph(Chat).add_node("team", team, destinations=("bob", "eve"))
    builder.add_node(lg.adds("bob")).add_node(lg.adds("eve")).add_edge(lg.START, "team")
    app = builder.compile(checkpointer=run.saver)
    for number, calls in enumerate((
        [call("hand_over", to="bob")],
        [call("sends", "c1", to="bob"), call("sends", "c2", to="eve")],
    )):  # fmt: skip
        config = thread(str(number))
        run.stream(app, {"messages": [asks(*calls)]}, config, stream_mode="updates")
        if run.saver is not None:
            run.get_state(app, config)


@program("E6", "K5", savers=STORED)
def tools_ask(lg: Namespace, run: Run) -> None:
    ran: list[str] = []

    def book(hotel: str) -> str:
        """Books."""
        answer = lg.interrupt({"book": hotel})
        ran.append(hotel)
        return f"{hotel}: {answer}"

    def twice(a: int) -> str:
        """Asks twice."""
        return f"{lg.interrupt('one')} {lg.interrupt('two')}"

    class Shape(BaseModel):
        n: int

    def shaped() -> str:
        """Asks for a shape."""
        return str(lg.interrupt("how many?", response_schema=Shape))

    node = lg.ToolNode([make(lg, f) for f in (book, twice, shaped)], handle_tool_errors=True)
    app = around(lg, run, node, lg.MessagesState)
    run.invoke(app, {"messages": [asks(call("book", hotel="Ritz"))]}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="yes"), thread())
    run.show("ran", [*ran])
    run.invoke(app, {"messages": [asks(call("twice", a=1))]}, thread("2"))
    run.invoke(app, lg.Command(resume="1"), thread("2"))
    run.invoke(app, lg.Command(resume="2"), thread("2"))
    run.invoke(app, {"messages": [asks(call("shaped"))]}, thread("3"))
    run.fails("ValueError", run.invoke, app, lg.Command(resume={"n": "many"}), thread("3"))
    run.invoke(app, lg.Command(resume={"n": 3}), thread("3"))


@program("K3", "K11")
def calls_are_sent_one_by_one(lg: Namespace, run: Run) -> None:
    def looks(a: int, state: Annotated[dict, lg.InjectedState], runtime: lg.ToolRuntime) -> str:
        """Looks at the state."""
        return f"{a} {sorted(state)} {state.get('user')} {runtime.tool_call_id} {runtime.state is state}"

    def fan_out(state: Any) -> Any:
        calls = state["messages"][-1].tool_calls
        context = {"user": "sent", "messages": state["messages"]}
        sent = [lg.ToolCallWithContext(__type="tool_call_with_context", tool_call=one, state=context) for one in calls]
        return [lg.Send("tools", one) for one in [*sent, *([one] for one in calls)]]

    class Chat(TypedDict, total=False):
        messages: Annotated[list, lg.add_messages]
        user: str

    builder = lg.StateGraph(Chat).add_node("ask", lg.node(lambda state: {"messages": [asks(call("looks", a=1))]}))
    builder.add_node("tools", lg.ToolNode([make(lg, looks)])).add_edge(lg.START, "ask")
    app = builder.add_conditional_edges("ask", fan_out, ["tools"]).compile(checkpointer=run.saver)
    given = {"messages": [HumanMessage("hi", id="h")], "user": "ada"}
    run.stream(app, given, thread(), stream_mode=["updates", "tasks"])


@program("K8", "J1", savers=PURE)
def tools_in_workflows(lg: Namespace, run: Run) -> None:
    def looks(a: int, state: Annotated[dict, lg.InjectedState], runtime: lg.ToolRuntime) -> str:
        """Looks at the state."""
        return f"{a} {state} {runtime.context}"

    node = lg.ToolNode([tool(looks)])

    async def acalls(calls: list) -> Any:
        return await node.ainvoke(calls)

    call_tools = lg.task(name="call_tools")(acalls if lg.is_async else node.invoke)

    @lg.entrypoint()
    @lg.waits
    def workflow(calls: list) -> Any:
        return (yield call_tools(calls))

    with warnings.catch_warnings(action="ignore"):  # LangGraph's runtime has Pydantic expect no context
        run.invoke(workflow, [call("looks", a=1), call("none", "c2")], context={"tenant": "acme"})


@program("F17", "K8")
def tools_are_heard(lg: Namespace, run: Run) -> None:
    def works(a: int, runtime: lg.ToolRuntime) -> str:
        """Works bit by bit."""
        runtime.emit_output_delta("half")
        runtime.emit_output_delta({"left": a})
        return f"{a}"

    def fails(runtime: lg.ToolRuntime) -> str:
        """Fails on the way."""
        runtime.emit_output_delta("begun")
        raise Odd("seven")

    def asks_first() -> str:
        """Asks."""
        return str(lg.interrupt("?"))

    quiet = make(lg, works).model_copy(update={"name": "quiet", "tags": [lg.TAG_NOSTREAM]})
    tools = [*(make(lg, f) for f in (works, fails, asks_first)), quiet]
    node = lg.ToolNode(tools, handle_tool_errors=(Odd, ToolException))
    inner = around(lg, run, node, lg.MessagesState)
    for name, args in (("works", {"a": 1}), ("fails", {}), ("works", {"a": "x"}), ("quiet", {"a": 1}), ("none", {})):
        given = {"messages": [asks(call(name, **args))]}
        config = thread(f"{name} {args}")
        run.stream(inner, given, config, stream_mode="tools")
        run.stream(inner, given, config, stream_mode=["tools", "updates", "custom"], version="v2")
    outer = lg.StateGraph(lg.MessagesState).add_node("inner", lg.StateGraph(lg.MessagesState).add_node("tools", node)
        .add_edge(lg.START, "tools").compile()).add_edge(lg.START, "inner").compile(checkpointer=run.saver)  # fmt: skip
    given = {"messages": [asks(call("works", a=1))]}
    run.stream(outer, given, thread("outer"), stream_mode=["tools"])
    run.stream(outer, given, thread("inside"), stream_mode=["tools"], subgraphs=True)
    if run.saver is not None:
        run.stream(inner, {"messages": [asks(call("asks_first"))]}, thread("asks"), stream_mode="tools")
        run.stream(inner, lg.Command(resume="yes"), thread("asks"), stream_mode="tools")


@program("K9", savers=PURE)
def where_a_model_goes_on(lg: Namespace, run: Run) -> None:
    class Model(BaseModel):
        messages: list[AnyMessage] = []
        chat: list[AnyMessage] = []

    called, plain = asks(call("add", a=1, b=2)), AIMessage("done")
    for given in (
        {"messages": [called]}, {"messages": [plain]}, [called], [plain], [HumanMessage("x")],
        Model(messages=[called]), Model(messages=[plain]), {"messages": [called, plain]},
    ):  # fmt: skip
        run.show("goes to", lg.tools_condition(given))
    run.show("other key", lg.tools_condition({"chat": [called]}, messages_key="chat"))
    run.show("other key", lg.tools_condition(Model(chat=[called]), "chat"))
    run.says("ValueError", lg.tools_condition, {"messages": []})
    run.says("ValueError", lg.tools_condition, {"chat": [called]})
    model = lg.node(lambda state: {"messages": [plain if len(state["messages"]) > 1 else called]})
    builder = lg.StateGraph(lg.MessagesState).add_node("model", model).add_node("tools", lg.ToolNode(arithmetic(lg)))
    builder.add_edge(lg.START, "model").add_conditional_edges("model", lg.tools_condition).add_edge("tools", "model")
    app = builder.compile()
    run.show("drawn", app.get_graph().draw_mermaid())
    run.invoke(app, {"messages": [HumanMessage("hi", id="h")]})


@program("K10", savers=PURE)
def calls_are_only_checked(lg: Namespace, run: Run) -> None:
    class Pick(BaseModel):
        a: int

    def pair(a: int, b: str = "x") -> None:
        """A pair."""

    @tool
    def square(a: int) -> int:
        """Squares."""
        return a * a

    node = run.warned(lg.ValidationNode, [Pick, pair, square])
    run.show("names", (node.name, sorted(node.schemas_by_name)))
    calls = [call("Pick", "c1", a="3"), call("Pick", "c2", a="x"), call("pair", "c3", a=1), call("square", "c4")]
    run.invoke(around(lg, run, node), {"messages": [asks(*calls)]})
    run.invoke(around(lg, run, node, Annotated[list, lg.add_messages]), [asks(calls[0])])
    own = run.warned(
        lg.ValidationNode, [Pick], format_error=lambda error, call, schema: f"{call['name']} {schema.__name__}",
        name="check", tags=["t"],
    )  # fmt: skip
    run.invoke(around(lg, run, own), {"messages": [asks(calls[1])]})
    run.says("ValueError", run.invoke, around(lg, run, own), {"messages": [HumanMessage("x")]})
    run.says("ValueError", run.invoke, around(lg, run, own), {"messages": []})
    run.fails("KeyError", run.invoke, around(lg, run, own), {"messages": [asks(call("none"))]})
    run.warned(run.says, "ValueError", lg.ValidationNode, [3])
    schema = StructuredTool.from_function(square.func, name="s", description="s", args_schema={"properties": {}})
    run.warned(run.says, "ValueError", lg.ValidationNode, [schema])


@program("E12", savers=PURE)
def what_inboxes_show(lg: Namespace, run: Run) -> None:
    for name in ("ActionRequest", "HumanInterruptConfig", "HumanInterrupt", "HumanResponse"):
        kind = getattr(lg, name)
        run.show("keys", (name, list(kind.__annotations__), sorted(kind.__required_keys__)))
    request = run.warned(lg.ActionRequest, action="book", args={"hotel": "Ritz"})
    allowed = run.warned(
        lg.HumanInterruptConfig, allow_ignore=True, allow_respond=True, allow_edit=False, allow_accept=True
    )
    run.show("asks", run.warned(lg.HumanInterrupt, action_request=request, config=allowed, description="Book it?"))
    run.show("answers", run.warned(lg.HumanResponse, type="edit", args=request))
