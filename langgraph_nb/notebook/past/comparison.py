"""Two threads, or two branches of one, side by side: step by step, with the first that is not the same marked.

Steps are aligned by their numbers, counted from where each thread's first one that was read. This file must not know of
magics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from langgraph_nb.notebook.live.text import brief
from langgraph_nb.notebook.past.changes import Change, same, state_changes
from langgraph_nb.notebook.past.histories import History, history, shown_changes, step_title
from langgraph_nb.notebook.past.page import change_html, framed, said
from langgraph_nb.notebook.past.records import PastStep
from langgraph_nb.notebook.picture.xmltext import visible

__all__ = ["Comparison", "Pair", "compare"]

LIMIT = 1_000
SHOWN = 40
AROUND = 3
"""Equal steps shown before and after others."""


def compare(
    graph: Any, thread_a: Any, thread_b: Any, *, at_a: Any = None, at_b: Any = None, other: Any = None,
    config: Mapping[str, Any] | None = None, limit: int = LIMIT,
) -> Comparison:  # fmt: skip
    """Put two threads side by side: ``%compare GRAPH THREAD_A THREAD_B``.

    Args:
        graph: A compiled graph with a checkpointer.
        thread_a: A thread's id, or a ``History``.
        thread_b: The same; with the same thread, ``at_a`` and ``at_b`` name two of its branches.
        at_a: The end of the first, as for ``history``: such as ``"b1"``.
        at_b: The end of the second.
        other: The graph of the second thread, where it is not the same.
        config: More of the config, as for ``history``.
        limit: How many checkpoints of each are read at most, the newest.

    Returns:
        The steps by number, and the first at which they part (``.first``).

    Raises:
        CellError: When nothing is stored of one of them.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("half", lambda s: {"n": s["n"] // 2}).add_edge(START, "half")
        >>> graph = builder.compile(checkpointer=InMemorySaver(), name="demo")
        >>> for thread, n in (("a", 4), ("b", 5)):
        ...     _ = graph.invoke({"n": n}, {"configurable": {"thread_id": thread}})
        >>> compare(graph, "a", "b").first.number
        0
    """
    a, b = thread_a, thread_b
    if not isinstance(a, History):
        a = history(graph, a, at=at_a, config=config, limit=limit)
    if not isinstance(b, History):
        one = other is None and b == thread_a  # then what both have in common is read, and compared, once
        b = History(a.past, a.past.at(at_b)) if one else history(other or graph, b, at=at_b, config=config, limit=limit)
    return Comparison(a, b)


@dataclass(frozen=True)
class Pair:
    """The steps of both with one number."""

    number: int
    a: PastStep | None
    b: PastStep | None

    @cached_property
    def same(self) -> bool:
        """Whether the same nodes ran and left the same state."""
        a, b = self.a, self.b
        if a is None or b is None:
            return False
        if a is b:
            return True
        return (a.source, step_title(a), a.next) == (b.source, step_title(b), b.next) and not self.differences

    @cached_property
    def differences(self) -> list[Change]:
        """From the first state to the second."""
        if self.a is None or self.b is None or same(self.a.values, self.b.values):
            return []
        return state_changes(self.a.values, self.b.values)


class Comparison:
    """Two threads side by side. Made by ``compare``."""

    def __init__(self, a: History, b: History) -> None:
        self.a, self.b = a, b
        by_number = [{step.number: step for step in reversed(h.steps)} for h in (a, b)]
        numbers = sorted({*by_number[0], *by_number[1]})
        self.pairs = [Pair(n, by_number[0].get(n), by_number[1].get(n)) for n in numbers]
        """The oldest first."""

    @cached_property
    def first(self) -> Pair | None:
        """The first step at which they part; ``None`` if they never do."""
        return next((pair for pair in self.pairs if not pair.same), None)

    @property
    def names(self) -> tuple[str, str]:
        """What to call the two."""
        a, b = self.a, self.b
        if (a.name, a.thread) != (b.name, b.thread):
            graph = a.name != b.name
            named = [f"{h.name}, thread {h.thread}" if graph else f"thread {h.thread}" for h in (a, b)]
            return named[0], named[1]
        ends = [next((x.name for x in h.past.branches if x.head.id == h.head.id), h.head.id) for h in (a, b)]
        return f"{a.thread}, {ends[0]}", f"{b.thread}, {ends[1]}"

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        first = self.first
        if first is None:
            return f"the same in all {len(self.pairs)} steps"
        if first.a is None or first.b is None:
            return f"the same up to step {first.number - 1}, where {self.names[first.a is not None]} ends"
        return f"they part at step {first.number}"

    def groups(self) -> list[tuple[list[Pair], bool]]:
        """The pairs in stretches; of those with ``True``, which are long and all the same, only the count is shown."""
        shown = {self.pairs.index(self.first)} if self.first is not None else set()
        apart = [i for i, pair in enumerate(self.pairs) if not pair.same][:SHOWN]
        near = {i + d for i in (*shown, *apart) for d in range(-AROUND, 2)}
        if len(self.pairs) <= 2 * AROUND:
            near = set(range(len(self.pairs)))
        numbered = enumerate(self.pairs)
        return [([p for _, p in run], far) for far, run in groupby(numbered, key=lambda item: item[0] not in near)]

    def __repr__(self) -> str:
        width = 34
        lines = [f"{self.names[0]} and {self.names[1]}: {self.verdict}", ""]
        lines.append(f"{'':8}{brief(self.names[0], width):{width}}  {brief(self.names[1], width)}")
        for pairs, far in self.groups():
            if far:
                lines.append(f"        … {skipped(pairs)}")
            for pair in () if far else pairs:
                a, b = (brief(step_title(s), width) if s is not None else "–" for s in (pair.a, pair.b))
                mark = "=" if pair.same else "≠"
                first = "  <- first difference" if pair is self.first else ""
                lines.append(f"{pair.number:>4} {mark}  {a:{width}}  {b}{first}".rstrip())
        if self.first is not None and self.first.differences:
            lines += ["", f"state after step {self.first.number}, from the first to the second:"]
            lines += [f"  {line}" for change in self.first.differences for line in str(change).split("\n")]
        return visible("\n".join(lines))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": _html(self)}


def skipped(pairs: list[Pair]) -> str:
    """How many steps are not shown, and whether they are the same."""
    apart = sum(not pair.same for pair in pairs)
    return f"{len(pairs):,} steps, " + (f"{apart:,} of them not the same" if apart else "the same")


def _html(comparison: Comparison) -> str:
    a, b = map(said, comparison.names)
    rows = [f'<tr><th></th><td><b>{a}</b></td><td><b>{b}</b></td></tr>']
    for pairs, far in comparison.groups():
        rows += [f'<tr><th></th><td colspan="2">… {said(skipped(pairs))}</td></tr>'] if far else []
        rows += [] if far else [_row(pair, pair is comparison.first) for pair in pairs]
    first = comparison.first
    table = f'<table class="lgnb-past-pairs">{"".join(rows)}</table>'
    below = ""
    if first is not None and first.differences:
        told = "".join(map(change_html, first.differences))
        below = f"<details open><summary>State after step {first.number}, from the first to the second</summary>"
        below += f'<table class="lgnb-past-changes">{told}</table></details>'
    title = f"<strong>{a}</strong> <span>and</span> <strong>{b}</strong> <span>{said(comparison.verdict)}</span>"
    return framed(title, [f'<div class="lgnb-past-rows">{table}</div>', below], f"Comparison: {comparison.verdict}")


def _row(pair: Pair, first: bool) -> str:
    mark = '<em data-status="first">first difference</em>' if first else ""
    sign = "=" if pair.same else "≠"
    a, b = (_cell(step) for step in (pair.a, pair.b))
    kind = ' class="is-first"' if first else ""
    return f"<tr{kind}><th>step {said(pair.number)} {sign}</th><td>{a}</td><td>{b}{mark}</td></tr>"


def _cell(step: PastStep | None) -> str:
    if step is None:
        return "–"
    keys = list(dict.fromkeys(change.path for change in shown_changes(step)))
    told = f' <span class="lgnb-past-keys">{said(brief(", ".join(keys), 60))}</span>' if keys else ""
    return f"<b>{said(step_title(step))}</b>{told}"
