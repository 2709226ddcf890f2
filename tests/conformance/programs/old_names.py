"""Names and parameters that are old: they warn, and work."""

import copy
import importlib
import operator
import pickle
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


class State(TypedDict):
    seen: Annotated[list, operator.add]


class Settings(TypedDict):
    user: str


class Part(TypedDict):
    seen: list


@program("A35", "A37", "P5", savers=PURE)
def old_parameters_of_the_builder(lg: Namespace, run: Run) -> None:
    builder = run.warned(lg.StateGraph, State, config_schema=Settings, input=Part, output=Part)
    schemas = (builder.context_schema, builder.input_schema, builder.output_schema)
    run.show("schemas", [schema.__name__ for schema in schemas])
    newer = run.warned(lg.StateGraph, State, Settings, config_schema=Part, input_schema=State, input=Part)
    run.show("the new parameter counts", [newer.context_schema is Settings, newer.input_schema is State])
    calls: list[int] = []

    def shaky(state: Part) -> dict:
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError("again")
        return {"seen": ["shaky"]}

    policy = lg.RetryPolicy(initial_interval=0.0, jitter=False)
    run.warned(builder.add_node, "shaky", lg.node(shaky), retry=policy, input=Part)
    run.invoke(builder.add_edge(lg.START, "shaky").compile(), {"seen": ["in"]})


@program("A35", "A37", savers=PURE)
def configurable_values_reach_nodes(lg: Namespace, run: Run) -> None:
    @lg.node
    def who(state: State, config: RunnableConfig) -> dict:
        return {"seen": [config["configurable"]["user"]]}

    app = lg.StateGraph(State).add_node(who).add_edge(lg.START, "who").compile()
    run.invoke(app, {"seen": []}, {"configurable": {"user": "ada"}})
    run.invoke(app.with_config({"configurable": {"user": "bob"}}), {"seen": []})


@program("A37", "A5", "A9")
def a_graph_of_messages(lg: Namespace, run: Run) -> None:
    builder = run.warned(lg.MessageGraph)

    @lg.node
    def bot(messages: list) -> Any:
        return [("ai", f"{len(messages)} so far")]

    app = builder.add_node(bot).set_entry_point("bot").set_finish_point("bot").compile(checkpointer=run.saver)
    run.invoke(app, [("user", "Hi.")], thread())
    run.invoke(app, ("user", "Again."), thread())
    run.stream(app, "Once more.", thread(), stream_mode=["updates", "values"])


@program("E11", savers=STORED)
def a_node_that_raises_its_interrupt(lg: Namespace, run: Run) -> None:
    allowed: list[int] = []

    @lg.node
    def long(state: State) -> dict:
        if not allowed:
            raise run.warned(lg.NodeInterrupt, "Too long", id="mine")
        return {"seen": ["long"]}

    app = lg.StateGraph(State).add_node(long).add_edge(lg.START, "long").compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode="updates")
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    allowed.append(1)
    run.invoke(app, None, thread())


@program("E11", "E3", savers=PURE)
def old_names_of_an_interrupt(lg: Namespace, run: Run) -> None:
    for asked in (lg.Interrupt("?", "a1"), lg.Interrupt("?", id="a1", when="during", resumable=True)):
        run.show("interrupt", [asked, repr(asked), run.warned(lambda asked=asked: asked.interrupt_id)])
    run.show("placeholder", lg.Interrupt("?"))
    by_namespace = lg.Interrupt("?", ns=["ask:1"])
    run.show("by namespace", [by_namespace == lg.Interrupt.from_ns("?", "ask:1"), len(by_namespace.id)])
    run.show("an id counts more", lg.Interrupt("?", "a1", ns=["ask:1"]))


@program("A37", "P5", savers=PURE)
def old_paths(lg: Namespace, run: Run) -> None:
    constants = importlib.import_module(f"{lg.package}.constants")
    for name in ("Send", "Interrupt"):
        run.show(name, run.warned(getattr, constants, name) is getattr(lg, name))
    run.fails("AttributeError", getattr, constants, "Nobody")
    run.show("constants", [constants.CONF, constants.TASKS, constants.CONFIG_KEY_CHECKPOINTER, constants.TAG_HIDDEN])


@program("A8", "A26", "A27", "E3", "D6", savers=PURE)
def values_of_the_vocabulary_are_copied_stored_and_compared(lg: Namespace, run: Run) -> None:
    values = [
        lg.Send("work", {"n": 1}), lg.Send("work", 1), lg.Command(), lg.Command(goto="a"), lg.Command(goto=("a", "b")),
        lg.Command(graph=lg.Command.PARENT, update={"x": [1]}, resume=0, goto=[lg.Send("a", {}), "b"]),
        lg.Command(update=lg.Interrupt("?", id="1"), resume={"1": lg.Overwrite(2)}),
        lg.Overwrite([1]), lg.Interrupt("?", id="a1"), lg.RetryPolicy(max_attempts=2, retry_on=ValueError),
        lg.StateSnapshot({}, (), {}, None, None, None, (), ()),
    ]  # fmt: skip
    for value in values:
        run.show("repr", repr(value).replace(lg.package, "langgraph"))
        for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            run.show("the same", [other == value, type(other) is type(value), value == "other"])
        run.show("hash", _hash_equals(value))
    run.show("equal", [[left == right for left in values] for right in values])
    run.raises("AttributeError", setattr, lg.Command(), "goto", "b")


def _hash_equals(value: Any) -> str:
    try:
        return f"equal: {hash(value) == hash(copy.deepcopy(value))}"
    except TypeError:
        return "no hash"


@program("A37", "C15", savers=PURE)
def a_graph_is_what_the_protocol_says(lg: Namespace, run: Run) -> None:
    protocol = importlib.import_module(f"{lg.package}.pregel.protocol")
    app = lg.StateGraph(State).add_node(lg.adds("a")).add_edge(lg.START, "a").compile()
    run.show("is one", [isinstance(app, protocol.PregelProtocol), isinstance({}, protocol.PregelProtocol)])
    run.fails("TypeError", protocol.PregelProtocol)
    told: list[Any] = []
    stream = protocol.StreamProtocol(told.append, {"values"})
    stream(((), "values", 1))
    run.show("stream", [told, stream.modes])
    run.show("a copy", app.copy(update={"stream_mode": "values"}).stream_mode)
