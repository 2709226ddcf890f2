"""Where a debugger stops: at nodes, at edges, and where a condition comes true.

Theory of operation. A breakpoint is read from what people write (``read_breakpoint``), checked against the names that
the graph has. ``Breakpoints`` is asked of each task that is about to run. A condition of its own is a watch: it stops
where it comes true, at the first superstep of a graph of which that can be said, and not again while it stays true. A
condition of a node stops whenever the node is about to run and it is true. This file runs no graph.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.errors import did_you_mean

__all__ = ["Breakpoint", "Breakpoints", "Place", "node_paths", "read_breakpoint"]

Condition = Callable[[Any, Any], Any]
"""Of the state and of what the task is called with."""
OPEN = "*"
"""Beneath a node that is no graph: its code may call tasks of any name."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where to stop.

    Attributes:
        text: As it was written.
        node: The end of a node's path; empty for any node.
        source: The node that must have led there, of an edge.
        when: What must be true.
    """

    text: str
    node: tuple[str, ...] = ()
    source: str | None = None
    when: Condition | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Place:
    """A task that is about to run, as breakpoints see it."""

    names: tuple[str, ...]
    """The nodes that lead to it, its own last."""
    graph: tuple[str, ...]
    """The namespace of its graph."""
    step: int
    state: Any
    input: Any
    sources: Collection[str]
    """The nodes that led to it."""


class Breakpoints:
    """The breakpoints of one run, and what their conditions came to."""

    def __init__(self, given: Sequence[Breakpoint]) -> None:
        self.all = list(given)
        self._came: dict[tuple[Breakpoint, tuple[str, ...]], tuple[int, bool, bool]] = {}
        """Watch and graph -> the last step that it was looked at in, whether it was true then, and before."""

    def hit(self, at: Place) -> Breakpoint | None:
        """The breakpoint to stop at; ``None`` to go on. Raises what a condition raises, but for a key that is missing.

        Example:
            >>> watched = Breakpoints([read_breakpoint("state['n'] > 1", {("a",)})])
            >>> [bool(watched.hit(Place(("a",), (), n, {"n": n}, None, ()))) for n in range(4)]
            [False, False, True, False]
        """
        found = [point for point in self.all if self._stops(point, at)]  # each: watches have to be looked at
        return found[0] if found else None

    def leave(self) -> None:
        """The run goes on from where it stands: what is true now is known."""
        self._came = {key: (step, now, before or now) for key, (step, now, before) in self._came.items()}

    def forget(self) -> None:
        """The run went back in time."""
        self._came.clear()

    def _stops(self, point: Breakpoint, at: Place) -> bool:
        if point.node:
            fits = at.names[-len(point.node) :] == point.node
            fits = fits and (point.source is None or point.source in at.sources)
            return fits and (point.when is None or _holds(point.when, at))
        key = point, at.graph
        step, now, before = self._came.get(key, (None, False, False))
        if step != at.step:
            now, before = _holds(point.when, at), now
            self._came[key] = at.step, now, before
        return now and not before


def _holds(when: Condition | None, at: Place) -> bool:
    """Whether a condition is true. While a key that it asks for is missing, it is not."""
    assert when is not None
    try:
        return bool(when(at.state, at.input))
    except KeyError:
        return False


# -- reading ----------------------------------------------------------------------------------------------------------


def read_breakpoint(
    given: Any, known: Collection[tuple[str, ...]], namespace: Mapping[str, Any] | None = None
) -> Breakpoint:
    """What people write as a breakpoint.

    Args:
        given: A node's name or path (``"sub:node"``); an edge, ``("a", "b")`` or ``"a >> b"``; a node with a condition,
            ``("work", lambda state, input: ...)`` or ``"work if input['i'] == 3"``; a condition alone, a function of
            the state or an expression over ``state``.
        known: The paths of the graph's nodes (``node_paths``).
        namespace: What expressions may use besides ``state`` and ``input``.

    Raises:
        ValueError: For a name that the graph does not have, or what is none of these.

    Example:
        >>> read_breakpoint("b if state['n'] > 3", {("a",), ("b",)}).node
        ('b',)
        >>> read_breakpoint(("a", "b"), {("a",), ("b",)}).source
        'a'
    """
    match given:
        case Breakpoint():
            return given
        case str():
            return _read_text(given.strip(), known, namespace)
        case (str(source), str(target)):
            return _edge(f"{source} >> {target}", source, target, known)
        case (str(node), when) if callable(when):
            return Breakpoint(f"{node} if {_name(when)}", _node(node, known), when=_condition(when))
        case _ if callable(given):
            return Breakpoint(_name(given), when=_condition(given))
    raise ValueError(
        f"{given!r} is no breakpoint. Give a node's name, an edge as ('a', 'b'), or a condition: lambda state: ..."
    )


def node_paths(graph: Any, around: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The paths of a graph's nodes, those of the graphs inside too. Beneath other nodes, tasks may have any name."""
    paths = set()
    for name in graph.plan.nodes:
        if name != START:
            inner = graph.inner_graphs.get(name)
            paths.add((*around, name))
            paths |= {(*around, name, OPEN)} if inner is None else node_paths(inner, (*around, name))
    return paths


