"""What a cache is: values by namespace and key, each for as long as it was given. It knows nothing of graphs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

ValueT = TypeVar("ValueT")
Namespace = tuple[str, ...]
FullKey = tuple[Namespace, str]
"""(namespace, key)"""


class BaseCache(ABC, Generic[ValueT]):
    """What a backend implements. Values are stored as a serializer writes them, which runs nothing on reading.

    Args:
        serde: Writes and reads values; by default ``JsonPlusSerializer``.

    Example:
        >>> from langgraph_nb.cache.memory import InMemoryCache
        >>> isinstance(InMemoryCache(), BaseCache)
        True
    """

    serde: Any

    def __init__(self, *, serde: Any | None = None) -> None:
        if serde is None:
            from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer

            serde = JsonPlusSerializer()
        self.serde = serde

    @abstractmethod
    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values that there are of these."""

    @abstractmethod
    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """``get``, awaited."""

    @abstractmethod
    def set(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, each with the seconds for which it counts; ``None`` is without an end."""

    @abstractmethod
    async def aset(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """``set``, awaited."""

    @abstractmethod
    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget the values of these namespaces; of all of them by default."""

    @abstractmethod
    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """``clear``, awaited."""
