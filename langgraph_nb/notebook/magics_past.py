"""``%history``, ``%why``, ``%fork`` and ``%compare``: looking back. Each is a thin call of ``notebook.past``.

IPython has a ``%history`` of its own. It stays as it is: only a line with ``--thread``, which IPython's does not have,
is about a graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from langgraph_nb.notebook.live.audience import shell
from langgraph_nb.notebook.magics_run import argument, magic_arguments, named_graph, parse_argstring, split_line
from langgraph_nb.notebook.past import compare, fork, history, why
from langgraph_nb.notebook.past.records import read_past

__all__ = ["OPTIONS", "register", "unregister"]

OPTIONS = {
    "%history": ("--thread", "--at", "--before", "--limit", "--inside"),
    "%why": ("--thread", "--step", "--at", "--inside"),
    "%fork": ("--thread", "--at", "--as-node"),
    "%compare": ("--at-a", "--at-b", "--other"),
}
_THREAD = re.compile(r"(?:^|\s)--thread(?:\s|=|$)")


@magic_arguments("history")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
@argument("--at", help="The end of what is shown: a branch (b1), a step, a checkpoint; by default the newest step.")
@argument("--before", type=int, metavar="STEP", help="Only steps before this one: the next page.")
@argument("--limit", type=int, metavar="N", help="How many checkpoints are read, the newest; by default 200.")
@argument("--inside", metavar="NODE", help="A node that runs a graph: that graph's past.")
def _history(line: str) -> Any:
    """Look back at a thread: its steps, who wrote what, what changed, its branches.

    %history support --thread 42

    Without --thread this is IPython's %history, of what was typed.
    """
    __tracebackhide__ = True
    given = parse_argstring(_history, line)
    graph = named_graph(given.name)
    return history(graph, given.thread, at=given.at, before=given.before, limit=given.limit, inside=given.inside)


@magic_arguments("why")
@argument("name", help="The graph.")
@argument("node", help="The node.")
@argument("--thread", required=True, help="The thread.")
@argument("--step", type=int, help="The step; by default the last one in which it ran or could have run.")
@argument("--at", help="The branch, as for %%history.")
@argument("--inside", metavar="NODE", help="A node that runs a graph: ask about that graph.")
def _why(line: str) -> Any:
    """Why a node ran in a step, or did not.

    %why support review --thread 42 --step 3
    """
    __tracebackhide__ = True
    given = parse_argstring(_why, line)
    return why(named_graph(given.name), given.node, given.thread, step=given.step, at=given.at, inside=given.inside)


@magic_arguments("fork")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
@argument("--at", required=True, help="The step to go on from: its number, a branch (b1), a checkpoint.")
@argument("--as-node", help="The node that the values are to come from; by default the one that ran last.")
@argument("values", nargs="*", help="What to write, a Python expression; without it nothing is changed.")
def _fork(line: str) -> Any:
    """Begin a branch at an earlier step, with other values. Runs of the thread go on from there.

    %fork support --thread 42 --at 3 {"kind": "refund"}
    """
    __tracebackhide__ = True
    head, values = split_line(line)
    given = parse_argstring(_fork, head)
    written = shell().ev(values) if values else None
    return fork(named_graph(given.name), given.thread, at=given.at, values=written, as_node=given.as_node)


@magic_arguments("compare")
@argument("name", help="The graph.")
@argument("thread_a", help="A thread.")
@argument("thread_b", help="Another one; or the same, with two branches.")
@argument("--at-a", metavar="AT", help="The end of the first, as for %%history.")
@argument("--at-b", metavar="AT", help="The end of the second.")
@argument("--other", metavar="GRAPH", help="The graph of the second thread, where it is another one.")
def _compare(line: str) -> Any:
    """Put two threads side by side, step by step; where they part is marked.

    %compare support 42 43
    %compare support 42 42 --at-a b1 --at-b b2
    """
    __tracebackhide__ = True
    given = parse_argstring(_compare, line)
    other = named_graph(given.other) if given.other else None
    graph = named_graph(given.name)
    return compare(graph, given.thread_a, given.thread_b, at_a=given.at_a, at_b=given.at_b, other=other)


# -- registering -------------------------------------------------------------------------------------------------------

_MATCHER = "langgraph_nb.past"
_OWN: dict[str, Callable[[str], Any]] = {"why": _why, "fork": _fork, "compare": _compare}
THREADS = 300
"""Names of threads that are offered, or checkpoints that are looked at to find them."""


def _beside(original: Callable[[str], Any]) -> Callable[[str], Any]:
    """``%history`` of graphs beside IPython's."""

    def history_of_either(line: str) -> Any:
        __tracebackhide__ = True
        return _history(line) if _THREAD.search(line) else original(line)

    history_of_either.original = original  # type: ignore[attr-defined]
    history_of_either.__doc__ = f"{_history.__doc__}\n\nIPython's own:\n\n{original.__doc__}"
    return history_of_either


