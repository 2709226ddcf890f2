"""From a draft to what can be compiled: names resolved to functions, schemas and savers, and what is still missing.

A blueprint is made after every cell, so that a function that was defined again is noticed.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin

from langgraph_nb.constants import END, START
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.callables import command_targets, is_graph, is_runnable
from langgraph_nb.graph.policies import handler_name, shown_name
from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook import problems as say
from langgraph_nb.notebook.drafts import Contribution, Draft
from langgraph_nb.notebook.edges import Branch, Edge, Join, Wire
from langgraph_nb.notebook.names import MISSING, Names
from langgraph_nb.notebook.node import NodeOptions, options_of
from langgraph_nb.notebook.problems import Problem
from langgraph_nb.notebook.routers import drawn, free_names
from langgraph_nb.notebook.states import state_problems
from langgraph_nb.notebook.unfinished import UnfinishedGraph
from langgraph_nb.types import Command


@dataclass(frozen=True, slots=True)
class BlueprintNode:
    """A node and what it runs."""

    name: str
    code: Any = field(repr=False)
    options: NodeOptions = field(default_factory=NodeOptions)

    @property
    def missing(self) -> bool:
        """Whether nothing that could run was found for it."""
        return self.code is MISSING

    @property
    def is_graph(self) -> bool:
        """Whether it is a graph itself."""
        return is_graph(self.code)


@dataclass(frozen=True)
class Blueprint:
    """A draft with its names resolved."""

    name: str
    nodes: tuple[BlueprintNode, ...]
    wiring: tuple[tuple[Contribution, Wire], ...]
    names: Mapping[str, str]
    """Names as written -> names of nodes."""
    state: Any
    values: Mapping[str, Any]
    """Options by name: saver, store and schemas."""
    functions: Mapping[str, Any]
    """Functions of the graph's cells, as its tests see them."""
    problems: tuple[Problem, ...]
    version: int

    @property
    def complete(self) -> bool:
        """Whether it can be compiled."""
        return not any(problem.blocking for problem in self.problems)

    def same_as(self, other: Blueprint | None) -> bool:
        """Whether compiling this one would make nothing new."""
        if other is None or (self.version, self.problems) != (other.version, other.problems):
            return False
        mine, theirs = self._parts(), other._parts()
        return len(mine) == len(theirs) and all(a is b for a, b in zip(mine, theirs, strict=True))

    def _parts(self) -> list[Any]:
        return [
            self.state,
            *(part for node in self.nodes for part in (node.code, options_of(node.code))),
            *self.values.values(),
        ]

    def topology(self) -> Topology:
        """The graph as a picture shows it."""
        wired = (edge for _, wire in self.wiring for edge in self._edges(wire))
        edges = tuple(dict.fromkeys((*wired, *self._goto(), *self._handled())))
        nodes = tuple(
            TopologyNode(
                node.name,
                "missing" if node.missing else "subgraph" if node.is_graph else "node",
                pause=node.options.pause,
                defer=node.options.defer,
            )
            for node in self.nodes
        )
        nodes += tuple(TopologyNode(name, label=shown_name(name)) for name, _ in self._handlers())
        ends = (TopologyNode(END, "end", "END"),) if any(edge.target == END for edge in edges) else ()
        return Topology(self.name, (TopologyNode(START, "start", "START"), *nodes, *ends), edges)

    def name_of(self, written: str) -> str:
        """The name of the node that wiring calls ``written``."""
        return self.names.get(written, written)

    def _edges(self, wire: Wire) -> Iterable[TopologyEdge]:
        match wire:
            case Edge():
                return [TopologyEdge(self.name_of(wire.source), self.name_of(wire.target))]
            case Join():
                sources = tuple(map(self.name_of, wire.sources))
                return [TopologyEdge(source, self.name_of(wire.target), join=sources) for source in sources]
            case Branch():
                return drawn(wire, self.names)

    def _goto(self) -> tuple[TopologyEdge, ...]:
        return tuple(
            TopologyEdge(node.name, self.name_of(target), conditional=True)
            for node in self.nodes
            for target in command_targets(node.code)
        )

    def _handlers(self) -> Iterator[tuple[str, Any]]:
        """The nodes that run in the place of those that failed."""
        for node in self.nodes:
            if node.options.error_handler is not None:
                yield handler_name(node.name), node.options.error_handler

    def _handled(self) -> Iterator[TopologyEdge]:
        for node in self.nodes:
            if node.options.error_handler is not None:
                yield TopologyEdge(node.name, handler_name(node.name), conditional=True)
        for name, code in self._handlers():
            targets = command_targets(code)
            if not targets and not _goes_anywhere(code):
                yield TopologyEdge(name, END)
            for target in targets:
                yield TopologyEdge(name, self.name_of(target), conditional=True)


