"""What a run did, as a tree of spans with times: nodes, graphs inside of them, calls of models, tools and tasks.

Folded from the engine's own events; the time is handed in, in seconds of any origin. A model tells when it says
something, not when it is called: its time counts from when its task last did something else. This file knows nothing of
how spans are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph_nb.constants import NS_END
from langgraph_nb.pregel.events import (
    Event,
    MessageChunk,
    RunFinished,
    StepStarted,
    Task,
    TaskCalled,
    TaskFinished,
    ToolProgress,
)

__all__ = ["Span", "SpanKind", "SpanStatus", "Spans"]

SpanKind = Literal["run", "node", "task", "model", "tool"]
SpanStatus = Literal["running", "done", "failed", "paused", "cached", "stopped"]
MOST = 5_000
"""Spans that are kept; what comes after is counted."""


@dataclass(slots=True)
class Span:
    """Something that took time."""

    kind: SpanKind
    name: str
    start: float
    end: float | None = None
    status: SpanStatus = "running"
    step: int | None = None
    """The superstep, of nodes."""
    error: str = ""
    tokens: dict[str, int] = field(default_factory=dict)
    """``input``, ``output`` and ``total``, as the model said."""
    input: Any = None
    """What a tool was called with."""
    first: float | None = None
    """When a model said something for the first time."""
    pieces: int = 0
    """In how many pieces a model's message came."""
    children: list[Span] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self.end if self.end is not None else self.last) - self.start

    @property
    def last(self) -> float:
        """The last time at which anything is known to have happened in it."""
        return max([self.start, *(self.end or child.last for child in self.children)], default=self.start)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Span]]:
        """This span and all inside of it, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def close(self, now: float, status: SpanStatus, error: str = "") -> None:
        """It ended."""
        self.end, self.status, self.error = now, status, error


class Spans:
    """The spans of a run.

    Args:
        name: The graph.
        thread: Its thread, if it keeps any.

    Example:
        >>> spans = Spans("support"); spans.begin(0.0)
        >>> spans.fold((), RunFinished("finished", {}), 1.5)
        >>> spans.root.status, spans.root.seconds
        ('done', 1.5)
    """

    def __init__(self, name: str, thread: str | None = None) -> None:
        self.name, self.thread = name, thread
        self.root = Span("run", name, 0.0)
        self.left_out = 0
        self._count = 0
        self._begun = False
        self._tasks: dict[str, Span] = {}
        self._paths: dict[tuple[tuple[str, ...], tuple[Any, ...]], Span] = {}
        self._messages: dict[tuple[str, str], Span] = {}
        self._tools: dict[tuple[str, str], Span] = {}

    def begin(self, now: float) -> None:
        """The run starts, or goes on."""
        if not self._begun:
            self._begun, self.root.start = True, now
        self.root.end, self.root.status, self.root.error = None, "running", ""

    def fold(self, ns: tuple[str, ...], event: Event, now: float) -> None:
        """Take in one event.

        Args:
            ns: Where it happened: empty for the graph itself, ``("node:task id", ...)`` inside.
            event: What happened.
            now: When, in seconds.
        """
        match event:
            case MessageChunk():
                self._message(event, now)
            case StepStarted():
                around = self._around(ns)
                for task in event.tasks:
                    self._open(around, Span("node", task.name, now, step=event.step), ns, task)
            case TaskCalled():
                called = Span("task", event.task.name, now)
                self._open(self._caller(ns, event.task), called, ns, event.task)
                if event.known:
                    called.close(now, "cached")
            case TaskFinished():
                self._finished(ns, event, now)
            case ToolProgress():
                self._tool(event, now)
            case RunFinished() if not ns:
                self.root.close(now, "paused" if event.status == "interrupted" else "done")

    def fail(self, error: BaseException, now: float) -> None:
        """The run ended with an error."""
        self._close_open(now, "stopped")
        self.root.close(now, "failed", _said(error))

    def stop(self, now: float) -> None:
        """The run was stopped from outside."""
        self._close_open(now, "stopped")
        self.root.close(now, "stopped")

    def tokens(self) -> dict[str, int]:
        """What all models together took and gave."""
        total: dict[str, int] = {}
        for _, span in self.root.walk():
            for kind, count in span.tokens.items():
                total[kind] = total.get(kind, 0) + count
        return total

    # -- one kind of event after the other -----------------------------------------------------------------------------

    def _around(self, ns: tuple[str, ...]) -> Span:
        return self._tasks.get(ns[-1].rpartition(NS_END)[2], self.root) if ns else self.root

    def _caller(self, ns: tuple[str, ...], task: Task) -> Span:
        """The task whose code called another one; its path is in the path of what it called."""
        callers = (self._paths.get((ns, part)) for part in task.path if isinstance(part, tuple))
        return next((span for span in callers if span is not None), self._around(ns))

    def _open(self, around: Span, span: Span, ns: tuple[str, ...], task: Task) -> None:
        self._tasks[task.id] = self._paths[ns, task.path] = self._add(around, span)

    def _add(self, around: Span, span: Span) -> Span:
        self._count += 1
        if self._count > MOST:
            self.left_out += 1
        else:
            around.children.append(span)
        return span

    def _finished(self, ns: tuple[str, ...], event: TaskFinished, now: float) -> None:
        span = self._tasks.get(event.task.id)
        if span is None:  # an error handler begins in the midst of a step
            span = self._add(self._around(ns), Span("node", event.task.name, now, step=event.task.step))
        status: SpanStatus = "paused" if event.paused else "cached" if event.cached else "done"
        if event.error is None:
            span.close(now, status)
        else:
            span.close(now, "failed", _said(event.error))
        for child in span.children:
            if child.end is None:
                child.close(now, "done" if event.error is None else "failed")

    def _message(self, event: MessageChunk, now: float) -> None:
        task = self._tasks.get(event.task.id)
        if task is None or "ls_model_type" not in event.metadata:  # a message that no model said
            return
        key = event.task.id, str(event.message.id)
        span = self._messages.get(key)
        if span is None:
            name = str(event.metadata.get("ls_model_name") or event.metadata.get("ls_provider") or "model")
            span = self._messages[key] = self._add(task, Span("model", name, task.last, first=now))
        span.pieces += 1
        span.end, span.status = now, "done"
        usage = getattr(event.message, "usage_metadata", None)
        if usage:
            _count_tokens(span.tokens, usage)

    def _tool(self, event: ToolProgress, now: float) -> None:
        data, task = event.data, self._tasks.get(event.task.id)
        key = event.task.id, str(data.get("tool_call_id"))
        if data["event"] == "tool-started" and task is not None:
            name = str(data.get("tool_name") or data.get("name") or "tool")
            self._tools[key] = self._add(task, Span("tool", name, now, input=data.get("input")))
        elif (span := self._tools.get(key)) is not None:
            if data["event"] == "tool-finished":
                span.close(now, "done")
            elif data["event"] == "tool-error":
                span.close(now, "failed", str(data.get("message", "")))

    def _close_open(self, now: float, status: SpanStatus) -> None:
        for _, span in self.root.walk():
            if span.end is None:
                span.close(now, status)


def _count_tokens(tokens: dict[str, int], usage: Mapping[str, Any]) -> None:
    for kind in ("input", "output", "total"):
        if count := usage.get(f"{kind}_tokens"):
            tokens[kind] = tokens.get(kind, 0) + int(count)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