def register(ip: Any) -> None:
    """Add the magics and their completion; once, however often it is called."""
    for name, function in _OWN.items():
        ip.register_magic_function(function, "line", name)
    known = ip.magics_manager.magics["line"]
    if not hasattr(known["history"], "original"):
        ip.register_magic_function(_beside(known["history"]), "line", "history")
    if not any(getattr(m, "matcher_identifier", "") == _MATCHER for m in ip.Completer.custom_matchers):
        ip.Completer.custom_matchers.append(_matcher())


def unregister(ip: Any) -> None:
    """Take back what :func:`register` added."""
    known = ip.magics_manager.magics["line"]
    for name in _OWN:
        known.pop(name, None)
    known["history"] = getattr(known["history"], "original", known["history"])
    matchers = ip.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != _MATCHER]


def candidates(text: str, token: str, names: Iterable[str], find: Callable[[str], Any]) -> list[str]:
    """What can be written next in the line of a magic.

    Args:
        text: The line up to the cursor.
        token: The word that the cursor is in.
        names: The graphs.
        find: Gives a graph by its name.
    """
    magic, *words = text[: len(text) - len(token)].split()
    if magic not in OPTIONS:
        return []
    plain = [word for i, word in enumerate(words) if not word.startswith("-") and words[i - 1 : i] not in _TAKING]
    last = words[-1] if words else ""
    if not plain:
        found = list(names) if not last.startswith("-") else []
    else:
        found = _of_graph(magic, last, len(plain), find(plain[0]), words)
    left = () if last.startswith("-") else (option for option in OPTIONS[magic] if option not in words)
    return [name for name in dict.fromkeys((*found, *left)) if name.startswith(token)]


_TAKING = [[option] for options in OPTIONS.values() for option in options]


def _of_graph(magic: str, last: str, plain: int, graph: Any, words: list[str]) -> list[str]:
    """The nodes, threads and branches of a graph, where one of them comes next."""
    if last == "--as-node" or (magic == "%why" and plain == 1 and not last.startswith("-")):
        return [name for name in graph.plan.nodes if not name.startswith("__")]
    if last == "--inside":
        return list(graph.inner_graphs)
    if last == "--thread" or (magic == "%compare" and plain in (1, 2) and not last.startswith("-")):
        return _threads(graph.checkpointer)
    if last == "--at" and "--thread" in words[:-2]:
        past = read_past(graph, words[words.index("--thread") + 1], limit=THREADS)
        return [*(branch.name for branch in past.branches), *dict.fromkeys(str(s.number) for s in past.steps.values())]
    return []


def _threads(saver: Any) -> list[str]:
    """Threads of a saver, as many as can be told quickly."""
    if hasattr(saver, "recent_threads"):
        return list(saver.recent_threads(THREADS))
    found = saver.list(None, limit=THREADS) if saver else ()
    return list(dict.fromkeys(str(saved.config["configurable"]["thread_id"]) for saved in found))


def _matcher() -> Any:
    from IPython.core.completer import SimpleCompletion, context_matcher

    from langgraph_nb.notebook.extension import workbench

    def past_matcher(context: Any) -> dict[str, Any]:
        line = context.text_until_cursor
        token = re.split(r"\s", line)[-1]
        fits = line.startswith(tuple(f"{magic} " for magic in OPTIONS)) and token != line
        try:
            found = candidates(line, token, list(workbench().drafts), named_graph) if fits else []
        except Exception:  # of a name that is no graph, or a saver that cannot be asked: nothing to offer
            found = []
        completions = [SimpleCompletion(text=name, type="graph") for name in found]
        return {"completions": completions, "matched_fragment": token, "suppress": bool(found)}

    return context_matcher(identifier=_MATCHER)(past_matcher)
