"""The functional API: entrypoints and tasks, alone, nested, and mixed with graphs."""

import operator
import threading
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.runnables import RunnableConfig
from typing_extensions import TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program

MODES = ("updates", "values", "tasks", "checkpoints", "custom", ["updates", "custom"], ["values", "tasks"])


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def adder(lg: Namespace, ran: list[Any] | None = None) -> Any:
    """A task that adds, and notes what it was called with."""

    @lg.task
    @lg.node
    def add(a: int, b: int = 1) -> int:
        if ran is not None:
            ran.append((a, b))
        return a + b

    return add


@program("J3", "J4", "B1")
def tasks_together(lg: Namespace, run: Run) -> None:
    add = adder(lg)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        several = yield [add(x, b=by) for by in range(9)]
        nothing = yield []
        futures = [add(by) for by in several]
        last = yield futures[-1]
        return {"several": several, "nothing": nothing, "last": last, "rest": (yield futures[:-1])}

    run.invoke(flow, 1, thread("1"))
    run.invoke(flow, 2, thread("1"))


@program("J1", "J3", "J7", "F1", "F2")
def tasks_one_by_one(lg: Namespace, run: Run) -> None:
    add = adder(lg)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        one = yield add(x)
        two = yield add(one, b=3)
        return {"one": one, "two": two}

    run.invoke(flow, 1, thread("plain"))
    run.stream(flow, 1, thread("default"))
    for mode in MODES:
        run.stream(flow, 1, thread(str(mode)), stream_mode=mode)
    run.show("what it is", (flow.name, flow.stream_mode, flow.input_channels, flow.output_channels, list(flow.nodes)))


