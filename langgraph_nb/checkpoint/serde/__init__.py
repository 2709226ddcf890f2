"""Values to bytes and back."""

from langgraph_nb.checkpoint.serde.base import (
    CorruptData,
    SerializerProtocol,
    UnknownFormat,
    UnknownTypeError,
    UnknownTypeWarning,
    UnstorableValue,
)
from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = [
    "CorruptData", "JsonPlusSerializer", "SerializerProtocol", "UnknownFormat", "UnknownTypeError",
    "UnknownTypeWarning", "UnstorableValue",
]  # fmt: skip
