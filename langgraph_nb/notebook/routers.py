"""Functions for the branches of a wiring: a choice, a switch or a map becomes a router over ``state``.

The user's expressions keep the positions that they have in their cell, so a failing test shows the cell's line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.constants import END
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import TopologyEdge
from langgraph_nb.graph.view import DRAWN_EDGES
from langgraph_nb.notebook import terms
from langgraph_nb.notebook.edges import Branch, Case, cases, name_of
from langgraph_nb.notebook.mistakes import Place
from langgraph_nb.notebook.terms import Begin, Chain, Expression, Map, Named, SendTo, Stop, Term, inside
from langgraph_nb.types import Send

PathMap = dict[Any, str]
MODULE = "<module>"
"""What Python calls code that is in no function."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the user's expressions find their names."""

    namespace: dict[str, Any]
    """Kept, so that they see later changes."""
    owned: Mapping[str, Any]
    """Names that mean something else in this graph."""
    filename: str
    """The name under which the cell's source is known to ``linecache``."""

    def evaluate(self, made: ast.expr | ast.FunctionDef, place: Place) -> Any:
        """The value of an expression, or a function, in a closure over the owned names."""
        hidden = {"__send__": Send, "__pick__": _pick, "__ask__": _ask}
        used = {node.id for node in ast.walk(made) if isinstance(node, ast.Name)}
        closure = {**{name: self.owned[name] for name in sorted(used & set(self.owned))}, **hidden}
        body: list[ast.stmt] = (
            [made, ast.Return(ast.Name(made.name, ast.Load()))]
            if isinstance(made, ast.FunctionDef)
            else [ast.Return(made)]
        )
        factory = _function("__router__", list(closure), body, place)
        module = ast.fix_missing_locations(ast.Module(body=[factory], type_ignores=[]))
        found: dict[str, Any] = {}
        exec(compile(module, self.filename, "exec", dont_inherit=True), self.namespace, found)
        return found["__router__"](**closure)


def router(branch: Branch, names: Mapping[str, str], scope: Scope) -> tuple[Callable[..., Any], PathMap]:
    """The arguments ``path`` and ``path_map`` of ``add_conditional_edges``.

    Args:
        branch: What the wiring says.
        names: Names as written -> names of nodes, where they differ.
        scope: Where the user's expressions find their names.
    """
    found = cases(branch.way)
    if isinstance(branch.way, terms.Route) and branch.way.is_plain:
        return _direct(branch.way, found, names, scope)
    body = _Compiler(iter(found), names).term(branch.way)
    function = _function(router_name(branch.source), ["state"], [ast.Return(body)], branch.place)
    function.lineno = 1
    path = scope.evaluate(function, branch.place)
    # inspect takes a function's source to begin at the next `def` above; wiring stands in none, as a cell's other lines
    path.__code__ = path.__code__.replace(co_name=MODULE, co_qualname=path.__name__)
    setattr(path, DRAWN_EDGES, drawn(branch, names))
    return path, {case.key: names.get(case.target, case.target) for case in found}


def drawn(branch: Branch, names: Mapping[str, str]) -> tuple[TopologyEdge, ...]:
    """The edges of a branch as a picture shows them."""
    source = names.get(branch.source, branch.source)
    edges = (
        TopologyEdge(source, names.get(c.target, c.target), c.label, conditional=True, fan_out=c.fan_out)
        for c in cases(branch.way)
    )
    return tuple(dict.fromkeys(edges))


def free_names(term: Term) -> frozenset[str]:
    """The names that the expressions of a branch look up outside of it; ``state`` is given to them."""
    parts = [part for tree in _expressions(term) for part in ast.walk(tree)]
    used = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    bound = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    bound |= {part.arg for part in parts if isinstance(part, ast.arg)}
    return frozenset(used - bound - {"state"})


def _expressions(term: Term) -> Iterator[ast.AST]:
    match term:
        case terms.Choice():
            yield term.test.tree
        case terms.Switch() | terms.Route():
            yield term.key.tree if isinstance(term, terms.Switch) else term.function.tree
            yield from (way.key.tree for way in term.ways if way.key)
        case SendTo():
            yield term.argument.tree
        case Map():
            yield from term.generators
    for inner in inside(term):
        yield from _expressions(inner)


def router_name(source: str) -> str:
    """What the router after a node is called in tracebacks."""
    return "after_" + (re.sub(r"\W", "_", source.strip("_")) or "node")