@program("J3", "J7", "E1", "E2", "D6", "D7", savers=STORED)
def finished_tasks_do_not_run_again(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        one = yield add(x)
        answer = lg.interrupt({"is it": one})
        two = yield add(one, answer)
        last = lg.interrupt("really?")
        return [one, two, last]

    for number, mode in enumerate(MODES):
        ran.clear()
        config = thread(str(number))
        run.stream(flow, 1, config, stream_mode=mode)
        run.get_state(flow, config)
        run.stream(flow, lg.Command(resume=10), config, stream_mode=mode)
        run.stream(flow, lg.Command(resume="yes"), config, stream_mode=mode)
        run.show("ran", list(ran))
        run.get_state(flow, config)
        run.history(flow, config)


@program("J3", "J7", "E2", "E3", savers=STORED)
def tasks_ask(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)

    @lg.task
    @lg.node
    def ask(about: str) -> str:
        first = lg.interrupt(about)
        return first + lg.interrupt(f"{about}, sure?")

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(rounds: int) -> Any:
        answers = []
        for number in range(rounds):
            yield add(number)
            answers.append((yield ask(f"question {number}")))
        return [*answers, lg.interrupt("in all?")]

    for mode in ("updates", "values", ["tasks", "updates"]):
        ran.clear()
        config = thread(str(mode))
        run.stream(flow, 2, config, stream_mode=mode)
        for answer in "abcde":
            run.stream(flow, lg.Command(resume=answer), config, stream_mode=mode)
        run.show("ran", list(ran))
        run.get_state(flow, config)


@program("J3", "E2", savers=STORED)
def tasks_that_asked_are_answered_by_id(lg: Namespace, run: Run) -> None:
    @lg.task
    @lg.node
    def ask(about: str) -> str:
        return lg.interrupt(about)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        return [(yield ask("one")), (yield ask("two"))]

    for answer in ("first", "second"):
        run.invoke(flow, 1 if answer == "first" else None, thread())
        (question,) = run.get_state(flow, thread()).interrupts
        run.invoke(flow, lg.Command(resume={question.id: answer}), thread())


@program("J5", "J6", "D1", "D6", "D7", savers=STORED)
def what_a_thread_remembers(lg: Namespace, run: Run) -> None:
    @lg.entrypoint(checkpointer=run.saver)
    @lg.node
    def total(n: int, *, previous: int | None = None) -> Any:
        return n + (previous or 0)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.node
    def apart(n: int, *, previous: Any = "nothing") -> Any:
        return lg.entrypoint.final(value=previous, save={"n": n})

    for n in (1, 2, 3):
        run.invoke(total, n, thread("total"))
        run.stream(apart, n, thread("apart"), stream_mode=["values", "updates", "tasks"])
    for app, name in ((total, "total"), (apart, "apart")):
        run.get_state(app, thread(name))
        run.history(app, thread(name))
    run.invoke(total, 4, thread("another"))


@program("J5", savers=PURE)
def without_a_saver_nothing_is_remembered(lg: Namespace, run: Run) -> None:
    @lg.entrypoint()
    @lg.node
    def flow(n: int, *, previous: Any = "default") -> Any:
        return [n, previous]

    run.invoke(flow, 1)
    run.invoke(flow, 2)


@program("J2", "A15", "B14", "B15")
def what_workflows_and_tasks_are_given(lg: Namespace, run: Run) -> None:
    @dataclass
    class Context:
        user: str

    store = lg.InMemoryStore()
    store.put(("a",), "k", {"v": 1})

    @lg.task
    @lg.node
    def look(x: int, *, config: RunnableConfig = None, runtime: Any = None, store=None, writer=None) -> Any:
        writer({"from": "task"})
        lg.get_stream_writer()("again")
        metadata = {k: v for k, v in lg.get_config()["metadata"].items() if k.startswith("langgraph_")}
        configurable = config["configurable"].get("mine")
        info = runtime.execution_info
        seen = [x, metadata, configurable, config.get("tags") or [], runtime.context.user, store.get(("a",), "k").value]
        return [*seen, runtime.previous, info.checkpoint_ns, info.task_id, info.thread_id, info.node_attempt]

    @lg.entrypoint(checkpointer=run.saver, store=store, context_schema=Context)
    @lg.waits
    def flow(x: int, *, config: RunnableConfig, runtime: Any, store, writer, previous: Any) -> Any:
        writer({"from": "entrypoint"})
        inside = yield look(x)
        given = yield look(x, config={"configurable": {"mine": "given"}})
        place = config["metadata"]["langgraph_path"], config["metadata"]["langgraph_node"]
        return [inside, given[2], place, runtime.context.user, store.get(("a",), "k").value, previous is None]

    config = {**thread(mine="yes"), "tags": ["t"]}
    run.stream(flow, 1, config, stream_mode=["custom", "updates"], context=Context("ada"))
    run.invoke(flow, 2, {**thread("2"), "metadata": {"m": 1}}, context=Context("bob"))


@program("J3", "J7", "F8")
def tasks_call_tasks_workflows_and_graphs(lg: Namespace, run: Run) -> None:
    add = adder(lg)

    @lg.task
    @lg.waits
    def twice(x: int) -> Any:
        lg.get_stream_writer()(f"twice {x}")
        return (yield add((yield add(x))))

    @lg.entrypoint()
    @lg.waits
    def inner(x: int) -> Any:
        return 10 * (yield twice(x))

    graph = lg.StateGraph(State).add_node("leaf", lg.adds("leaf")).add_edge(lg.START, "leaf").compile()

    def call(x: int) -> Any:
        return [inner.invoke(x), graph.invoke({"seen": [x]})]

    async def acall(x: int) -> Any:
        return [await inner.ainvoke(x), await graph.ainvoke({"seen": [x]})]

    both = lg.task(acall if lg.is_async else call, name="both")

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        return [(yield twice(x)), (yield both(x))]

    for inside in (False, True):
        for mode in ("updates", "values", "tasks", ["custom", "updates"]):
            run.stream(flow, 1, thread(f"{inside}{mode}"), stream_mode=mode, subgraphs=inside)
    run.invoke(flow, 5, thread("plain"))


@program("J3", "J8", "F2")
def nodes_call_tasks(lg: Namespace, run: Run) -> None:
    add = adder(lg)

    @lg.waits
    def node(state: State) -> Any:
        one = yield add(len(state["seen"]))
        two = yield add(one, 5)
        return {"seen": [one, two]}

    builder = lg.StateGraph(State).add_node("node", node).add_node("after", lg.adds("after"))
    app = builder.add_edge(lg.START, "node").add_edge("node", "after").compile(checkpointer=run.saver)
    for mode in MODES:
        run.stream(app, {"seen": ["x"]}, thread(str(mode)), stream_mode=mode)


@program("J8", "J3", "E2", "I2", savers=STORED)
def nodes_that_call_tasks_pause(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)

    @lg.task
    @lg.node
    def ask(about: str) -> str:
        return lg.interrupt(about)

    @lg.waits
    def node(state: State) -> Any:
        one = yield add(1)
        answer = yield ask("what?")
        return {"seen": [one, answer, lg.interrupt("and?")]}

    builder = lg.StateGraph(State).add_node("node", node).add_node("after", lg.adds("after"))
    app = builder.add_edge(lg.START, "node").add_edge("node", "after").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="this"), thread())
    run.stream(app, lg.Command(resume="that"), thread(), stream_mode=["updates", "tasks"])
    run.show("ran", ran)
    run.history(app, thread())


