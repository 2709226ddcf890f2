"""Where ``langgraph_nb`` does not do what LangGraph does, on purpose: a function for each, in a module for each topic.

``test_differences.py`` runs them on both packages; ``differences.md`` gives the reasons.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..harness import OURS, THEIRS, Namespace, Run, thread
from ..programs.routing import State, build


@dataclass(frozen=True)
class Refused:
    """An error is expected: the name of its class, and words of its message."""

    kind: str
    words: str = ""

    def matches(self, error: Any) -> bool:
        return isinstance(error, Exception) and self.kind in _class_names(error) and self.words in str(error)


@dataclass(frozen=True)
class Difference:
    """A program whose result differs, with the two results."""

    show: Callable[[Namespace, Run], Any]
    expected: dict[str, Any]


DIFFERENCES: dict[str, Difference] = {}


def differs(*, theirs: Any, ours: Any) -> Callable[[Callable[[Namespace, Run], Any]], Callable[[Namespace, Run], Any]]:
    """Register a function that returns what it sees; the arguments say what that is."""

    def register(show: Callable[[Namespace, Run], Any]) -> Callable[[Namespace, Run], Any]:
        DIFFERENCES[show.__name__] = Difference(show, {THEIRS: theirs, OURS: ours})
        return show

    return register


def _class_names(error: BaseException) -> set[str]:
    return {c.__name__ for c in type(error).__mro__}


def one_node(lg: Namespace, run: Run, schema: Any, node: Any) -> Any:
    return lg.StateGraph(schema).add_node("n", node).add_edge(lg.START, "n").compile(checkpointer=run.saver)


def returning(lg: Namespace, value: Any, *others: str) -> Any:
    """A builder whose entry ``start`` returns ``value``, with nodes that note that they ran."""
    builder = build(lg, *others, entry=False) if others else lg.StateGraph(State)
    return builder.add_node("start", lambda state: value).add_edge(lg.START, "start")


def asking(lg: Namespace, run: Run) -> Any:
    """A paused app: its only node asks."""

    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    app = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return app
