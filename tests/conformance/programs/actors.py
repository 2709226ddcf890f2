"""Graphs that are put together by hand: channels, and actors that read and write them.

Parameters inside functions use local names, so annotations are not postponed here.
"""

import asyncio
import operator
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda

from ..harness import THEIRS, Namespace, Run, thread
from . import STORED, program


def doubles(lg: Namespace) -> Any:
    return lg.NodeBuilder().subscribe_only("a").do(lg.node(lambda a: a + a)).write_to("b")


def made(lg: Namespace, run: Run, **parts: Any) -> Any:
    """A graph of one actor from ``a`` to ``b``, with some of its parts replaced."""
    parts.setdefault("nodes", {"double": doubles(lg)})
    parts.setdefault("channels", {"a": lg.EphemeralValue(str), "b": lg.EphemeralValue(str)})
    return lg.Pregel(**{"input_channels": "a", "output_channels": "b", "checkpointer": run.saver, **parts})


@program("C1", "C2", "C16")
def one_actor_with_its_channels_named_or_listed(lg: Namespace, run: Run) -> None:
    several = {"input_channels": ["a"], "output_channels": ["b"]}
    for number, parts in enumerate(({}, several, {"stream_channels": "b"}, {"output_channels": ["a", "b"]})):
        app = made(lg, run, **parts)
        given = {"a": "x"} if parts is several else "x"
        run.invoke(app, given, thread(str(number)))
        for mode in ("values", "updates", "tasks", ["updates", "values"]):
            run.stream(app, given, thread(f"{number} {mode}"), stream_mode=mode)
        run.stream(app, given, thread(f"{number} keys"), output_keys=["a", "b"])
        run.show("shown", (app.stream_channels_list, app.stream_channels_asis, app.name, app.stream_mode))
        run.show("parts", (list(app.nodes), sorted(app.channels), app.input_channels, app.output_channels))
        run.show("triggers", dict(app.trigger_to_nodes))
        if run.saver:
            run.history(app, thread(str(number)))
    run.raises("EmptyInputError", run.invoke, made(lg, run), None, thread("none"))
    run.raises("EmptyInputError", run.invoke, made(lg, run, **several), {"c": 1}, thread("other"))
    run.raises("TypeError", run.invoke, made(lg, run, **several), "x", thread("plain"))


@program("C2", "C3")
def writes_are_mapped_and_skipped(lg: Namespace, run: Run) -> None:
    entry = lg.lookup("pregel._write" if lg.package == THEIRS else "pregel", "ChannelWriteEntry")
    channels = {name: lg.LastValue(str) for name in "abcd"}
    maps = lg.NodeBuilder().subscribe_only("a").write_to("b", c=lambda value: value * 2, d=7)
    app = made(lg, run, nodes={"maps": maps}, channels=channels, output_channels=list("abcd"))
    run.stream(app, "x", thread("1"), stream_mode=["updates", "values"])
    says_nothing = lg.NodeBuilder().subscribe_only("a").do(lg.node(lambda a: None))
    for number, write in enumerate((entry("b", skip_none=True), entry("b"))):
        node = lg.NodeBuilder().subscribe_only("a").do(lg.node(lambda a: None)).write_to(write)
        for outputs in ("b", ["a", "b"]):
            app = made(lg, run, nodes={"n": node}, channels=channels, output_channels=outputs)
            run.invoke(app, "x", thread(f"2 {number} {outputs}"))
            run.stream(app, "x", thread(f"3 {number} {outputs}"), stream_mode=["updates", "values"])
    run.invoke(made(lg, run, nodes={"n": says_nothing.write_to("nowhere")}), "x", thread("4"))
    loop = lg.NodeBuilder().subscribe_only("value").do(lg.node(lambda x: x + x if len(x) < 10 else None))
    loop = loop.write_to(entry("value", skip_none=True))
    value = {"value": lg.EphemeralValue(str)}
    app = made(lg, run, nodes={"loop": loop}, channels=value, input_channels=["value"], output_channels=["value"])
    run.invoke(app, {"value": "a"}, thread("5"))
    run.stream(app, {"value": "a"}, thread("6"), stream_mode=["updates", "values"])


