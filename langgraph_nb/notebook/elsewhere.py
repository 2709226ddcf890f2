"""What a source uses and does not define, written down: imports, functions, values, and how the notebook made the rest.

Knows Python and a namespace; nothing of graphs.
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import symtable
import sys
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

_PLAIN = (str, bytes, int, float, bool, type(None))
_HOLDING = (list, tuple, set, frozenset)
_GIVEN = {*dir(builtins)} - {"display"}
"""What a program has without asking. IPython adds ``display``, which a program does not have."""


class Elsewhere:
    """Collects what sources need.

    Args:
        namespace: Where names are looked up.
        history: The sources that ran, in plain Python, the oldest first.
        given: Names that are there already.

    Example:
        >>> found = Elsewhere({"limit": 3})
        >>> found.provide("print(limit)")
        >>> found.sources
        ['limit = 3']
    """

    def __init__(
        self, namespace: Mapping[str, Any], history: Sequence[str] = (), given: Collection[str] = ()
    ) -> None:
        self.namespace = namespace
        self.imports: list[str] = []
        self.sources: list[str] = []
        self._history = history
        self._done = {*given, *_GIVEN}

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
                text = _source_of(name, value, self._history)
                self.provide(text)
                if text not in self.sources:  # one statement may give several names
                    self.sources.append(text)


def _free(source: str) -> set[str]:
    """The global names that a source uses and does not bind."""
    used, _, bound = _names(source)
    return used - bound


def _names(source: str) -> tuple[set[str], set[str], set[str]]:
    """The global names that a source uses, those of them that it uses while it is read, and those that it binds."""
    used: set[str] = set()
    at_once: set[str] = set()
    bound: set[str] = set()
    pending = [(symtable.symtable(source, "<program>", "exec"), True)]
    while pending:
        table, now = pending.pop()
        pending += ((inner, now and inner.get_type() == "class") for inner in table.get_children())
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                used.add(symbol.get_name())
                if now:
                    at_once.add(symbol.get_name())
            if top and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                bound.add(symbol.get_name())
    return used, at_once, bound


def in_order(sources: Sequence[str]) -> list[str]:
    """Sources in an order in which each can be run: what one uses at once stands above it, else as they are.

    Example:
        >>> in_order(["def f(x: State): ...", "class State: ..."])
        ['class State: ...', 'def f(x: State): ...']
    """
    left = [(source, *_names(source)[1:]) for source in sources]
    found: list[str] = []
    while left:
        waiting = [set().union(*(bound for other, _, bound in left if other is not source)) for source, _, _ in left]
        ready = (i for i, (_, needs, bound) in enumerate(left) if not (needs - bound) & waiting[i])
        found.append(left.pop(next(ready, 0))[0])
    return found


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


def _source_of(name: str, value: Any, history: Sequence[str]) -> str:
    if inspect.isfunction(value) or isinstance(value, type):
        try:
            return inspect.getsource(value).strip()
        except (OSError, TypeError):  # defined where no source is kept
            pass
    if is_plain(value):
        return f"{name} = {value!r}"
    if made := made_by(name, history):
        return made
    kind = type(value).__name__
    return f"# {name}: make it here; in the notebook it is of type {kind}, and the cell that made it is not known"


def is_plain(value: Any) -> bool:
    """Whether a value's representation makes the value again.

    Example:
        >>> is_plain({"kinds": ["a", ("b", 1)]}), is_plain([object()])
        (True, False)
    """
    if isinstance(value, enum.Enum):
        return False
    if type(value) is dict:
        return all(is_plain(part) for pair in value.items() for part in pair)
    return type(value) in _PLAIN or (type(value) in _HOLDING and all(map(is_plain, value)))


def made_by(name: str, history: Sequence[str]) -> str:
    """The statement that gave a name its value the last time, from the sources that ran; empty where none did.

    Example:
        >>> made_by("b", ["a = b = open('x')", "c = 1"])
        "a = b = open('x')"
    """
    for source in reversed(history):
        try:
            statements = ast.parse(source).body
        except SyntaxError:  # a cell that did not run
            continue
        for statement in reversed(statements):
            if name in set(_binds(statement)):
                return _segment(source, statement)
    return ""


def _binds(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _segment(source: str, statement: ast.stmt) -> str:
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(one.lineno for one in decorators)])
    lines = source.split("\n")[first - 1 : statement.end_lineno]
    return "\n".join(lines) if statement.col_offset == 0 else ast.unparse(statement)
