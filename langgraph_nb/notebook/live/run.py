"""Starting and reopening watched runs: ``live`` and what is around it.

This file decides who looks (``audience``), on which thread the run goes, and what the cell gets back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Any

from langgraph_nb.constants import DEFAULT_NAME, NS_SEP, START
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.live.audience import audience, can_wait, clicks_arrive, shell
from langgraph_nb.notebook.live.failure import describe_failure, is_of_package, is_own_code
from langgraph_nb.notebook.live.openings import first_open, with_open
from langgraph_nb.notebook.live.session import LiveRun, Options, RunStopped, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import describe_snapshot, still_bundles
from langgraph_nb.notebook.live.terminal import TerminalSurface
from langgraph_nb.notebook.live.traced import remember
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.slips import refuse_slips
from langgraph_nb.notebook.terminal_answers import NobodyToAskError, ask
from langgraph_nb.notebook.threads import thread_meant
from langgraph_nb.types import StateSnapshot

__all__ = [
    "StillSurface", "display", "file_name", "finder", "last_run", "live", "name_of", "new_view", "open_run",
    "open_thread", "reopen", "start_live", "title_of", "waits",
]  # fmt: skip

_last: dict[str, LiveRun] = {}
"""The newest run of each graph, by the graph's name."""

LOOK_BACK = 200
"""Steps of a stored thread that a view of it begins with."""
CANNOT_WAIT = (
    "This kernel handles clicks only after the cell has ended, so the cell does not wait: "
    "answer here, and the run goes on. (Waiting needs ipykernel 7.4.)"
)


class StillSurface(Surface):
    """Shows a run once, when it has paused or ended, for where nobody can click. Prints stay in the cell's output."""

    takes_prints = False

    def __init__(self, topology: Topology, resume: str) -> None:
        self._topology, self._resume = topology, resume

    def settle(self, view: RunView, now: float) -> None:
        """Show the picture and the words."""
        for bundle in still_bundles(with_open(self._topology, first_open(self._topology)), view, self._resume):
            display(bundle, raw=True)


async def live(
    graph: Any,
    input: Any,
    *,
    thread: str | None = None,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
    durability: Any = None,
    interrupt_before: Any = None,
    interrupt_after: Any = None,
    wait: bool = False,
    fresh: bool = False,
) -> Any:
    """Run a graph and watch it: in a notebook as a live view, in a terminal as lines.

    Where a node asks with ``interrupt``, the view shows a form and the cell ends; submitting it goes on with the run in
    the background, in the same view. Where nobody can answer, the question is shown as text and nothing waits.

    Args:
        graph: A compiled graph.
        input: What to start from; ``None`` goes on with the thread.
        thread: The thread's id, in graphs with a checkpointer; a new one by default.
        config: As for ``graph.ainvoke``.
        context: As for ``graph.ainvoke``.
        durability: As for ``graph.ainvoke``.
        interrupt_before: As for ``graph.ainvoke``.
        interrupt_after: As for ``graph.ainvoke``.
        wait: Whether the cell stays open until all questions are answered, where the kernel allows that.
        fresh: Whether the thread begins anew: what is stored of it is deleted first.

    Returns:
        The state that the run came to. Of a paused run it has the questions under ``__interrupt__``.

    Raises:
        CellError: A fresh thread was asked for, and none was named or the graph has no checkpointer; or a key of the
            input is nearly one of the state.
        RunStopped: A person pressed Stop.
        Exception: What a node raised.

    Example:
        In a cell: ``await live(support, {"question": "where is my refund?"}, thread="42")``
    """
    __tracebackhide__ = True
    refuse_slips(graph, name_of(graph), input)
    options = Options(config_of(graph, thread, config), context, durability, interrupt_before, interrupt_after)
    if fresh:
        await _forget(graph, thread)
    run = start_live(graph, options)
    return await finish(run, input, wait)


invoke = live
"""``live``, by the name of its magic."""
NOTHING: Any = object()
"""No answer; ``None`` may be one."""