@program("C1", "C2", "C5", "C6")
def actors_read_several_channels(lg: Namespace, run: Run) -> None:
    first = lg.NodeBuilder().subscribe_only("a").do(lg.node(lambda a: a + 1)).do(lg.node(lambda a: a * 10))
    both = lg.NodeBuilder().subscribe_to("b").subscribe_to("kick", read=False).read_from("a", "sum", "left")
    nodes = {
        "first": first.write_to("b", "sum", "said"),
        "both": both.do(lg.node(lambda read: sorted([*item] for item in read.items()))).write_to("said"),
        "again": lg.NodeBuilder().subscribe_only("b").write_to("sum", said=lambda b: [b, b]).meta("tag", key=1),
    }
    channels = {
        "a": lg.LastValue(int),
        "b": lg.EphemeralValue(int),
        "kick": lg.EphemeralValue(int),
        "sum": lg.BinaryOperatorAggregate(int, operator.add),
        "said": lg.Topic(Any, accumulate=True),
        "left": lg.lookup("managed.is_last_step", "RemainingStepsManager"),
    }
    outputs = ["a", "sum", "said"]
    app = made(lg, run, nodes=nodes, channels=channels, input_channels=["a", "kick"], output_channels=outputs)
    for number in range(2):
        config = {**thread(), "recursion_limit": 7}
        run.stream(app, {"a": number, "kick": number}, config, stream_mode=["updates", "values"])
    run.invoke(app, {"kick": 5}, thread())
    if run.saver:
        run.get_state(app, thread())
        run.update_state(app, thread(), 3, as_node="again")
        run.get_state(app, thread())


@program("C1", savers=STORED)
def actors_pause_fail_and_go_on(lg: Namespace, run: Run) -> None:
    fails = [True]

    def ask(a: str) -> str:
        return a + lg.interrupt("what?")

    def once(a: str) -> str:
        if fails:
            raise ValueError(fails.pop())
        return a

    nodes = {
        "ask": lg.NodeBuilder().subscribe_only("a").do(lg.node(ask)).write_to("b"),
        "once": lg.NodeBuilder().subscribe_only("b").do(lg.node(once)).write_to("c"),
    }
    channels = {name: lg.LastValue(str) for name in "abc"}
    app = made(lg, run, nodes=nodes, channels=channels, output_channels=["b", "c"])
    run.invoke(app, "x", thread())
    run.get_state(app, thread())
    run.says("ValueError", run.invoke, app, lg.Command(resume="!"), thread())
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.invoke(made(lg, run, interrupt_before_nodes=["double"]), "x", thread("2"))
    run.history(app, thread())


@program("C1", "C2")
def mistakes_are_told(lg: Namespace, run: Run) -> None:
    def node() -> Any:
        return lg.NodeBuilder()

    last = lg.LastValue(str)
    for parts in (
        {"input_channels": "z"}, {"input_channels": ["z"]}, {"output_channels": "z"}, {"stream_channels": ["z"]},
        {"input_channels": "b"}, {"input_channels": ["b"]}, {"interrupt_before_nodes": ["z"]},
        {"interrupt_after_nodes": ["z"]}, {"channels": None}, {"channels": {"a": last, "b": last, "__input__": last}},
        {"channels": {"__pregel_tasks": last}}, {"nodes": {"n": node().subscribe_to("z")}},
        {"nodes": {"n": node().subscribe_to("a").read_from("z")}}, {"nodes": {"__input__": doubles(lg)}},
        {"nodes": {"n": node().subscribe_to("z", read=False)}},
    ):  # fmt: skip
        run.raises("ValueError", made, lg, run, **parts)
    run.raises("ValueError", lambda: node().subscribe_to("a").subscribe_only("b"))
    run.raises("ValueError", lambda: node().subscribe_only("a").subscribe_to("b"))
    run.raises("AssertionError", lambda: node().subscribe_only("a").read_from("b"))
    twice = {"one": doubles(lg), "two": doubles(lg)}
    run.fails("InvalidUpdateError", run.invoke, made(lg, run, nodes=twice), "x", thread("twice"))
    tasks = {"n": node().subscribe_only("a").write_to("__pregel_tasks")}
    run.raises("InvalidUpdateError", run.invoke, made(lg, run, nodes=tasks), "x", thread("tasks"))


def hears(lg: Namespace, code: Any, channel: str = "a", to: str = "b") -> Any:
    return lg.NodeBuilder().subscribe_only(channel).do(code).write_to(to)


