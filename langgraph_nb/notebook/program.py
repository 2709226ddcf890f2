"""A notebook's graph as a plain program: its cells' sources, what they use from elsewhere, and the builder's calls."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.notebook import terms
from langgraph_nb.notebook.blueprint import Blueprint, BlueprintNode
from langgraph_nb.notebook.drafts import Draft
from langgraph_nb.notebook.edges import Branch, Edge, Join, Wire, cases, name_of
from langgraph_nb.notebook.routers import router_name
from langgraph_nb.notebook.rules import has_condition
from langgraph_nb.notebook.terms import Begin, Chain, Map, Named, SendTo, Stop, Term, inside
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy

_IMPORTS = {
    "sqlite3.": "import sqlite3\n",
    "InMemoryCache(": "from langgraph_nb.cache.memory import InMemoryCache",
    "InMemorySaver(": "from langgraph_nb.checkpoint.memory import InMemorySaver",
    "SqliteSaver(": "from langgraph_nb.checkpoint.sqlite import SqliteSaver",
    "StateGraph(": "from langgraph_nb.graph import END, START, StateGraph",
    "CachePolicy(": "from langgraph_nb.types import CachePolicy",
    "RetryPolicy(": "from langgraph_nb.types import RetryPolicy",
    "Send(": "from langgraph_nb.types import Send",
    "TimeoutPolicy(": "from langgraph_nb.types import TimeoutPolicy",
}
"""What the builder's calls need."""
_OURS = (
    "START", "END", "StateGraph", "Send", "CachePolicy", "RetryPolicy", "TimeoutPolicy", "InMemoryCache",
    "InMemorySaver", "SqliteSaver", "sqlite3",
)  # fmt: skip
_PLAIN = (str, bytes, int, float, bool, type(None))
_GIVEN = {*dir(builtins)} - {"display"}
"""What a program has without asking. IPython adds ``display``, which a program does not have."""


def program(draft: Draft, blueprint: Blueprint, namespace: Mapping[str, Any]) -> str:
    """The program that builds a graph without a notebook.

    Names that the graph's cells take from ordinary cells are carried along: imports as imports, functions and classes
    by their source, plain values as they are. What cannot be written down is named in a comment.

    Args:
        draft: The cells' sources.
        blueprint: A complete one.
        namespace: Where names from elsewhere are found.
    """
    future, own = _split_future("\n\n\n".join(cell.code for cell in draft.cells.values() if cell.code))
    calls = "\n".join(_Calls(draft, blueprint).lines())
    elsewhere = _Elsewhere(namespace)
    elsewhere.provide(f"{own}\n{calls}")
    head = [line for word, line in _IMPORTS.items() if word in calls]
    imports = "\n".join([*future, *head, *elsewhere.imports])
    return "\n\n\n".join(part for part in (imports, *elsewhere.sources, own, calls) if part) + "\n"


def _split_future(source: str) -> tuple[list[str], str]:
    """``from __future__`` imports have to come first in a file."""
    lines = source.split("\n")
    future = [line for line in lines if line.startswith("from __future__ ")]
    return list(dict.fromkeys(future)), "\n".join(line for line in lines if line not in future).strip()


class _Elsewhere:
    """What a source uses and does not define."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.imports: list[str] = []
        self.sources: list[str] = []
        self._done = {*_OURS, *_GIVEN}

    def provide(self, source: str) -> None:
        """Write down what the source needs, and what that needs in turn."""
        for name in sorted(_free(source)):
            if name in self._done or not (name in self.namespace or hasattr(builtins, name)):
                continue
            self._done.add(name)
            value = self.namespace[name] if name in self.namespace else getattr(builtins, name)
            if line := _import_of(name, value):
                self.imports.append(line)
            else:
                text = _source_of(name, value)
                self.provide(text)
                self.sources.append(text)


def _free(source: str) -> set[str]:
    """The global names that a source uses and does not bind."""
    tables = [symtable.symtable(source, "<program>", "exec")]
    used: set[str] = set()
    bound: set[str] = set()
    for table in tables:
        tables += table.get_children()
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                used.add(symbol.get_name())
            if top and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                bound.add(symbol.get_name())
    return used - bound


def _import_of(name: str, value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__}" + ("" if value.__name__ == name else f" as {name}")
    module = getattr(value, "__module__", None)
    if not isinstance(module, str) or module == "__main__" or module not in sys.modules:
        return ""
    parts = module.split(".")
    for place in (".".join(parts[:n]) for n in range(1, len(parts) + 1)):  # pydantic rather than pydantic.main
        for known in (getattr(value, "__name__", name), getattr(value, "_name", name), name):
            if getattr(sys.modules.get(place), str(known), None) is value:
                return f"from {place} import {known}" + ("" if known == name else f" as {name}")
    return ""


def _source_of(name: str, value: Any) -> str:
    if inspect.isfunction(value) or isinstance(value, type):
        if isinstance(value, type) and (source := _class_of_a_cell(value)):
            return source
        try:
            return inspect.getsource(value).strip()
        except (OSError, TypeError):  # defined where no source is kept
            return f"# {name}: define it here; its source is not at hand"
    if isinstance(value, _PLAIN):
        return f"{name} = {value!r}"
    return f"# {name}: make it here; in the notebook it is of type {type(value).__name__}"


def _class_of_a_cell(kind: type) -> str:
    """The source of a class that a cell defines, from the newest that fits; ``inspect`` finds those of files only."""
    name, fields = kind.__name__, list(vars(kind).get("__annotations__", ()))
    for size, mtime, lines, _ in (entry for entry in reversed(linecache.cache.values()) if len(entry) == 4):
        text = "".join(lines)
        if mtime is not None or not size or f"class {name}" not in text:
            continue
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for found in tree.body:
            if isinstance(found, ast.ClassDef) and found.name == name and _fields(found) == fields:
                first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
                return "\n".join(text.splitlines()[first - 1 : found.end_lineno])
    return ""


def _fields(definition: ast.ClassDef) -> list[str]:
    """The names that a class annotates."""
    annotated = (line.target for line in definition.body if isinstance(line, ast.AnnAssign))
    return list(dict.fromkeys(target.id for target in annotated if isinstance(target, ast.Name)))


class _Calls:
    """The calls of the builder."""

    def __init__(self, draft: Draft, blueprint: Blueprint) -> None:
        self.draft = draft
        self.blueprint = blueprint

    def lines(self) -> Iterator[str]:
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
        yield written if all(part.isidentifier() for part in written.split(".")) else node.code.__name__
        for name, value in node.options.arguments().items():
            yield f"{name}={_value_source(value)}"

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
