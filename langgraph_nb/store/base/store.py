"""BaseStore: what every store offers. A store has ``batch`` and ``abatch``; the other methods are made of these."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from langgraph_nb.store.base.namespaces import check_labels, check_namespace
from langgraph_nb.store.base.operations import (
    NOT_PROVIDED,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    NamespacePath,
    NotProvided,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

Namespace = tuple[str, ...]
Index = Literal[False] | list[str] | None


class BaseStore(ABC):
    """Documents in namespaces, kept across threads. A method whose name begins with ``a`` is the one without, awaited.

    Example:
        >>> from langgraph_nb.store.memory import InMemoryStore
        >>> store: BaseStore = InMemoryStore()
        >>> store.put(("users", "ada"), "settings", {"theme": "dark"})
        >>> store.get(("users", "ada"), "settings").value
        {'theme': 'dark'}
    """

    supports_ttl: bool = False
    """Whether items can be kept for a time."""
    ttl_config: TTLConfig | None = None

    __slots__ = ("__weakref__",)

    @abstractmethod
    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations, and return the result of each."""

    @abstractmethod
    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """``batch``, awaited."""

    def get(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """One item, or ``None``.

        Args:
            namespace: Where it is.
            key: Its name there.
            refresh_ttl: Whether its time to live begins anew; by default as the store is configured.

        Raises:
            InvalidNamespaceError: For a label that is no text, empty, or has a period in it.
        """
        return self._one(self._get(namespace, key, refresh_ttl))  # type: ignore[no-any-return]

    async def aget(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """``get``, awaited."""
        return await self._aone(self._get(namespace, key, refresh_ttl))  # type: ignore[no-any-return]

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: dict[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """The items below a namespace.

        Args:
            namespace_prefix: How their namespaces begin.
            query: Text; the items nearest to it in meaning come first. Needs a store with an index.
            filter: Key -> value, or ``{operator: value}`` with ``$eq``, ``$ne``, ``$gt``, ``$gte``, ``$lt``, ``$lte``.
            limit: At most this many.
            offset: Leave out this many of the first.
            refresh_ttl: Whether their time to live begins anew; by default as the store is configured.

        Raises:
            InvalidNamespaceError: For a label that is no text, empty, or has a period in it.
        """
        op = self._search(namespace_prefix, filter, limit, offset, query, refresh_ttl)
        return self._one(op)  # type: ignore[no-any-return]

    async def asearch(
        self, namespace_prefix: Namespace, /, *, query: str | None = None, filter: dict[str, Any] | None = None,
        limit: int = 10, offset: int = 0, refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:  # fmt: skip
        """``search``, awaited."""
        op = self._search(namespace_prefix, filter, limit, offset, query, refresh_ttl)
        return await self._aone(op)  # type: ignore[no-any-return]

    def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Index = None,
        *,
        ttl: float | NotProvided | None = NOT_PROVIDED,
    ) -> None:
        """Store an item, in place of the one that has its key.

        Args:
            namespace: Where it is to be.
            key: Its name there.
            value: The document: text keys, JSON values.
            index: Paths of what searches by meaning compare, ``False`` for nothing; by default as the store says.
            ttl: Minutes that it is kept after it was last used, ``None`` without an end.

        Raises:
            InvalidNamespaceError: For an empty namespace, one below ``langgraph``, or a label that cannot be one.
            NotImplementedError: For a ``ttl`` in a store that keeps everything.
        """
        self._one(self._put(namespace, key, value, index, ttl))

    async def aput(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Index = None,
        *,
        ttl: float | NotProvided | None = NOT_PROVIDED,
    ) -> None:
        """``put``, awaited."""
        await self._aone(self._put(namespace, key, value, index, ttl))

    def delete(self, namespace: Namespace, key: str) -> None:
        """Take an item away, if it is there.

        Raises:
            InvalidNamespaceError: For a label that is no text, empty, or has a period in it.
        """
        self._one(self._delete(namespace, key))

    async def adelete(self, namespace: Namespace, key: str) -> None:
        """``delete``, awaited."""
        await self._aone(self._delete(namespace, key))

    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The namespaces that have items, sorted.

        Args:
            prefix: How they begin; ``"*"`` is any one label.
            suffix: How they end.
            max_depth: Cut them to this many labels.
            limit: At most this many.
            offset: Leave out this many of the first.

        Raises:
            InvalidNamespaceError: For a label that is no text, empty, or has a period in it.
        """
        return self._one(_listing(prefix, suffix, max_depth, limit, offset))  # type: ignore[no-any-return]

    async def alist_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """``list_namespaces``, awaited."""
        return await self._aone(_listing(prefix, suffix, max_depth, limit, offset))  # type: ignore[no-any-return]

    # -- operations ---------------------------------------------------------------------------------------------------

    def _one(self, op: Op) -> Any:
        return self.batch([op])[0]

    async def _aone(self, op: Op) -> Any:
        return (await self.abatch([op]))[0]

    def _get(self, namespace: Namespace, key: str, refresh: bool | None) -> GetOp:
        check_labels(namespace)
        return GetOp(namespace, str(key), self._refreshes(refresh))

    def _search(
        self,
        prefix: Namespace,
        filter: dict[str, Any] | None,
        limit: int,
        offset: int,
        query: str | None,
        refresh: bool | None,
    ) -> SearchOp:
        check_labels(prefix)
        return SearchOp(prefix, filter, limit, offset, query, self._refreshes(refresh))

    def _put(
        self, namespace: Namespace, key: str, value: Mapping[str, Any], index: Index, ttl: float | NotProvided | None
    ) -> PutOp:
        check_namespace(namespace)
        if not (ttl is None or isinstance(ttl, NotProvided) or self.supports_ttl):
            raise NotImplementedError(
                f"TTL is not supported by {type(self).__name__}. "
                "Use a store implementation that supports TTL or set ttl=None."
            )
        minutes = (self.ttl_config or {}).get("default_ttl") if isinstance(ttl, NotProvided) else ttl
        return PutOp(namespace, str(key), value, index=index, ttl=minutes)

    def _delete(self, namespace: Namespace, key: str) -> PutOp:
        check_labels(namespace)
        return PutOp(namespace, str(key), None)

    def _refreshes(self, asked: bool | None) -> bool:
        return asked if asked is not None else (self.ttl_config or {}).get("refresh_on_read", True)


def _listing(
    prefix: NamespacePath | None, suffix: NamespacePath | None, max_depth: int | None, limit: int, offset: int
) -> ListNamespacesOp:
    check_labels(prefix or ())
    check_labels(suffix or ())
    conditions = [
        *([MatchCondition("prefix", prefix)] if prefix else []),
        *([MatchCondition("suffix", suffix)] if suffix else []),
    ]
    return ListNamespacesOp(tuple(conditions), max_depth, limit, offset)
