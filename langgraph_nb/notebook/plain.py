"""Sources of graphs' cells without what only notebooks need: ``@node(...)``, whose options a program writes elsewhere.

Knows Python's syntax; nothing of graphs.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

Options = dict[str, dict[str, str]]
"""Function -> option -> its source."""


def without_marks(source: str, marks: Collection[str]) -> tuple[str, Options]:
    """A source without the decorators of these names and their imports, and what they said.

    Args:
        source: Python.
        marks: What the decorator is called in it.

    Example:
        >>> without_marks("@node(retry=2)\\ndef a(state): ...", ["node"])
        ('def a(state): ...', {'a': {'retry': '2'}})
    """
    options: Options = {}
    gone: set[int] = set()
    changed: dict[int, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for mark in node.decorator_list:
                if _name(mark) in marks:
                    options[node.name] = dict(_given(mark))
                    gone |= set(range(mark.lineno, (mark.end_lineno or mark.lineno) + 1))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("langgraph_nb"):
            left = [alias for alias in node.names if alias.name != "node" or (alias.asname or "node") not in marks]
            if len(left) < len(node.names):
                gone |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                if left:
                    line = ast.unparse(ast.ImportFrom(node.module, left, node.level))
                    changed[node.lineno] = " " * node.col_offset + line
    lines = enumerate(source.split("\n"), 1)
    kept = (changed.get(number, line) for number, line in lines if number not in gone or number in changed)
    return "\n".join(kept).strip("\n"), options


def _name(mark: ast.expr) -> str:
    return ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)


def _given(mark: ast.expr) -> Iterator[tuple[str, str]]:
    for keyword in mark.keywords if isinstance(mark, ast.Call) else ():
        if keyword.arg:
            yield keyword.arg, ast.unparse(keyword.value)
