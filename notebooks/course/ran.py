"""How the notebook's cells ended: where an answer's cell failed, what it made before is still there, and is no answer.

IPython tells of each cell that ran. This file must not know how anything is checked or shown.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from IPython import get_ipython

from .raised import error_text

__all__ = ["failure_of", "watch"]


@dataclass(frozen=True)
class _Ran:
    cell: str
    source: str
    error: str
    """What was raised, as text; empty if it ended well."""
    made: frozenset[str]
    """Of a cell that failed, the variables that it set before."""


class _Watch:
    """Notes of each cell of a shell how it ended."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.before: dict[str, int] = {}

    def begin(self, info: Any) -> None:
        self.before = {name: id(value) for name, value in self.namespace.items()}

    def end(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        text, made = "", frozenset[str]()
        if error is not None:
            text = error_text(error)
            made = frozenset(name for name, value in self.namespace.items() if self.before.get(name) != id(value))
        _cells.append(_Ran(str(getattr(result.info, "cell_id", "") or ""), str(result.info.raw_cell), text, made))


_cells: deque[_Ran] = deque(maxlen=200)


def watch() -> None:
    """Begin to note how cells end."""
    ip = get_ipython()  # type: ignore[no-untyped-call,unused-ignore]
    if ip is not None:
        watching = _Watch(ip.user_ns)
        ip.events.register("pre_run_cell", watching.begin)
        ip.events.register("post_run_cell", watching.end)


def failure_of(cell: str, names: Sequence[str]) -> str:
    """What an answer's cell raised when it ran last and came to no answer; empty if it ended well or never ran.

    Args:
        cell: The id of its cell. Front ends need not tell it, and an answer may be in another cell:
        names: so a cell that defines one of these counts too.
    """
    last = next((ran for ran in reversed(_cells) if ran.cell == cell or _defines(ran.source, names, _ANY)), None)
    if last is None:
        return ""
    named = {name for name in names if _defines(last.source, [name], _PLAIN)}  # graphs are made anew after many cells
    return "" if named and named <= last.made else last.error


_PLAIN = r"^(?:(?:async\s+)?def\s+|class\s+)(?:{0})\b|^(?:{0})\s*(?::[^=\n]*)?=(?!=)"
_ANY = rf"^%%graph\s+(?:{{0}})\b|{_PLAIN}"


def _defines(source: str, names: Sequence[str], how: str) -> bool:
    return re.search(how.format("|".join(map(re.escape, names)) or "(?!)"), source, re.MULTILINE) is not None
