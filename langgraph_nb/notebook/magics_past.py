"""``%history``, ``%why``, ``%fork`` and ``%compare``: looking back. Each is a thin call of ``notebook.past``.

IPython has a ``%history`` of its own. It stays as it is: only a line with ``--thread``, which IPython's does not have,
or that begins with the name of a graph, is about a graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from langgraph_nb.notebook.cells import not_python
from langgraph_nb.notebook.live.audience import shell
from langgraph_nb.notebook.magics import argument, magic_arguments, named_graph, parse_argstring, split_line
from langgraph_nb.notebook.past import compare, fork, history, why

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
    written = _value(values) if values else None
    return fork(named_graph(given.name), given.thread, at=given.at, values=written, as_node=given.as_node)


def _value(source: str) -> Any:
    """The value of an expression in the notebook's namespace; what it raises is shown with its line."""
    from langgraph_nb.notebook.extension import cell_number

    __tracebackhide__ = True
    ip = shell()
    name = ip.compile.cache(source, cell_number(ip), raw_code=source)
    try:
        code = compile(source, name, "eval")
    except SyntaxError as error:
        raise not_python(error, source.split("\n")) from None
    return eval(code, ip.user_global_ns, ip.user_ns)


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


MAGICS: tuple[tuple[Callable[..., Any], str, str], ...] = (
    (_history, "line", "history"),
    (_why, "line", "why"),
    (_fork, "line", "fork"),
    (_compare, "line", "compare"),
)


def beside(original: Callable[[str], Any], is_graph: Callable[[str], bool]) -> Callable[[str], Any]:
    """``%history`` of graphs beside IPython's.

    Args:
        original: IPython's.
        is_graph: Whether a graph has this name: then a line without a thread is told that it lacks one.
    """

    def history_of_either(line: str) -> Any:
        __tracebackhide__ = True
        return _history(line) if _THREAD.search(line) or is_graph(line.partition(" ")[0]) else original(line)

    history_of_either.original = original  # type: ignore[attr-defined]
    history_of_either.__doc__ = f"{_history.__doc__}\n\nIPython's own:\n\n{original.__doc__}"
    return history_of_either
