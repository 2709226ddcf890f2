"""The calls of the builder that a graph's wiring stands for, as Python.

``program`` puts the rest of a program around them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.notebook import terms
from langgraph_nb.notebook.blueprint import Blueprint, BlueprintNode
from langgraph_nb.notebook.drafts import Draft
from langgraph_nb.notebook.edges import Branch, Edge, Join, Wire, cases, name_of
from langgraph_nb.notebook.plain import Options
from langgraph_nb.notebook.routers import router_name
from langgraph_nb.notebook.rules import has_condition
from langgraph_nb.notebook.terms import Begin, Chain, Map, Named, SendTo, Stop, Term, inside
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy

_ARGUMENTS = {
    "retry": "retry_policy", "cache": "cache_policy", "timeout": "timeout", "metadata": "metadata", "defer": "defer",
    "error_handler": "error_handler", "transaction": "transaction",
}  # fmt: skip
"""Options of ``@node`` -> arguments of ``add_node``."""


class Calls:
    """The calls of the builder.

    Args:
        draft: Its options as text.
        blueprint: A complete one.
        options: What was said of nodes where they are defined, as text; else the values themselves are written.
    """

    def __init__(self, draft: Draft, blueprint: Blueprint, options: Options) -> None:
        self.draft = draft
        self.blueprint = blueprint
        self.options = options

    def lines(self) -> Iterator[str]:
        """The functions that choose, the builder's calls, and the graph."""
        wires = [wire for _, wire in self.blueprint.wiring]
        routers = {wire: self._router(number, wire) for number, wire in enumerate(wires) if isinstance(wire, Branch)}
        for branch, name in routers.items():
            if not (isinstance(branch.way, terms.Route) and branch.way.is_plain):
                yield f"def {name}(state):\n    return {self.way(branch.way)}\n\n"
        yield f"builder = StateGraph({', '.join(self._schemas())})"
        for node in self.blueprint.nodes:
            yield f"builder.add_node({', '.join(self._node(node))})"
        for wire in wires:
            yield self._wire(wire, routers)
        yield f"{self.draft.name} = builder.compile({', '.join(self._compile())})"

    def _schemas(self) -> Iterator[str]:
        options = self.draft.options
        yield options.get("state", "State")
        for option, argument in (("context", "context_schema"), ("input", "input_schema"), ("output", "output_schema")):
            if option in options:
                yield f"{argument}={options[option]}"

    def _node(self, node: BlueprintNode) -> Iterator[str]:
        yield repr(node.name)
        written = next(written for written, name in self.blueprint.names.items() if name == node.name)
        code = written if all(part.isidentifier() for part in written.split(".")) else node.code.__name__
        yield code
        said = self.options.get(code, {})
        texts = {_ARGUMENTS[option]: text for option, text in said.items() if option in _ARGUMENTS}
        for name, value in node.options.arguments().items():
            text = texts.get(name, "")
            yield f"{name}={text if text and not text.isdecimal() else _value_source(value)}"

    def _compile(self) -> Iterator[str]:
        options = self.draft.options
        if "checkpointer" in options:
            yield f"checkpointer={_saver_source(options['checkpointer'])}"
        if "store" in options:
            yield f"store={options['store']}"
        if "cache" in options:
            yield f"cache={'InMemoryCache()' if options['cache'] == 'memory' else options['cache']}"
        for when in ("before", "after"):
            names = [node.name for node in self.blueprint.nodes if node.options.pause in (when, "both")]
            if names:
                yield f"interrupt_{when}={names!r}"
        yield f"name={self.draft.name!r}"

    def _wire(self, wire: Wire, routers: Mapping[Branch, str]) -> str:
        match wire:
            case Edge():
                return f"builder.add_edge({self.node(wire.source)}, {self.node(wire.target)})"
            case Join():
                sources = ", ".join(map(self.node, wire.sources))
                return f"builder.add_edge([{sources}], {self.node(wire.target)})"
            case Branch():
                path, targets = routers[wire], f"[{', '.join(self._targets(wire.way))}]"
                if isinstance(wire.way, terms.Route) and wire.way.is_plain:
                    path = wire.way.function.text
                    ways = ((w.key.text if w.key else self.way(w.target), self.way(w.target)) for w in wire.way.ways)
                    targets = "{" + ", ".join(f"{key}: {target}" for key, target in ways) + "}"
                return f"builder.add_conditional_edges({self.node(wire.source)}, {path}, {targets})"

    def _targets(self, way: Term) -> list[str]:
        return list(dict.fromkeys(self.node(case.target) for case in cases(way)))

    def _router(self, number: int, branch: Branch) -> str:
        earlier = [w for _, w in self.blueprint.wiring[:number] if isinstance(w, Branch) and w.source == branch.source]
        return router_name(branch.source) + (f"_{len(earlier) + 1}" if earlier else "")

    def node(self, name: str) -> str:
        if name in (START, END):
            return "START" if name == START else "END"
        return repr(self.blueprint.name_of(name))

    def way(self, term: Term, listed: bool = False) -> str:
        """An expression over ``state`` for where to go: a name, a ``Send``, or a list of these."""
        match term:
            case Named() | Stop() | Begin() | SendTo():
                return f"[{self._one(term)}]" if listed else self._one(term)
            case Chain():
                return self.way(term.items[0], listed)
            case Map():
                generators = " ".join(ast.unparse(generator).strip() for generator in term.generators)
                return f"[{self.way(term.element)} {generators}]"
            case terms.Parallel() | terms.Together():
                return f"[{', '.join(map(self._member, term.items))}]"
            case terms.Choice():
                return f"{self._part(term.then, listed)} if {term.test.text} else {self._part(term.other, listed)}"
            case terms.Switch():
                later = "lambda: " if any(map(has_condition, inside(term))) else ""
                end = "()" if later else ""
                ways = ", ".join(f"{w.key.text}: {later}{self.way(w.target, listed)}" for w in term.ways if w.key)
                if term.default is None:
                    return f"{{{ways}}}[{term.key.text}]{end}"
                return f"{{{ways}}}.get({term.key.text}, {later}{self.way(term.default, listed)}){end}"
            case terms.Route():
                keys = (w.key.text if w.key else self.way(w.target) for w in term.ways)
                ways = ", ".join(f"{key}: {self.way(w.target, listed)}" for key, w in zip(keys, term.ways, strict=True))
                return f"{{{ways}}}[({term.function.text})(state)]"

    def _one(self, term: Named | Stop | Begin | SendTo) -> str:
        if isinstance(term, SendTo):
            return f"Send({self.node(term.target.name)}, {term.argument.text})"
        return self.node(name_of(term))

    def _part(self, term: Term, listed: bool) -> str:
        text = self.way(term, listed)
        return f"({text})" if isinstance(term, terms.Choice) else text

    def _member(self, term: Term) -> str:
        if isinstance(term, (Named, Stop, Begin, SendTo)):
            return self._one(term)
        return f"*({self.way(term, listed=True)})"


def _saver_source(text: str) -> str:
    if text == "memory":
        return "InMemorySaver()"
    if text.startswith("sqlite:"):
        return f"SqliteSaver(sqlite3.connect({text.removeprefix('sqlite:')!r}, check_same_thread=False))"
    return text


def _value_source(value: Any) -> str:
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    if not isinstance(value, RetryPolicy | CachePolicy | TimeoutPolicy):
        return str(getattr(value, "__name__", repr(value)))
    names = value._fields if isinstance(value, RetryPolicy) else [field.name for field in fields(value)]
    usual = type(value)()
    given = {name: getattr(value, name) for name in names if getattr(value, name) != getattr(usual, name)}
    return f"{type(value).__name__}({', '.join(f'{name}={_value_source(given[name])}' for name in given)})"
