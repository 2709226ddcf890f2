"""What a saver asks of a serializer, and what can go wrong between values and bytes. Knows no format."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from langgraph_nb.refusals import UnstorableValue

__all__ = ["CorruptData", "SerializerProtocol", "UnknownTypeError", "UnknownTypeWarning", "UnstorableValue"]


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


class UnknownTypeWarning(UserWarning):
    """Stored data names a type that this program does not have or does not allow; it was read as plain data."""


class UnknownTypeError(TypeError):
    """Stored data names a type that this program does not have or does not allow."""


class CorruptData(ValueError):
    """Stored bytes are not what this package writes."""