@program("J7", "I2", "E10", savers=STORED)
def a_workflow_called_in_a_workflow_asks(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)

    @lg.entrypoint()
    @lg.waits
    def inner(x: int) -> Any:
        one = yield add(x)
        return [one, lg.interrupt("inside?")]

    def body(x: int) -> Any:
        one = add(x, 100).result()
        return [one, inner.invoke(x), lg.interrupt("outside?")]

    async def abody(x: int) -> Any:
        one = await add(x, 100)
        return [one, await inner.ainvoke(x), lg.interrupt("outside?")]

    body.__name__ = abody.__name__ = "outer"
    flow = lg.entrypoint(checkpointer=run.saver)(abody if lg.is_async else body)
    run.invoke(flow, 1, thread())
    run.invoke(flow, lg.Command(resume="in"), thread())
    run.invoke(flow, lg.Command(resume="out"), thread())
    run.show("ran", ran)
    run.get_state(flow, thread())


@program("J3", "G9", "D14", "D15", savers=STORED)
def a_task_fails(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)
    broken = [True]

    @lg.task
    @lg.node
    def breaks(x: int) -> int:
        ran.append("breaks")
        if broken[0]:
            raise ValueError("broken")
        return x

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        one = yield add(x)
        return [one, (yield breaks(one))]

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def catches(x: int) -> Any:
        try:
            yield breaks(x)
        except ValueError as error:
            return [str(error), (yield add(x))]

    for mode in ("updates", "tasks"):
        broken[0] = True
        ran.clear()
        run.says("ValueError", run.stream, flow, 1, thread(mode), stream_mode=mode)
        run.get_state(flow, thread(mode))
        broken[0] = False
        run.stream(flow, None, thread(mode), stream_mode=mode)
        run.show("ran", list(ran))
    broken[0] = True
    run.stream(catches, 1, thread("catches"), stream_mode="updates")
    error = run.says("ValueError", run.invoke, flow, 1, thread("notes"))
    run.show("notes", [note.partition(" and id")[0] for note in error.__notes__])