@program("C1", "B8", "G1", "G6", "B14")
def what_a_graph_of_actors_is_given(lg: Namespace, run: Run) -> None:
    calls: list[str] = []

    def counted(a: str) -> str:
        calls.append(a)
        return a + a

    def fails(a: str) -> str:
        calls.append(a)
        if len(calls) < 3:
            raise ConnectionError("not yet")
        return a

    async def slow(a: str) -> str:
        await asyncio.sleep(60)
        return a

    def sees(a: str, config: RunnableConfig, runtime: lg.Runtime, store: lg.BaseStore) -> list:
        return [config["configurable"].get("key"), config.get("tags"), runtime.context, store is not None]

    cached = made(lg, run, nodes={"n": hears(lg, lg.node(counted))}, cache=lg.InMemoryCache(),
                  cache_policy=lg.CachePolicy())  # fmt: skip
    for number in range(2):
        run.stream(cached, "x", thread(f"cached {number}"), stream_mode=["updates", "values"])
    run.show("calls", calls)
    calls.clear()
    policy = lg.RetryPolicy(initial_interval=0.0, jitter=False)
    for given in (policy, [policy]):
        retried = made(lg, run, nodes={"n": hears(lg, lg.node(fails))}, retry_policy=given)
        run.tries(run.invoke, retried, "x", thread(f"retried {type(given).__name__}"))
        run.show("calls", calls)
        calls.clear()
    if lg.is_async:
        timed = made(lg, run, nodes={"n": hears(lg, slow)}, step_timeout=0.01)
        run.fails("TimeoutError", run.invoke, timed, "x", thread("timed"))
    for number, more in enumerate(({"context_schema": dict}, {"config": {"tags": ["t"], "configurable": {"key": 1}}})):
        app = made(lg, run, nodes={"n": hears(lg, lg.node(sees))}, store=lg.InMemoryStore(), **more)
        run.invoke(app, "x", thread(f"sees {number}"), context={"given": 1})
    run.warned(lambda: made(lg, run, config_type=dict))
    run.show("named", [made(lg, run, name="given").get_name(), made(lg, run).get_name()])
    for mode in ("updates", ["updates", "values"], "tasks"):
        run.stream(made(lg, run, stream_mode=mode), "x", thread(f"mode {mode}"))
    if run.saver:
        for option in ("interrupt_before_nodes", "interrupt_after_nodes"):
            app = made(lg, run, **{option: "*"})
            run.stream(app, "x", thread(option), stream_mode=["updates", "values"])
            run.get_state(app, thread(option))
            run.invoke(app, None, thread(option))


@program("C1", "C2", "A16", "F5")
def actors_made_without_a_builder(lg: Namespace, run: Run) -> None:
    node = lg.lookup("pregel._read" if lg.package == THEIRS else "pregel.actors", "PregelNode")
    write = lg.lookup("pregel._write" if lg.package == THEIRS else "pregel.actors", "ChannelWrite")
    entry = lg.lookup("pregel._write" if lg.package == THEIRS else "pregel", "ChannelWriteEntry")
    bound = RunnableLambda(lambda given: f"<{given}>")
    writers = [write([entry("out")])]
    kinds = {
        "reads another": {"channels": "b", "triggers": ["a"], "bound": bound, "writers": writers},
        "maps": {"channels": "a", "triggers": ["a"], "mapper": str.upper, "bound": bound, "writers": writers},
        "lists one": {"channels": ["a"], "triggers": ["a"], "bound": bound, "writers": writers},
        "lists, maps": {"channels": ["a", "b"], "triggers": ["a"], "mapper": sorted, "bound": bound,
                        "writers": writers},
        "passes on": {"channels": "a", "triggers": ["a"], "writers": writers},
        "tagged": {"channels": "a", "triggers": ["a"], "bound": bound, "writers": writers, "tags": ["t"],
                   "metadata": {"kind": 1}},
        "hidden": {"channels": "a", "triggers": ["a"], "bound": bound, "writers": writers,
                   "tags": ["langsmith:hidden"]},
        "two writers": {"channels": "a", "triggers": ["a"], "bound": bound,
                        "writers": [*writers, write([entry("b", mapper=len), entry("out")])]},
    }  # fmt: skip
    channels = {"a": lg.LastValue(str), "b": lg.LastValue(Any), "out": lg.Topic(str, accumulate=True)}
    for name, parts in kinds.items():
        app = made(lg, run, nodes={"n": node(**parts)}, channels=channels, input_channels=["a", "b"],
                   output_channels=["b", "out"])  # fmt: skip
        for number, given in enumerate(({"a": "x"}, {"a": "y", "b": "z"}, {"b": "w"})):
            for mode in ("tasks", ["updates", "values"]):
                config = {**thread(f"{name} {mode}"), "tags": ["run"], "metadata": {"given": number}}
                run.tries(run.stream, app, given, config, stream_mode=mode)
        run.show("shown", (app.nodes["n"].channels, app.nodes["n"].triggers, app.nodes["n"].tags))
