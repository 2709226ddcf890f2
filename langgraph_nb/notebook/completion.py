"""Completion for every magic: graphs, nodes, threads, branches, options and their values, and names in wiring.

What a magic takes is read from its parser, so a new magic or option is completed without a word here. What can stand
for an argument is said by its name.
"""

from __future__ import annotations

import re
import shlex
from argparse import Action
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langgraph_nb.notebook.exports import SUFFIXES
from langgraph_nb.notebook.past.records import read_past
from langgraph_nb.notebook.registry import Workbench
from langgraph_nb.notebook.threads import THREADS, threads_of
from langgraph_nb.stepping.breakpoints import OPEN, node_paths

_DEFINED = re.compile(r"^(?:async\s+)?def\s+(\w+)", re.MULTILINE)
_WORDS = ("START", "END", "route")
_LINE = re.compile(r"(?:[\w\s,]+=\s*)?(%{1,2}\w+)\s(.*)", re.DOTALL)


def candidates(bench: Workbench, magics: Mapping[str, Callable[..., Any]], text: str, token: str) -> list[str]:
    """What can be written next.

    Args:
        bench: The graphs.
        magics: The functions of magics, by name with their signs: ``%graph``.
        text: The cell up to the cursor.
        token: The word that the cursor is in.
    """
    head, newline, body = text.partition("\n")
    if newline and head.startswith("%%"):
        names = [*_DEFINED.findall(body), *_known(bench, head), *_WORDS] if head.startswith("%%graph") else []
        return _starting(names, token)
    found = _LINE.fullmatch(text.rpartition("\n")[2])
    if found is None or found[1] not in magics:
        return []
    words = found[2][: len(found[2]) - len(token)]
    return _Line(bench, magics[found[1]].parser._actions, _split(words)).candidates(token)  # type: ignore[attr-defined]


def _known(bench: Workbench, head: str) -> Iterable[str]:
    name = next(iter(head.split()[1:]), "")
    return bench.drafts[name].owned if name in bench.drafts else ()


def _starting(names: Iterable[str], token: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(token)]


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words)
    except ValueError:  # a quote that is not closed yet
        return words.split()


class _Line:
    """The words of a magic's line before the cursor, taken as its parser would."""

    def __init__(self, bench: Workbench, actions: list[Action], words: list[str]) -> None:
        self.bench = bench
        self.options = {name: action for action in actions for name in action.option_strings if name.startswith("--")}
        self.plain = [action for action in actions if not action.option_strings]
        self.given: dict[str, str] = {}
        self.used: set[str] = set()
        self.open: Action | None = None
        """The option whose value comes next."""
        for word in words:
            self.take(word)

    def take(self, word: str) -> None:
        if self.open is not None:
            self.given[self.open.dest], self.open = word, None
        elif word in self.options:
            self.used.add(word)
            self.open = self.options[word] if self.options[word].nargs != 0 else None
        elif self.plain:
            self.given[self.plain.pop(0).dest] = word

    def candidates(self, token: str) -> list[str]:
        if self.open is not None:
            return _starting(self.values(self.open), token)
        values = self.values(self.plain[0]) if self.plain and not token.startswith("-") else []
        many = {name for name, action in self.options.items() if type(action).__name__ == "_AppendAction"}
        left = [name for name in self.options if name not in self.used or name in many]
        return _starting([*values, *left], token)

    def values(self, action: Action) -> list[str]:
        """What can stand for an argument."""
        if action.choices is not None:
            return list(map(str, action.choices))
        if action.dest in _VALUES:
            return list(_VALUES[action.dest](self))
        return list(_OF_GRAPH[action.dest](self, self.graph)) if action.dest in _OF_GRAPH else []

    @property
    def graph(self) -> Any:
        return self.bench.runnable(self.given["name"])

    def graphs(self) -> list[str]:
        return self.bench.names()

    def files(self) -> list[str]:
        return [f"{self.given.get('name', 'graph')}{suffix}" for suffix in SUFFIXES]

    def nodes(self, graph: Any) -> list[str]:
        return [name for name in graph.plan.nodes if not name.startswith("__")]

    def inner(self, graph: Any) -> list[str]:
        return list(graph.inner_graphs)

    def paths(self, graph: Any) -> list[str]:
        """Where a debugger can stop."""
        return sorted(":".join(path) for path in node_paths(graph) if path[-1] != OPEN)

    def threads(self, graph: Any) -> list[str]:
        return threads_of(graph)

    def places(self, graph: Any, thread: str = "thread") -> list[str]:
        """Branches and steps of a thread."""
        thread = self.given.get(thread, "")
        past = read_past(graph, thread, limit=THREADS)
        return [*(branch.name for branch in past.branches), *dict.fromkeys(str(s.number) for s in past.steps.values())]

    def steps(self, graph: Any) -> list[str]:
        """Steps of a thread."""
        return [place for place in self.places(graph) if place.lstrip("-").isdecimal()]

    def cells(self) -> list[str]:
        """Numbers of the cells that contributed to a graph."""
        return [c.label.strip("[]") for c in self.bench.draft(self.given["name"]).cells.values() if c.label]


_VALUES: Mapping[str, Callable[[_Line], Iterable[str]]] = {
    "name": _Line.graphs,
    "other": _Line.graphs,
    "export": _Line.files,
    "checkpointer": lambda line: ("memory", "sqlite:"),
    "cache": lambda line: ("memory",),
    "saver": lambda line: ("sqlite:",),
    "forget": _Line.cells,
}
_OF_GRAPH: Mapping[str, Callable[[_Line, Any], Iterable[str]]] = {
    "thread": _Line.threads,
    "thread_a": _Line.threads,
    "thread_b": _Line.threads,
    "node": _Line.nodes,
    "as_node": _Line.nodes,
    "inside": _Line.inner,
    "breaks": _Line.paths,
    "at": _Line.places,
    "at_a": lambda line, graph: line.places(graph, "thread_a"),
    "at_b": lambda line, graph: line.places(graph, "thread_b"),
    "step": _Line.steps,
}


def matcher(bench: Workbench, magics: Mapping[str, Callable[..., Any]]) -> Any:
    """A matcher for IPython's completer."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="langgraph_nb")  # type: ignore[untyped-decorator,unused-ignore]
    def graph_matcher(context: Any) -> dict[str, Any]:
        text = context.full_text.split("\n")
        until = "\n".join([*text[: context.cursor_line], context.text_until_cursor])
        inside = context.cursor_line > 0 and until.startswith("%%")
        token = re.split(r"[\s(\[{,]" if inside else r"\s", until)[-1]
        try:
            found = candidates(bench, magics, until, token)
        except Exception:  # of a name that is no graph, or a saver that cannot be asked, there is nothing to offer
            found = []
        return {
            "completions": [SimpleCompletion(text=name, type="graph") for name in found],
            "matched_fragment": token,
            "suppress": bool(found) and not inside,
        }

    return graph_matcher
