"""``trace``: what a run did, as a tree of spans with times, tokens and errors. Nothing of it leaves this machine.

Runs that are watched (``%%invoke``, ``live``) keep their spans; a run with an input of its own is made for its trace.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import aclosing, closing
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.live.run import config_of, title_of
from langgraph_nb.notebook.live.text import brief
from langgraph_nb.notebook.live.traced import recent, remember
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.pregel.events import RunFinished
from langgraph_nb.spans import Span, Spans

__all__ = ["NOTHING", "Trace", "atrace", "trace"]

NOTHING: Any = object()
"""No input; ``None`` goes on with a thread."""
BAR = 24
"""Characters of a bar."""
LINES = 400
_MARKS = {"done": "", "running": "… ", "failed": "✗ ", "paused": "⏸ ", "cached": "↺ ", "stopped": "■ "}


def trace(
    graph: Any = None,
    input: Any = NOTHING,
    *,
    thread: str | None = None,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Trace:
    """What a run did: nodes, models, tools and graphs inside, with times, tokens and errors: ``%trace``.

    Args:
        graph: A compiled graph; by default that of the last run.
        input: What to run it with; ``None`` goes on with the thread. Without it, its last
            run that was watched is shown.
        thread: The thread's id.
        config: As for ``graph.invoke``.
        context: As for ``graph.invoke``.

    Returns:
        The trace; as the last value of a cell it shows itself. ``result`` is what a run with an input came to.

    Raises:
        CellError: There was no such run.
        Exception: What a node raised; ``trace(graph)`` shows what the run did until then.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> builder = StateGraph(dict).add_node("a", lambda state: {"n": 1}).add_edge(START, "a")
        >>> found = trace(builder.compile(name="counted"), {"n": 0})
        >>> [(span.kind, span.name, span.status) for _, span in found]
        [('run', 'counted', 'done'), ('node', 'a', 'done')]
    """
    if graph is None or input is NOTHING:
        return Trace(_find(graph, thread))
    made, settings = _begin(graph, thread, config)
    try:
        with closing(graph.events(input, settings, context=context)) as events:
            for ns, event in events:
                made.take(ns, event)
    except BaseException as error:
        made.spans.fail(error, time.monotonic())
        raise
    return made


async def atrace(
    graph: Any = None,
    input: Any = NOTHING,
    *,
    thread: str | None = None,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Trace:
    """``trace``, awaited: for graphs with nodes that have to be."""
    if graph is None or input is NOTHING:
        return Trace(_find(graph, thread))
    made, settings = _begin(graph, thread, config)
    try:
        async with aclosing(graph.aevents(input, settings, context=context)) as events:
            async for ns, event in events:
                made.take(ns, event)
    except BaseException as error:
        made.spans.fail(error, time.monotonic())
        raise
    return made


def _begin(graph: Any, thread: str | None, config: Mapping[str, Any] | None) -> tuple[Trace, dict[str, Any]]:
    settings = config_of(graph, thread, config)
    spans = Spans(title_of(graph), (settings.get("configurable") or {}).get("thread_id"))
    remember(spans)
    spans.begin(time.monotonic())
    return Trace(spans), settings


def _find(graph: Any, thread: str | None) -> Spans:
    name = None if graph is None else title_of(graph)
    found = [spans for spans in recent() if name in (None, spans.name) and thread in (None, spans.thread)]
    if found:
        return found[0]
    who = f"The graph {name!r}" if name else "No graph"
    if thread is None or not (threads := [s.thread for s in recent() if s.thread and name in (None, s.name)]):
        has = "has not been watched in a run yet" if name else "has been watched in a run yet"
        raise CellError(f"{who} {has}.", "Run it with %%invoke, or give `trace` an input.")
    raise CellError(f"{who} has no run on thread {thread!r} among the last ones.", did_you_mean(thread, threads))


class Trace:
    """What a run did. Made by ``trace``; iterate it for its spans, each with its depth."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        self.result: Any = None
        """What a run with an input came to; of a paused run, its questions are under ``__interrupt__``."""

    def take(self, ns: tuple[str, ...], event: Any) -> None:
        """Take in an event that happens now."""
        self.spans.fold(ns, event, time.monotonic())
        if isinstance(event, RunFinished) and not ns:
            asked = {"__interrupt__": list(event.interrupts)} if event.interrupts else {}
            self.result = {**event.values, **asked} if isinstance(event.values, dict) else event.values

    def __iter__(self) -> Iterator[tuple[int, Span]]:
        return self.spans.root.walk()

    @property
    def title(self) -> str:
        """The run in one line."""
        root, tokens = self.spans.root, self.spans.tokens()
        where = f", thread {self.spans.thread}" if self.spans.thread else ""
        calls = sum(span.kind == "model" for _, span in self)
        parts = [f"{visible(self.spans.name)}{visible(where)}: {root.status}", spent(root.seconds)]
        if calls:
            parts.append(f"{calls} call{'s' * (calls > 1)} of models")
        if tokens:
            parts.append(token_text(tokens))
        return " · ".join(parts)

    def __repr__(self) -> str:
        rows = list(self)[1:]
        names = [f"{'  ' * (depth - 1)}{_MARKS[span.status]}{label(span)}" for depth, span in rows[:LINES]]
        width = min(48, max(map(len, names), default=0))
        lines = [self.title]
        for name, (_, span) in zip(names, rows, strict=False):
            bar = "".join("█" if here else "·" for here in self.bar(span))
            lines.append(f"  {name:<{width}}  {bar}  {spent(span.seconds):>8}  {detail(span)}".rstrip())
        left = len(rows) - LINES + self.spans.left_out
        return "\n".join([*lines, *([f"  … {left:,} more"] if left > 0 else [])])

    def bar(self, span: Span) -> list[bool]:
        """In which parts of the run a span was under way."""
        root = self.spans.root
        whole = max(root.seconds, 1e-9)
        first = min(BAR - 1, int((span.start - root.start) / whole * BAR))
        after = max(first + 1, round((span.start + span.seconds - root.start) / whole * BAR))
        return [first <= place < after for place in range(BAR)]

    def to_json(self) -> list[dict[str, Any]]:
        """The spans as data for other tools: times in seconds since the run began."""
        begun = self.spans.root.start
        return [
            {
                "depth": depth, "kind": span.kind, "name": span.name, "status": span.status, "step": span.step,
                "start": span.start - begun, "seconds": span.seconds, "error": span.error, "tokens": span.tokens,
            }
            for depth, span in self
        ]  # fmt: skip

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from langgraph_nb.notebook.trace_page import trace_html

        return {"text/plain": repr(self), "text/html": trace_html(self)}


def spent(seconds: float) -> str:
    """A time as people say it.

    Example:
        >>> spent(0.0123), spent(2.5), spent(90)
        ('12 ms', '2.50 s', '1 min 30 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"


def token_text(tokens: Mapping[str, int]) -> str:
    """Tokens in words.

    Example:
        >>> token_text({"input": 1200, "output": 34})
        '1,200 tokens in, 34 out'
    """
    return f"{tokens.get('input', 0):,} tokens in, {tokens.get('output', 0):,} out"


def label(span: Span) -> str:
    """What a span is called."""
    step = f" (step {span.step})" if span.step is not None else ""
    kind = f"{span.kind} " if span.kind in ("model", "tool", "task") else ""
    return f"{kind}{visible(span.name)}{step}"


def detail(span: Span) -> str:
    """What there is to say of a span beside its time."""
    found = [token_text(span.tokens)] if span.tokens else []
    if span.kind == "model" and span.pieces > 1 and span.first is not None:
        found.append(f"first token after {spent(span.first - span.start)}")
    if span.input is not None:
        found.append(visible(brief(span.input)))
    if span.error:
        found.append(visible(brief(span.error)))
    return " · ".join(found)
