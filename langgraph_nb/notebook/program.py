"""A notebook's graph as a plain program: its cells' sources, what they use from elsewhere, and the builder's calls.

What wiring says is written by ``calls``; what the graph's cells do not define is found by ``elsewhere``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph_nb.notebook.blueprint import Blueprint
from langgraph_nb.notebook.calls import Calls
from langgraph_nb.notebook.drafts import Draft
from langgraph_nb.notebook.elsewhere import Elsewhere, in_order
from langgraph_nb.notebook.node import node
from langgraph_nb.notebook.plain import Options, without_marks

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


def sections(
    draft: Draft, blueprint: Blueprint, namespace: Mapping[str, Any], history: Sequence[str] = ()
) -> list[str]:
    """The parts of the program that builds a graph without a notebook: imports, definitions, the builder's calls.

    Names that the graph's cells take from ordinary cells are carried along: imports as imports, functions and classes
    by their source, plain values as they are, others by the statement that made them. What cannot be written down is
    named in a comment.

    Args:
        draft: The cells' sources.
        blueprint: A complete one.
        namespace: Where names from elsewhere are found.
        history: The sources that ran in the notebook, in plain Python, the oldest first.
    """
    marks = [name for name, value in {**namespace, **draft.owned}.items() if value is node]
    options: Options = {}
    future: list[str] = []

    def plain(source: str) -> str:
        lines, text = _split_future(source)
        future.extend(line for line in lines if line not in future)
        text, said = without_marks(text, marks)
        options.update(said)
        return text

    own = [text for cell in draft.cells.values() if cell.code and (text := plain(cell.code))]
    elsewhere = Elsewhere(namespace, history, (*_OURS, *marks))
    elsewhere.provide("\n".join(own + [written for written in blueprint.names if written.isidentifier()]))
    ours = [plain(source) for source in elsewhere.sources]
    calls = "\n".join(Calls(draft, blueprint, options).lines())
    elsewhere.provide("\n".join([*own, calls]))
    ours += [plain(source) for source in elsewhere.sources[len(ours) :]]
    whole = "\n".join([*ours, *own, calls])
    head = [line for word, line in _IMPORTS.items() if word in whole]
    imports = "\n".join([*future, *_alias(), *head, *elsewhere.imports])
    return [part for part in (imports, *in_order([*ours, *own]), calls) if part]


def _alias() -> list[str]:
    """Where ``langgraph`` is served from here, it is in the program too, before packages import it."""
    finder = sys.modules.get("langgraph_nb.alias.finder")
    installed = finder is not None and finder.is_installed()
    return ["import langgraph_nb.alias", "", "langgraph_nb.alias.install()", ""] if installed else []


def _split_future(source: str) -> tuple[list[str], str]:
    """``from __future__`` imports have to come first in a file."""
    lines = source.split("\n")
    future = [line for line in lines if line.startswith("from __future__ ")]
    return list(dict.fromkeys(future)), "\n".join(line for line in lines if line not in future).strip()