async def resume(
    graph: Any,
    answer: Any = NOTHING,
    *,
    thread: str,
    id: str | None = None,
    if_waiting: bool = False,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Any:
    """Show what a thread waits for, with its form; or answer it from code, and go on: ``%resume``.

    Args:
        graph: A compiled graph with a checkpointer.
        answer: The answer; without it the question is shown again.
        thread: The thread's id.
        id: The question that is answered, where several wait.
        if_waiting: Do nothing when the thread waits for nothing.
        config: More of the config.
        context: As for ``graph.ainvoke``.

    Returns:
        The state that the run came to. Of a paused run it has the questions under ``__interrupt__``.

    Raises:
        CellError: The graph has no checkpointer, the thread waits for nothing, or the answer does not fit.

    Example:
        In a cell: ``await resume(support, True, thread="42")``
    """
    __tracebackhide__ = True
    if if_waiting and not await waits(graph, thread, config):
        return None
    if answer is NOTHING:
        return (await reopen(graph, thread=thread, config=config, context=context)).result
    run = await open_thread(graph, thread=thread, config=config, context=context)
    return await finish(run, await run.command(answer, id))


def state(graph: Any, thread: str) -> StateSnapshot:
    """Print the stored state of a thread: its values, what runs next, and the questions that wait: ``%state``.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.

    Returns:
        The snapshot.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.graph import START, StateGraph
        >>> builder = StateGraph(dict).add_node("a", lambda state: state).add_edge(START, "a")
        >>> state(builder.compile(InMemorySaver(), name="quiet"), "42").next
        quiet, thread 42: nothing is stored.
        ()
    """
    snapshot: StateSnapshot = graph.get_state(config_of(graph, thread, None))
    meant = thread_meant(graph, thread) if snapshot.created_at is None else ""
    print(" ".join(filter(None, (describe_snapshot(name_of(graph), thread, snapshot), meant))))
    return snapshot


def start_live(graph: Any, options: Options) -> LiveRun:
    """Show a view of a run that has not begun; ``run.run(input)`` begins it."""
    return open_run(finder(graph), graph, options)


async def finish(run: LiveRun, input: Any, wait: bool = False) -> Any:
    """Run to the next pause, ask where a person sits at a terminal, and give the result or raise what a node raised."""
    __tracebackhide__ = True
    await run.run(input)
    await ask_at_terminal(run)
    if wait and run.status == "paused" and run.view.resumable:
        if can_wait():
            await run.wait()
        elif audience() == "widget":
            run.say(CANNOT_WAIT)
    raise_failure(run)
    return run.result


def raise_failure(run: LiveRun) -> None:
    """Raise what a node raised, and that a person stopped the run."""
    __tracebackhide__ = True
    if run.error is not None:
        _say_how_to_go_on(run)
        raise run.error.with_traceback(_own_frames(run.error.__traceback__))
    if run.status == "stopped":
        raise RunStopped("the thread is kept; Resume goes on with it." if run.view.resumable else "nothing was stored.")


def _say_how_to_go_on(run: LiveRun) -> None:
    """In the traceback of a node's error, too: where a notebook runs without a person, that is what is read."""
    from langgraph_nb.notebook.tracebacks import way_on
    from langgraph_nb.pregel.failures import task_notes

    assert run.error is not None
    told = task_notes(run.error)
    if not told or told[-1].node == START:  # the input is to be mended, not a node
        return
    note = way_on(name_of(run.graph), run.view.thread if run.view.resumable else None)
    if note not in getattr(run.error, "__notes__", ()):
        run.error.add_note(note)


async def open_thread(
    graph: Any, *, thread: str, config: Mapping[str, Any] | None = None, context: Any = None
) -> LiveRun:
    """A view of a stored thread that waits for something, ready to go on; see :func:`reopen` for the arguments."""
    if graph.checkpointer is None:
        raise CellError(
            f"The graph {graph.name!r} has no checkpointer, so nothing of its threads is kept.",
            "Compile it with one, or give %%graph --checkpointer.",
        )
    options = Options(config_of(graph, thread, config), context)
    history = await _history(graph, dict(options.config))
    if not history or not (history[0].next or history[0].interrupts):
        known = "has finished" if history else "does not exist"
        hint = ("" if history else thread_meant(graph, thread)) or "Start a run."
        raise CellError(f"Thread {thread!r} of {title_of(graph)!r} {known}: there is nothing to go on with.", hint)
    run = start_live(graph, options)
    run.load(history, await _inside(graph, history[0]))
    return run


async def _forget(graph: Any, thread: str | None) -> None:
    """Delete what is stored of a thread."""
    if thread is None or graph.checkpointer is None:
        missing = "no thread was named" if thread is None else f"the graph {graph.name!r} has no checkpointer"
        raise CellError(f"Nothing can be forgotten: {missing}.", "Name the thread, of a graph that keeps threads.")
    await graph.checkpointer.adelete_thread(thread)


async def waits(graph: Any, thread: str, config: Mapping[str, Any] | None = None) -> bool:
    """Whether a thread can be gone on with."""
    snapshot = await graph.aget_state(config_of(graph, thread, config))
    return bool(snapshot.next or snapshot.interrupts)


async def _history(graph: Any, config: dict[str, Any]) -> list[StateSnapshot]:
    """The snapshots of a thread, or of a graph inside, since its last input, the newest first."""
    found: list[StateSnapshot] = []
    async with aclosing(graph.aget_state_history(config, limit=LOOK_BACK)) as snapshots:
        async for snapshot in snapshots:
            found.append(snapshot)
            if (snapshot.metadata or {}).get("source") == "input":
                break
    if found:
        found[0] = await graph.aget_state(config)  # unlike a history, it leaves out what has been answered
    return found


async def _inside(graph: Any, snapshot: StateSnapshot) -> dict[tuple[str, ...], list[StateSnapshot]]:
    """The snapshots of the graphs inside that wait, by namespace, those of each the newest first."""
    found: dict[tuple[str, ...], list[StateSnapshot]] = {}
    for config in (task.state for task in snapshot.tasks if isinstance(task.state, dict)):
        if history := await _history(graph, dict(config)):
            found[tuple(config["configurable"]["checkpoint_ns"].split(NS_SEP))] = history
            found |= await _inside(graph, history[0])
    return found


async def reopen(graph: Any, *, thread: str, config: Mapping[str, Any] | None = None, context: Any = None) -> LiveRun:
    """Show what a stored thread waits for, with its forms: after a restart of the kernel, or from another notebook.

    A thread that waits for no answer, because it failed or was stopped, goes on at once.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.
        config: More of the config.
        context: As for ``graph.ainvoke``.

    Returns:
        The run; a form's answer goes on with it.

    Raises:
        CellError: The graph has no checkpointer, or the thread waits for nothing.
    """
    run = await open_thread(graph, thread=thread, config=config, context=context)
    if run.view.interrupts:
        run.settle()
        await ask_at_terminal(run)
    else:
        await finish(run, None)
    return run


def last_run(name: str | None = None) -> LiveRun | None:
    """The newest run: of the graph of that name, or of all."""
    return _last.get(name) if name else next(reversed(_last.values()), None)


def open_run(find: Callable[[], Any], graph: Any, options: Options) -> LiveRun:
    """A run with its view, shown to whoever looks."""
    topology, view = graph.topology(xray=True), new_view(graph, options, title_of(graph))
    resume = f"%resume {name_of(graph)} --thread {view.thread} ANSWER" if view.resumable else ""
    run = LiveRun(find, options, view, _surface(topology, view, resume))
    if (widget := getattr(run.surface, "widget", None)) is not None:
        widget.run = run
    _last.pop(view.name, None)
    _last[view.name] = run
    remember(run.spans)
    return run


def new_view(graph: Any, options: Options, title: str) -> RunView:
    """What is known of a run that has not begun."""
    thread = (options.config.get("configurable") or {}).get("thread_id")
    describe = lambda error: describe_failure(error, file_name)  # noqa: E731
    view = RunView(graph.topology(xray=True), name=title, thread=thread, describe=describe)
    view.resumable = graph.checkpointer is not None
    return view


def _surface(topology: Topology, view: RunView, resume: str) -> Surface:
    who = audience()
    if who == "terminal":
        return TerminalSurface()
    if who == "static":
        return StillSurface(topology, resume)
    from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface

    widget = LiveView(topology, view, stops=clicks_arrive(), resume=resume)
    return WidgetSurface(widget, partial(display, display_id=True))


def display(what: Any, **how: Any) -> Any:
    from IPython import display as front

    show: Any = front.display
    return show(what, **how)


def config_of(graph: Any, thread: str | None, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The config with a thread, where the graph keeps any."""
    merged = dict(config or {})
    configurable = dict(merged.get("configurable") or {})
    if thread is not None:
        configurable["thread_id"] = thread
    elif graph.checkpointer is not None and "thread_id" not in configurable:
        configurable["thread_id"] = uuid.uuid4().hex[:8]
    if configurable:
        merged["configurable"] = configurable
    return merged


def finder(graph: Any) -> Callable[[], Any]:
    """The graph as it is when the run goes on: what the name that it has now will stand for then."""
    ip, name = shell(), name_of(graph)
    return lambda: ip.user_ns.get(name, graph) if ip else graph


def title_of(graph: Any) -> str:
    """What to call a graph: what its author does, or the variable that it is in."""
    return name_of(graph) if graph.name == DEFAULT_NAME else str(graph.name)


def name_of(graph: Any) -> str:
    """The variable that a graph is in, by which magics find it; where there is none, the graph's own name."""
    ip = shell()
    names = [k for k, v in (ip.user_ns if ip else {}).items() if v is graph and not k.startswith("_")]
    return str(graph.name) if graph.name in names else next(iter(names), str(graph.name))


async def ask_at_terminal(run: LiveRun) -> None:
    """Ask where a terminal runs the notebook, question by question, until there is none or nobody answers."""
    while run.status == "paused" and run.view.resumable and run.view.interrupts and audience() == "terminal":
        interrupt = run.view.interrupts[0]
        try:
            raw = ask(interrupt, problem=run.problem(interrupt.id))
        except NobodyToAskError:
            return
        if (command := await run.check(interrupt.id, raw)) is not None:
            await run.run(command)


def _own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame of the user's own code on; where there is none, what is below this package."""
    first = below = traceback
    while first is not None and not is_own_code(first.tb_frame.f_code.co_filename):
        if is_of_package(first.tb_frame.f_code.co_filename):
            below = first.tb_next
        first = first.tb_next
    return first or below


def file_name(filename: str) -> str:
    """What a person calls a file: a cell by its number, a module by its last part."""
    ip = shell()
    named = ip.compile.format_code_name(filename) if ip is not None else None
    return f"{named[0]} {named[1]}" if named else filename.replace("\\", "/").rpartition("/")[2]