def _read_text(text: str, known: Collection[tuple[str, ...]], namespace: Mapping[str, Any] | None) -> Breakpoint:
    if _path(text) in _tails(known):
        return Breakpoint(text, _path(text))
    source, arrow, target = text.partition(">>")
    if arrow and _path(target) in _tails(known):
        return _edge(text, source.strip(), target, known)
    node, given, when = text.partition(" if ")
    if given and _is_name(node):
        return Breakpoint(text, _node(node, known), when=_expression(when, namespace, "input['n'] > 3"))
    if _is_name(text):
        return Breakpoint(text, _node(text, known))
    if (sides := [side.strip() for side in re.split("->?|>", text)]) and {*map(_path, sides)} <= _tails(known):
        raise ValueError(f"{text!r} is no edge. Write it as {' >> '.join(sides)!r}.")
    return Breakpoint(text, when=_watch(text, namespace))


def _edge(text: str, source: str, target: str, known: Collection[tuple[str, ...]]) -> Breakpoint:
    first = START if source in ("START", START) else _node(source, known)[-1]
    if target.strip() in ("END", END):
        raise ValueError(f"{text!r} leads to the end, where no task runs. Stop at {source!r}, and go on with next().")
    return Breakpoint(text, _node(target, known), first)


def _node(name: str, known: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    path, tails = _path(name), _tails(known)
    calls = (*path[:-1], OPEN) in tails and len(path) > 1
    only_code = len({p[0] for p in known}) == 1 and len(path) == 1 and any(p[-1] == OPEN for p in known)
    if path in tails or calls or only_code:
        return path
    shown = sorted({":".join(p) for p in known if p[-1] != OPEN})
    raise ValueError(f"The graph has no node {name.strip()!r} to stop at. {did_you_mean(name.strip(), shown)}")


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.strip().replace("|", ":").split(":"))


def _tails(known: Collection[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {path[start:] for path in known for start in range(len(path))}


def _is_name(text: str) -> bool:
    return all(part.isidentifier() for part in _path(text))


def _watch(source: str, namespace: Mapping[str, Any] | None) -> Condition:
    """A condition of its own: it looks at a step, in which each task has another input."""
    when = _expression(source, namespace, "state['n'] > 3")
    names = {node.id for node in ast.walk(ast.parse(source, mode="eval")) if isinstance(node, ast.Name)}
    if "input" in names and "input" not in (namespace or {}):
        raise ValueError(f"`input` is what one node is called with: say which. Write 'NODE if {source}'.")
    return when


def _expression(source: str, namespace: Mapping[str, Any] | None, example: str) -> Condition:
    try:
        code: CodeType = compile(ast.parse(source.strip(), "<breakpoint>", "eval"), "<breakpoint>", "eval")
    except SyntaxError as error:
        raise ValueError(
            f"{source.strip()!r} is neither a node of the graph nor an expression ({error.msg}). "
            f"Write it as in Python: {example}."
        ) from None
    return lambda state, input: eval(code, {**(namespace or {}), "state": state, "input": input})


def _condition(when: Callable[..., Any]) -> Condition:
    """A function of the state, of the state and the input, or of ``input`` alone."""
    names = list(inspect.signature(when).parameters)
    if len(names) > 1:
        return when
    return (lambda _, input: when(input)) if names == ["input"] else (lambda state, _: when(state))


def _name(when: Callable[..., Any]) -> str:
    return getattr(when, "__name__", type(when).__name__).replace("<lambda>", "condition")