@program("J1", "J3", "G1", "G2")
def tasks_and_workflows_are_tried_again(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    quick = lg.RetryPolicy(initial_interval=0.0, jitter=False, max_attempts=3, retry_on=ValueError)

    def failing(name: str, times: int) -> Any:
        def code(x: int) -> str:
            ran.append(name)
            if ran.count(name) <= times:
                raise ValueError(name)
            return name

        return lg.node(code)

    first = lg.task(failing("first", 2), name="first", retry_policy=quick)
    second = lg.task(name="second", retry_policy=[quick])(failing("second", 1))
    third = lg.task(failing("third", 1), name="third")
    hopeless = lg.task(failing("hopeless", 9), name="hopeless", retry_policy=quick)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        return [(yield first(x)), (yield second(x))]

    @lg.entrypoint(checkpointer=run.saver, retry_policy=quick)
    @lg.waits
    def again(x: int) -> Any:
        ran.append("again")
        one = yield third(x)
        if ran.count("again") < 2:
            raise ValueError("again")
        return one

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def gives_up(x: int) -> Any:
        yield hopeless(x)

    run.stream(flow, 1, thread("1"), stream_mode="updates")
    run.stream(again, 1, thread("2"), stream_mode="updates")
    run.says("ValueError", run.invoke, gives_up, 1, thread("3"))
    run.show("ran", ran)


@program("J7", "D8", "D10", "D11", savers=STORED)
def a_workflow_is_changed_from_outside(lg: Namespace, run: Run) -> None:
    @lg.entrypoint(checkpointer=run.saver)
    @lg.node
    def flow(x: Any, *, previous: Any = None) -> Any:
        return [x, previous]

    run.get_state(flow, thread())
    run.update_state(flow, thread(), "first")
    run.get_state(flow, thread())
    run.invoke(flow, 1, thread())
    run.update_state(flow, thread(), "changed", as_node="flow")
    run.update_state(flow, thread(), None)
    run.get_state(flow, thread())
    run.invoke(flow, 2, thread())
    run.raises("InvalidUpdateError", run.update_state, flow, thread(), 1, as_node="nobody")
    history = run.history(flow, thread())
    run.invoke(flow, None, history[1].config)
    run.invoke(flow, "branch", history[3].config)
    run.history(flow, thread(), limit=3)


@program("J7", "D13", savers=STORED)
def durability_of_tasks(lg: Namespace, run: Run) -> None:
    ran: list[Any] = []
    add = adder(lg, ran)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(x: int) -> Any:
        one = yield add(x)
        return [one, lg.interrupt("?"), (yield add(one))]

    for durability in ("sync", "async", "exit"):
        ran.clear()
        config = thread(durability)
        run.invoke(flow, 1, config, durability=durability)
        run.invoke(flow, lg.Command(resume="!"), config, durability=durability)
        run.show("ran", list(ran))
        run.history(flow, config)


@program("J1", "J3", savers=PURE)
def what_cannot_be_a_workflow(lg: Namespace, run: Run) -> None:
    def generates(x: int) -> Any:
        yield x

    async def agenerates(x: int) -> Any:
        yield x

    def nothing() -> int:
        return 1

    def one(x: int) -> int:
        return x

    def other(x: int) -> int:
        return x

    make = lg.entrypoint()
    run.says("NotImplementedError", make, generates)
    run.says("NotImplementedError", make, agenerates)
    run.says("ValueError", make, nothing)
    task = lg.task(name="named")(one)
    run.raises("RuntimeError", task, 1)
    run.says("ValueError", lg.task(timeout=3), other)
    run.says("ValueError", lg.task(timeout=3, name="slow"), lambda x: x)
    run.raises("EmptyInputError", run.invoke, make(lg.node(one)), None)
    final = lg.entrypoint.final(value=1, save=2)
    run.show("values", (repr(final), final == lg.entrypoint.final(value=1, save=2), final.value, final.save))
    run.fails("TypeError", lg.entrypoint.final, 1, 2)
    run.show("names", (task.__name__, task.func.__name__ in ("one", "named"), task.retry_policy, task.cache_policy))


@program("J1", savers=PURE)
def schemas_of_workflows(lg: Namespace, run: Run) -> None:
    class Given(TypedDict):
        a: int
        b: str

    def plain(x: Given) -> list[int]:
        return [1]

    def final(x: int) -> lg.entrypoint.final[str, int]:
        return lg.entrypoint.final(value="a", save=1)

    def untyped(x):
        return x

    for function in (plain, final, untyped):
        app = lg.entrypoint()(lg.node(function))
        run.show("input", app.get_input_jsonschema())
        run.show("output", app.get_output_jsonschema())


@program("J7", "F3", "F4", "F7")
def tokens_of_models_in_tasks(lg: Namespace, run: Run) -> None:
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    def model() -> Any:
        return GenericFakeChatModel(messages=iter([AIMessage("Hello there", id="m1")]))

    def asks(question: str) -> Any:
        return model().invoke(question)

    async def aasks(question: str) -> Any:
        return await model().ainvoke(question)

    ask = lg.task(aasks if lg.is_async else asks, name="ask")

    @lg.task
    @lg.node
    def answers(question: str) -> Any:
        return AIMessage("whole", id="w1")

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(question: str) -> Any:
        said = yield ask(question)
        return [said.content, (yield answers(question)).content]

    run.stream(flow, "q", thread("1"), stream_mode="messages")
    run.stream(flow, "q", thread("2"), stream_mode=["messages", "updates"])


@program("F18", "J3", "J8")
def what_is_done_is_told_before_its_step_ends(lg: Namespace, run: Run) -> None:
    told = threading.Event()
    first = lg.task(lambda x: x + 1, name="first")
    second = lg.task(lambda x: (x, told.wait(20)), name="second")

    @lg.waits
    def code(x: int) -> Any:
        return (yield second((yield first(x))))

    flow = lg.entrypoint(checkpointer=run.saver)(code)
    node = lg.NodeBuilder().subscribe_only("x").do(code).write_to("y")
    channels = {"x": lg.EphemeralValue(int), "y": lg.LastValue(tuple)}
    parts = {"channels": channels, "input_channels": "x", "output_channels": "y", "checkpointer": run.saver}
    actor = lg.Pregel(nodes={"code": node}, stream_eager=True, **parts)
    for number, app in enumerate((flow, actor)):
        told.clear()
        run.stream(app, 1, thread(str(number)), stream_mode="updates", heard=lambda chunk: told.set())


@program("J3", "F3")
def messages_that_tasks_were_given_are_no_news(lg: Namespace, run: Run) -> None:
    from langchain_core.messages import AIMessage, HumanMessage

    @lg.task
    @lg.node
    def count(messages: list[Any], *more: Any, last: Any = None) -> int:
        return len(messages)

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(question: str, *, previous: Any = None) -> Any:
        said = [*(previous or ()), HumanMessage(question, id=question)]
        yield count(said, AIMessage("beside", id="b"), last=AIMessage("last", id="l"))
        given = AIMessage("beside", id="b"), AIMessage("last", id="l")
        return lg.entrypoint.final(value=1, save=[*said, *given, AIMessage("new", id=f"new {question}")])

    run.stream(flow, "q", thread("1"), stream_mode="messages")
    run.stream(flow, "again", thread("1"), stream_mode="messages")