def blueprint(draft: Draft, names: Names, evaluate: Callable[[str, str], Any]) -> Blueprint:
    """Resolve the names of a draft.

    Args:
        draft: What the cells contributed.
        names: Where its names are looked up.
        evaluate: Gives the value of an option from its name and text; raises what evaluating it raises.
    """
    found: list[Problem] = []
    values = {name: _option(name, text, evaluate, found) for name, text in draft.options.items()}
    nodes, written = _nodes(draft, names, found)
    if "state" not in values:
        found += _second_definitions(draft, "State")
    state = values["state"] if "state" in values else names.value("State")
    found += [*state_problems(draft, names, state), *_missing_names(draft, names)]
    made = Blueprint(
        draft.name, nodes, tuple(draft.wires()), written, state, values, draft.functions, tuple(found), draft.version
    )
    free = [node.name for node in nodes if _goes_anywhere(node.code)]
    free += [name for name, code in made._handlers() if _goes_anywhere(code)]
    shape = say.shape_problems(made.topology(), free)
    if not made.wiring:
        shape = (_nothing_wired(draft),)
    return replace(made, problems=tuple(sorted((*found, *shape), key=lambda problem: not problem.blocking)))


def _nothing_wired(draft: Draft) -> Problem:
    functions = [name for name, value in draft.functions.items() if not isinstance(value, type)]
    chain = " >> ".join(["START", *(functions or ["a"]), "END"])
    return Problem("Nothing is wired yet.", f"Write `{chain}`.")


def _option(name: str, text: str, evaluate: Callable[[str, str], Any], found: list[Problem]) -> Any:
    try:
        return evaluate(name, text)
    except Exception as error:
        what = f"--{name} {text} raised {type(error).__name__}: {error}.".replace("..", ".")
        found.append(Problem(what, _how_to_mend(name, text, error)))
        return MISSING


def _how_to_mend(option: str, text: str, error: Exception) -> str:
    if not isinstance(error, NameError):
        return "Mend the option and run the cell again."
    hint = did_you_mean(text, ("memory", "sqlite:PATH")) if option == "checkpointer" else ""
    return hint if hint.startswith("Did") else "Run the cell that defines it."


def _nodes(draft: Draft, names: Names, found: list[Problem]) -> tuple[tuple[BlueprintNode, ...], dict[str, str]]:
    """The nodes that wiring names, and those that they name in turn as targets of a ``Command``."""
    nodes: dict[str, BlueprintNode] = {}
    written: dict[str, str] = {}
    pending: list[tuple[str, str]] = [(name, cell.pointer(place)) for name, (cell, place) in draft.names().items()]
    while pending:
        name, pointer = pending.pop(0)
        if name in written or name in (START, END):
            continue
        node = _node(draft, name, names, pointer, found)
        written[name] = node.name
        nodes.setdefault(node.name, node)
        found += _second_definitions(draft, name)
        if name in names.again:
            found.append(say.defined_again(draft.name, name))
        pending += ((target, f"Command of {name!r}") for target in command_targets(node.code))
        if handler := node.options.error_handler:
            pending += ((target, f"Command of the error handler of {name!r}") for target in command_targets(handler))
    return tuple(nodes.values()), written


def _node(draft: Draft, name: str, names: Names, pointer: str, found: list[Problem]) -> BlueprintNode:
    code = names.value(name)
    if code is MISSING:
        found.append(say.missing_node(name, names.known(), pointer))
    elif name == draft.name and not draft.definitions(name):
        found.append(Problem(f"{name!r} is this graph itself.", "Rename the node.", pointer=pointer))
    elif isinstance(code, UnfinishedGraph):
        found.append(Problem(f"The graph {name!r} is not finished itself.", f"Look at it: `%graph {code.name}`."))
    elif isinstance(code, type) or not (callable(code) or is_runnable(code)):
        found.append(say.not_a_node(name, _kind(code), pointer))
    else:
        options = options_of(code)
        return BlueprintNode(options.name or name, code, options)
    return BlueprintNode(name, MISSING)


def _kind(value: Any) -> str:
    return "a class" if isinstance(value, type) else f"of type {type(value).__name__}"


def _second_definitions(draft: Draft, name: str) -> list[Problem]:
    places = draft.definitions(name)
    if len(places) < 2:
        return []
    cell, last = places[-1]
    return [say.second_definition(draft.name, name, [c.label for c, _ in places], cell.pointer(last.place))]


def _missing_names(draft: Draft, names: Names) -> Iterator[Problem]:
    known = {*names.owned, *names.namespace, *dir(builtins)}
    for cell, wire in draft.wires():
        for name in sorted(free_names(wire.way) - known) if isinstance(wire, Branch) else ():
            likely = {"state", *names.known(), *names.namespace}
            yield say.missing_name(name, likely, cell.pointer(wire.place))


def _goes_anywhere(code: Any) -> bool:
    """Whether a node is annotated to return a ``Command`` without saying where it leads."""
    if not inspect.isfunction(code) or command_targets(code):
        return False
    returned = code.__annotations__.get("return")
    if isinstance(returned, str):
        return returned.partition("[")[0].rpartition(".")[2] == "Command"
    return any(option is Command or get_origin(option) is Command for option in (returned, *get_args(returned)))
