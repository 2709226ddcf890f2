"""The error for a value that cannot be stored: what it is, where in the value, and who wrote it to which channel.

Whoever serialises knows the value and the path in it; whoever stores knows the channel and the node, and adds them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from langgraph_nb.constants import END, INPUT, INTERRUPT, PREVIOUS, RESUME, RETURN, ROOT, START, TASKS

__all__ = ["UnstorableValue"]

_STEPS = 8
"""Steps of a path that a message shows."""
_DEEDS = {
    INTERRUPT: "asked a question",
    RETURN: "returned a value",
    END: "returned a value",
    PREVIOUS: "returned a value",
    ROOT: "returned a value",
    TASKS: "sent a task a value",
}
"""Reserved channel -> what was done that writes to it."""
_VIRTUAL = frozenset((START, INPUT, ""))
"""What the input of a run is written by."""


class UnstorableValue(TypeError):
    """A value that could not come back as it is, so it is refused before anything is stored.

    Attributes:
        path: Keys and positions that lead to the value, outermost first.
        channel: The channel that it was written to; ``None`` where it is not known.
        nodes: The nodes, or called tasks, that wrote to it.
        task_ids: The tasks whose writes are not stored because of it.

    Example:
        >>> error = UnstorableValue("a builtins.object", "Keep plain data in the state.", ["rows", 0])
        >>> print(error)
        Cannot store a builtins.object at ['rows'][0]. Keep plain data in the state.
        >>> error.channel, error.nodes = "found", ("search",)
        >>> print(error)
        The node 'search' wrote to 'found' a value that cannot be stored: a builtins.object at ['rows'][0]. Keep plain \
data in the state.
    """

    def __init__(self, reason: str, hint: str, path: Iterable[Any] = ()) -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint
        self.path = list(path)
        self.channel: str | None = None
        self.nodes: tuple[str, ...] = ()
        self.task_ids: Collection[str] = ()

    def __str__(self) -> str:
        steps = [f"[{step!r}]" for step in self.path]
        where = f" at {''.join(steps[:_STEPS])}{'[...]' if steps[_STEPS:] else ''}" if steps else ""
        what = "Cannot store" if self.channel is None else f"{refusal(self.channel, self.nodes)}:"
        return f"{what} {self.reason}{where}. {self.hint}"


def refusal(channel: str, nodes: Iterable[str]) -> str:
    """One sentence, without its end, about who wrote what cannot be stored."""
    if channel == RESUME:
        return "An answer cannot be stored"
    names = sorted(set(nodes) - _VIRTUAL)
    if not names:
        return "The input holds a value that cannot be stored"
    kind = "task" if channel == RETURN else "node"
    who = f"The {kind}{'s' if names[1:] else ''} {' and '.join(map(repr, names))}"
    return f"{who} {_DEEDS.get(channel, f'wrote to {channel!r} a value')} that cannot be stored"
