"""Which statements of a notebook a name depends on, so that these can be run and the others left alone.

A statement counts when it binds a needed name, or changes what one stands for before something needed uses it
(``builder.add_node(...)``). What only runs a graph or shows something does not. Knows Python's syntax, and how graphs
are run; nothing else of them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

RUNNING = {
    "invoke", "ainvoke", "stream", "astream", "batch", "abatch", "astream_events", "stream_events", "get_state",
    "aget_state", "get_state_history", "update_state", "aupdate_state", "get_graph",
}  # fmt: skip
"""Methods that change nothing of the graph that they are called on."""
_OWN_NAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Statement:
    """A statement of a notebook's cell, and what it does with names."""

    tree: ast.stmt = field(repr=False)
    cell: int
    """Its cell's place in the notebook."""
    binds: frozenset[str]
    uses: frozenset[str]
    changes: frozenset[str]
    """Names of what it may change: by calling a method, or by setting an item or an attribute."""


def statement(tree: ast.stmt, cell: int = 0) -> Statement:
    """What a statement does with names.

    Example:
        >>> found = statement(ast.parse("builder.add_node('a', f)").body[0])
        >>> sorted(found.uses), sorted(found.changes)
        (['builder', 'f'], ['builder'])
    """
    loaded = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    changes: set[str] = set()
    if not isinstance(tree, _OWN_NAMES) and not any(isinstance(n, ast.Await) for n in ast.walk(tree)):
        changes = set(_changed(tree))
    return Statement(tree, cell, frozenset(_bound(tree)), frozenset(loaded), frozenset(changes))


def _bound(tree: ast.stmt) -> Iterator[str]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
        if not isinstance(node, _OWN_NAMES):
            pending += ast.iter_child_nodes(node)


def _changed(tree: ast.stmt) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method not in RUNNING:
                yield from _root(owner)
            case ast.Attribute(value=owner, ctx=ast.Store()) | ast.Subscript(value=owner, ctx=ast.Store()):
                yield from _root(owner)


def _root(node: ast.expr) -> Iterator[str]:
    """The name that an expression like ``a.b().c[0]`` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def needed(statements: Sequence[Statement], names: Collection[str], late: bool = False) -> list[Statement]:
    """The statements that some names depend on, in their order.

    Args:
        statements: All of a notebook, in order.
        names: What is wanted.
        late: Whether the names are looked up when all has run, so that every change of what they stand for counts.

    Example:
        >>> sources = "a = []", "b = 1", "a.append(b)", "print(a)"
        >>> all_of_them = [statement(ast.parse(source).body[0]) for source in sources]
        >>> [ast.unparse(found.tree) for found in needed(all_of_them, ["a"], late=True)]
        ['a = []', 'b = 1', 'a.append(b)']
    """
    wanted = set(names)
    at_the_end = set(names) if late else set()
    chosen: set[int] = set()
    while True:
        used = dict(_last_use(statements, chosen))
        more = {
            number
            for number, one in enumerate(statements)
            if number not in chosen
            and (one.binds & wanted or any(c in at_the_end or used.get(c, -1) > number for c in one.changes & wanted))
        }
        if not more:
            return [one for number, one in enumerate(statements) if number in chosen]
        chosen |= more
        wanted |= {name for number in more for name in statements[number].uses}


def _last_use(statements: Sequence[Statement], chosen: Iterable[int]) -> Iterator[tuple[str, int]]:
    for number in sorted(chosen):
        yield from ((name, number) for name in statements[number].uses)
