"""What a graph still lacks, in words. Pure functions of plain data: the shape of the graph, and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from langgraph_nb.constants import END, START
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import Topology

WIDTH = 90
"""Longer lines are broken between sentences: front ends break them anywhere."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a graph lacks."""

    what: str
    """One sentence."""
    mend: str
    """How to mend it."""
    blocking: bool = True
    """Whether the graph cannot run until it is mended."""
    pointer: str = ""
    """The line, with a caret."""

    def __str__(self) -> str:
        said = [part for part in (self.what, self.mend) if part]
        one_line = " ".join(said)
        return "\n    ".join([*([one_line] if len(one_line) <= WIDTH else said), *self.pointer.splitlines()])


IN_THE_MAKING = Problem("The cell that builds it is still running.", "Use the graph in a cell of its own below it.")


def in_words(name: str, problems: Sequence[Problem]) -> str:
    """The problems of a graph as a short text; empty when there are none.

    Example:
        >>> print(in_words("support", [Problem("Nothing is wired yet.", "Write START >> a.")]))
        support is not finished:
        • Nothing is wired yet. Write START >> a.
    """
    if not problems:
        return ""
    blocked = any(problem.blocking for problem in problems)
    head = f"{name} is not finished:" if blocked else f"{name} can run; look at this:"
    return "\n".join([head, *(f"• {problem}" for problem in problems)])


def missing_node(name: str, known: Iterable[str], pointer: str = "") -> Problem:
    """Wiring names a node that nothing defines."""
    names = sorted(known)
    hint = did_you_mean(name, names)
    mend = hint if hint.startswith("Did") else f"Write `def {name}(state): ...`." if name.isidentifier() else hint
    if name.upper() in ("START", "END"):
        mend = f"Did you mean {name.upper()}?"
    return Problem(f"Nothing defines {name!r}.", mend, pointer=pointer)


def missing_name(name: str, known: Iterable[str], pointer: str = "") -> Problem:
    """A test, a key or an item uses a name that nothing defines yet."""
    hint = did_you_mean(name, known)
    mend = hint if hint.startswith("Did") else "Define it before the graph runs."
    return Problem(f"Nothing defines {name!r}, which wiring uses.", mend, blocking=False, pointer=pointer)


def defined_again(graph: str, name: str) -> Problem:
    """An ordinary cell defines a name that the graph has a definition of its own for."""
    mend = f"Begin that cell with `%%graph {graph}`, or take the definition out of the graph's cell."
    what = f"{name!r} was defined again in an ordinary cell; the graph keeps its own."
    return Problem(what, mend, blocking=False)


def not_a_node(name: str, found: str, pointer: str = "") -> Problem:
    """Wiring names something that cannot be a node."""
    return Problem(f"{name!r} is {found}, not a node.", "Wire a function, a Runnable or a graph.", pointer=pointer)


def second_definition(graph: str, name: str, cells: Sequence[str], pointer: str = "") -> Problem:
    """Several cells, or two lines of one, define the same name."""
    if len(set(cells)) == 1:
        return Problem(f"{name!r} is defined twice in {cells[0]}.", "Rename or delete one of them.", pointer=pointer)
    listed = f"{', '.join(cells[:-1])} and {cells[-1]}"
    mend = f"Delete it in one of them and run that cell again, or say `%graph {graph} --forget {cells[0].strip('[]')}`."
    return Problem(f"{name!r} is defined in {listed}.", mend, pointer=pointer)


def no_state(likely: str = "") -> Problem:
    """The graph has no schema.

    Args:
        likely: A class of its cells that was meant.
    """
    mend = "Write `class State(TypedDict): ...`, or name one with `--state EXPR`."
    return Problem("The graph has no state.", f"Name it: `--state {likely}`." if likely else mend)


def state_of_others(likely: str) -> Problem:
    """The state is that of the notebook, and a class of the graph's own cells was likely meant."""
    what = f"The state is the class `State` of another cell, not {likely!r}, which the graph's cells define."
    return Problem(what, f"If that one is meant, name it: `--state {likely}`.", blocking=False)


def no_schema(name: str, found: str) -> Problem:
    """What should be the state's schema is none."""
    mend = "Derive it from TypedDict, make it a dataclass or a Pydantic model, and annotate its fields."
    return Problem(f"The state {name} is {found}.", mend)


def shape_problems(topology: Topology, free: Iterable[str] = ()) -> tuple[Problem, ...]:
    """What the edges lack.

    Args:
        topology: The graph.
        free: Nodes that say at run time where to go: they need no edge.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> [str(p) for p in shape_problems(Topology("g", (TopologyNode("a"),), ()))]
        ['Nothing is wired yet. Write `START >> a >> END`.']
    """
    return tuple(_shape_problems(topology, frozenset(free)))


def _shape_problems(topology: Topology, free: frozenset[str]) -> Iterator[Problem]:
    names = [node.id for node in topology.nodes if node.kind not in ("start", "end")]
    defined = [node.id for node in topology.nodes if node.kind in ("node", "subgraph")]
    if not topology.edges:
        chain = " >> ".join(["START", *(names or ["a"]), "END"])
        yield Problem("Nothing is wired yet.", f"Write `{chain}`.")
        return
    out: dict[str, set[str]] = {}
    into: dict[str, set[str]] = {}
    for edge in topology.edges:
        out.setdefault(edge.source, set()).add(edge.target)
        into.setdefault(edge.target, set()).add(edge.source)
    if START not in out:
        first = next((name for name in names if not into.get(name, set()) - {name}), names[0] if names else "a")
        yield Problem("No way leads from START.", f"Write `START >> {first}`.")
    elif len(defined) == len(names) and not free & (reached := _reached(out, [START])):
        lost = [name for name in names if name not in reached]
        heads = [name for name in lost if not into.get(name, set()) & set(lost) - {name}] or lost[:1]
        for name in heads:
            yield Problem(f"{name!r} is never reached.", f"Lead to it: `... >> {name}`.", blocking=False)
    dead = [name for name in defined if name not in out and name not in free]
    if dead:
        yield _dead_ends(dead)
    leaving = _reached(into, [END, *free, *(name for name in names if name not in out)])
    endless = [name for name in defined if name in out and name not in leaving]
    if endless:
        round_ = ", ".join(map(repr, endless))
        verb = "leads" if len(endless) == 1 else "lead"
        yield Problem(
            f"No way from {round_} {verb} to END.", f"Write `{endless[-1]} >> (... if TEST else END)`.", blocking=False
        )


def _dead_ends(names: Sequence[str]) -> Problem:
    """Nodes that no way leads on from, in one sentence however many they are."""
    shown = ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    source = names[0] if len(names) == 1 else f"{{{', '.join(names[:3])}{', ...' * (len(names) > 3)}}}"
    write = f"Write `{source} >> END`." if all(map(str.isidentifier, names[:3])) else "Write `... >> END` for each."
    return Problem(f"No way leads on from {shown}.", write, blocking=False)


def _reached(ways: dict[str, set[str]], first: Iterable[str]) -> set[str]:
    found: set[str] = set()
    pending = list(first)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += ways.get(name, ())
    return found
