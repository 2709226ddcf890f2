"""Completion in ``%graph`` lines and ``%%graph`` cells: graph names, options, and the names that wiring can use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from langgraph_nb.notebook.magics_graph import CELL_OPTIONS, LINE_OPTIONS
from langgraph_nb.notebook.registry import Workbench

_DEFINED = re.compile(r"^(?:async\s+)?def\s+(\w+)", re.MULTILINE)
_WORDS = ("START", "END", "route")


def candidates(bench: Workbench, text: str, token: str) -> list[str]:
    """What can be written next.

    Args:
        bench: The graphs.
        text: The cell up to the cursor.
        token: The word that the cursor is in.
    """
    head, newline, body = text.partition("\n")
    if newline:
        names = [*_DEFINED.findall(body), *_known(bench, head), *_WORDS] if head.startswith("%%graph") else []
        return _starting(names, token)
    magic, *words = head[: len(head) - len(token)].split()
    if magic not in ("%graph", "%%graph"):
        return []
    if words and words[-1] == "--checkpointer":
        return _starting(("memory", "sqlite:"), token)
    if words and words[-1] == "--cache":
        return _starting(("memory",), token)
    names = [] if any(not word.startswith("-") for word in words) else list(bench.drafts)
    return _starting((*names, *(LINE_OPTIONS if magic == "%graph" else CELL_OPTIONS)), token)


def _known(bench: Workbench, head: str) -> Iterable[str]:
    name = next(iter(head.split()[1:]), "")
    return bench.drafts[name].owned if name in bench.drafts else ()


def _starting(names: Iterable[str], token: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(token)]


def matcher(bench: Workbench) -> Any:
    """A matcher for IPython's completer."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator,unused-ignore]
    def graph_matcher(context: Any) -> dict[str, Any]:
        text = context.full_text.split("\n")
        until = "\n".join([*text[: context.cursor_line], context.text_until_cursor])
        token = re.split(r"[\s(\[{,]", until)[-1]
        found = candidates(bench, until, token) if until.startswith(("%graph", "%%graph")) else []
        return {
            "completions": [SimpleCompletion(text=name, type="graph") for name in found],
            "matched_fragment": token,
            "suppress": bool(found) and context.cursor_line == 0,
        }

    return graph_matcher
