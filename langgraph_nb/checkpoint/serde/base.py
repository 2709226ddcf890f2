"""What a saver asks of a serializer, and what can go wrong between values and bytes. Knows no format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

__all__ = ["CorruptData", "SerializerProtocol", "UnknownTypeError", "UnknownTypeWarning", "UnstorableValue"]


_STEPS = 8
"""Steps of a path that a message shows."""


@runtime_checkable
class SerializerProtocol(Protocol):
    """Turns values into bytes with a tag that names their format, and back.

    Example:
        >>> from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer
        >>> serializer: SerializerProtocol = JsonPlusSerializer()
        >>> serializer.loads_typed(serializer.dumps_typed({"n": 1}))
        {'n': 1}
    """

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The format's name, and the value in it."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that was given to ``dumps_typed``."""


class UnstorableValue(TypeError):
    """A value that could not come back as it is, so it is refused before anything is stored.

    Attributes:
        path: Keys and positions that lead to the value, outermost first.
    """

    def __init__(self, reason: str, hint: str, path: Iterable[Any] = ()) -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint
        self.path = list(path)

    def __str__(self) -> str:
        steps = [f"[{step!r}]" for step in self.path]
        where = f" at {''.join(steps[:_STEPS])}{'[...]' if steps[_STEPS:] else ''}" if steps else ""
        return f"Cannot store {self.reason}{where}. {self.hint}"


class UnknownTypeWarning(UserWarning):
    """Stored data names a type that this program does not have or does not allow; it was read as plain data."""


class UnknownTypeError(TypeError):
    """Stored data names a type that this program does not have or does not allow."""


class CorruptData(ValueError):
    """Stored bytes are not what this package writes."""