def _direct(
    route: terms.Route, found: tuple[Case, ...], names: Mapping[str, str], scope: Scope
) -> tuple[Callable[..., Any], PathMap]:
    """A route is the user's function itself, so that it gets what it asks for besides the state."""
    path_map: PathMap = {}
    for way, case in zip(route.ways, found, strict=True):
        target = names.get(case.target, case.target)
        path_map[target if way.key is None else scope.evaluate(way.key.tree, route.place)] = target
    return scope.evaluate(route.function.tree, route.place), path_map


def _function(name: str, parameters: list[str], body: list[ast.stmt], place: Place) -> ast.FunctionDef:
    function = ast.FunctionDef(name=name, args=_arguments(parameters), body=body, decorator_list=[])
    function.lineno, function.end_lineno = place.line, place.end_line
    function.col_offset = function.end_col_offset = 0
    if hasattr(ast, "TypeAlias"):  # Python 3.12 gave functions type parameters
        function.type_params = []  # type: ignore[attr-defined,unused-ignore]
    return function


def _arguments(names: list[str]) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


class _Compiler:
    """Turns terms into expressions whose value is a list of case keys and ``Send``s."""

    def __init__(self, found: Iterator[Case], names: Mapping[str, str]) -> None:
        self.found = found
        self.names = names

    def term(self, term: Term) -> ast.expr:
        match term:
            case Named() | Stop() | Begin():
                return _list([ast.Constant(next(self.found).key)])
            case SendTo():
                return _list([self.send(term)])
            case Map():
                return self.map(term)
            case Chain():
                return self.term(term.items[0])
            case terms.Parallel() | terms.Together():
                return _list([ast.Starred(self.term(item), ast.Load()) for item in term.items])
            case terms.Choice():
                then = self.term(term.then)
                return ast.copy_location(ast.IfExp(term.test.tree, then, self.term(term.other)), term.test.tree)
            case terms.Switch():
                return self.switch(term)
            case terms.Route():
                return self.route(term)

    def send(self, term: SendTo) -> ast.expr:
        next(self.found)
        name = self.names.get(term.target.name, term.target.name)
        return _call("__send__", [ast.Constant(name), term.argument.tree], term.argument)

    def map(self, term: Map) -> ast.expr:
        each = ast.comprehension(ast.Name("__each__", ast.Store()), self.term(term.element), [], 0)
        return ast.ListComp(ast.Name("__each__", ast.Load()), [*term.generators, each])

    def switch(self, term: terms.Switch) -> ast.expr:
        keys: list[ast.expr | None] = [way.key.tree for way in term.ways if way.key]
        ways = ast.Dict(keys, [_later(self.term(way.target)) for way in term.ways])
        default = ast.Constant(None) if term.default is None else _later(self.term(term.default))
        return _call("__pick__", [ast.Constant(term.key.text), term.key.tree, ways, default], term.key)

    def route(self, term: terms.Route) -> ast.expr:
        keys: list[ast.expr | None] = []
        for way in term.ways:
            written = name_of(way.target) if isinstance(way.target, (Named, Stop)) else way.label
            keys.append(ast.Constant(self.names.get(written, written)) if way.key is None else way.key.tree)
        ways = ast.Dict(keys, [_later(self.term(way.target)) for way in term.ways])
        text = ast.Constant(term.function.text)
        return _call("__ask__", [text, term.function.tree, ast.Name("state", ast.Load()), ways], term.function)


def _list(items: list[ast.expr]) -> ast.expr:
    return ast.List(items, ast.Load())


def _later(value: ast.expr) -> ast.expr:
    return ast.Lambda(_arguments([]), value)


def _call(name: str, arguments: list[ast.expr], at: Expression) -> ast.expr:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), at.tree)


Later = Callable[[], list[Any]]


def _pick(text: str, value: Any, ways: dict[Any, Later], default: Later | None) -> list[Any]:
    try:
        way = ways.get(value, default)
    except TypeError:
        raise TypeError(
            f"{text} is {value!r}, which cannot be a key. Choose by a string, a number or an enum."
        ) from None
    if way is None:
        known = ", ".join(map(repr, ways))
        raise ValueError(f"{text} is {value!r}, and no way is for that; there are ways for {known}.")
    return way()


def _ask(text: str, function: Callable[[Any], Any], state: Any, ways: dict[Any, Later]) -> list[Any]:
    answers = function(state)
    found: list[Any] = []
    for answer in answers if isinstance(answers, (list, tuple)) else [answers]:
        if isinstance(answer, Send):
            found.append(answer)
        elif answer in ways:
            found += ways[answer]()
        else:
            hint = did_you_mean(str(answer), (str(END if way is END else way) for way in ways))
            raise ValueError(f"{text} says {answer!r}, which is none of this route's targets. {hint}")
    return found
