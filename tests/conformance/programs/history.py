"""What is kept of a thread: snapshots, history, durability, replay."""

from itertools import pairwise
from typing import Any

from ..harness import Namespace, Run, thread
from . import STORED, program
from .routing import build

BOTH = ["updates", "values"]


def line(lg: Namespace, run: Run, *names: str, **options: Any) -> Any:
    """An app whose nodes run one after another."""
    builder = build(lg, *names)
    for source, target in pairwise(names):
        builder.add_edge(source, target)
    return builder.compile(checkpointer=run.saver, **options)


@program("D1", "D6", "D7", savers=STORED)
def snapshots_and_history_of_two_turns(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.get_state(app, thread())
    run.history(app, thread())
    for turn in ("one", "two"):
        run.invoke(app, {"seen": [turn]}, thread())
        run.get_state(app, thread())
    run.invoke(app, {"seen": ["elsewhere"]}, thread("other"))
    found = run.history(app, thread())
    for snapshot in found:
        run.get_state(app, snapshot.config)
    run.show("parents form a chain", [a.parent_config == b.config for a, b in pairwise(found)])


@program("D7", savers=STORED)
def history_can_be_limited(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c")
    run.invoke(app, {"seen": ["one"]}, {**thread(), "metadata": {"user": "u1"}})
    run.invoke(app, {"seen": ["two"]}, {**thread(), "metadata": {"user": "u2"}})
    found = run.history(app, thread())
    run.history(app, thread(), limit=2)
    run.history(app, thread(), before=found[3].config)
    run.history(app, thread(), before=found[3].config, limit=1)
    run.history(app, thread(), filter={"source": "input"})
    run.history(app, thread(), filter={"step": 2})
    run.history(app, thread(), filter={"source": "loop", "step": 1})
    run.history(app, thread(), filter={"user": "u1"}, limit=1)
    run.history(app, thread(), filter={"source": "nothing"})


@program("D13", savers=STORED)
def durability_decides_what_is_kept(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c")
    for durability in ("sync", "async", "exit", None):
        config = thread(str(durability))
        run.stream(app, {"seen": ["one"]}, config, stream_mode=BOTH, durability=durability)
        run.invoke(app, {"seen": ["two"]}, config, durability=durability)
        run.history(app, config)


@program("D13", "E1", savers=STORED)
def durability_with_a_question(lg: Namespace, run: Run) -> None:
    def ask(state: Any) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = build(lg, "a", "z").add_node("ask", lg.node(ask)).add_edge("a", "ask").add_edge("ask", "z")
    app = builder.compile(checkpointer=run.saver)
    for durability in ("sync", "async", "exit"):
        config = thread(durability)
        run.invoke(app, {"seen": ["one"]}, config, durability=durability)
        run.get_state(app, config)
        run.invoke(app, lg.Command(resume="!"), config, durability=durability)
        run.history(app, config)


@program("D13", "E8", savers=STORED)
def durability_exit_with_a_breakpoint(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c", interrupt_before=["c"])
    run.invoke(app, {"seen": []}, thread(), durability="exit")
    run.get_state(app, thread())
    run.invoke(app, None, thread(), durability="exit")
    run.history(app, thread())


@program("D10", savers=STORED)
def replay_from_a_checkpoint(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c")
    run.invoke(app, {"seen": ["in"]}, thread())
    for snapshot in run.history(app, thread()):
        run.stream(app, None, snapshot.config, stream_mode=BOTH)
    run.get_state(app, thread())
    run.history(app, thread())


@program("D10", "B3", savers=STORED)
def new_input_at_an_old_checkpoint(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.invoke(app, {"seen": ["one"]}, thread())
    run.invoke(app, {"seen": ["two"]}, thread())
    old = run.history(app, thread())[3]
    run.stream(app, {"seen": ["branch"]}, old.config, stream_mode=BOTH)
    run.history(app, thread())


@program("D11", "D8", savers=STORED)
def fork_from_a_checkpoint(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c")
    run.invoke(app, {"seen": ["in"]}, thread())
    old = next(s for s in run.history(app, thread()) if s.next == ("b",))
    forked = run.update_state(app, old.config, {"seen": ["forked"]})
    run.get_state(app, forked)
    run.stream(app, None, forked, stream_mode=BOTH)
    run.get_state(app, thread())
    as_node = run.update_state(app, old.config, {"seen": ["as b"]}, as_node="b")
    run.invoke(app, None, as_node)
    run.history(app, thread())


@program("D12", "E1", savers=STORED)
def time_travel_around_a_question(lg: Namespace, run: Run) -> None:
    def ask(state: Any) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = build(lg, "a", "z").add_node("ask", lg.node(ask)).add_edge("a", "ask").add_edge("ask", "z")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume="first"), thread())
    before = next(s for s in run.history(app, thread()) if s.next == ("ask",))
    run.stream(app, None, before.config, stream_mode=BOTH)
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="second"), thread())
    run.history(app, thread())
    forked = run.update_state(app, before.config, {"seen": ["forked"]})
    run.invoke(app, None, forked)
    run.invoke(app, lg.Command(resume="fourth"), thread())
    run.history(app, thread())


@program("D10", "A32", savers=STORED)
def replay_of_a_parallel_step(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "a", "b", "j").add_edge("s", "a").add_edge("s", "b").add_edge(["a", "b"], "j")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    old = next(s for s in run.history(app, thread()) if len(s.next) == 2)
    run.stream(app, None, old.config, stream_mode=BOTH)
    forked = run.update_state(app, old.config, {"seen": ["as a"]}, as_node="a")
    run.get_state(app, forked)
    run.stream(app, None, forked, stream_mode=BOTH)
    run.history(app, thread())


@program("D2", "D3", "A24", savers=STORED)
def two_graphs_share_a_saver(lg: Namespace, run: Run) -> None:
    first, second = line(lg, run, "a", "b"), line(lg, run, "x", "y")
    run.invoke(first, {"seen": ["first"]}, thread())
    run.invoke(second, {"seen": ["second"]}, thread())
    run.history(second, thread())


@program("A38", "D15", savers=STORED)
def a_thread_goes_on_in_a_changed_graph(lg: Namespace, run: Run) -> None:
    run.invoke(line(lg, run, "a", "b", interrupt_before=["b"]), {"seen": ["in"]}, thread())
    grown = line(lg, run, "a", "b", "new")
    run.get_state(grown, thread())
    run.invoke(grown, None, thread())
    run.history(grown, thread())
