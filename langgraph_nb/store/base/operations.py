"""The words of a store: what it holds, what it can be asked, how it is configured. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from langgraph_nb.store.base.embed import AEmbeddingsFunc, EmbeddingsFunc


class NotProvided:
    """Stands for an argument that was not given, where ``None`` has a meaning.

    Example:
        >>> bool(NOT_PROVIDED), NOT_PROVIDED
        (False, NOT_GIVEN)
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_PROVIDED = NotProvided()


class Item:
    """A document of a store.

    Args:
        value: The document itself.
        key: Its name in its namespace.
        namespace: Where it is, from the root on.
        created_at: When it was first stored; a text is read as ISO 8601.
        updated_at: When it was last stored.

    Example:
        >>> now = "2026-01-01T00:00:00+00:00"
        >>> Item(value={"n": 1}, key="a", namespace=["notes"], created_at=now, updated_at=now).namespace
        ('notes',)
    """

    __slots__ = ("value", "key", "namespace", "created_at", "updated_at")

    def __init__(
        self,
        *,
        value: dict[str, Any],
        key: str,
        namespace: tuple[str, ...],
        created_at: datetime,
        updated_at: datetime,
    ) -> None:
        self.value = value
        self.key = key
        self.namespace = tuple(namespace)
        self.created_at = _time(created_at)
        self.updated_at = _time(updated_at)

    def dict(self) -> dict[str, Any]:
        """The item in the form of JSON."""
        return {
            "namespace": list(self.namespace),
            "key": self.key,
            "value": self.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Item):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in Item.__slots__)

    def __hash__(self) -> int:
        return hash((self.namespace, self.key))

    def __repr__(self) -> str:
        return f"Item({', '.join(f'{name}={value!r}' for name, value in self.dict().items())})"


def _time(given: datetime | str) -> datetime:
    return datetime.fromisoformat(given) if isinstance(given, str) else given


class SearchItem(Item):
    """A document that a search found.

    Args:
        namespace: Where it is.
        key: Its name there.
        value: The document itself.
        created_at: When it was first stored.
        updated_at: When it was last stored.
        score: How near it is to the query, 1.0 for the same direction; ``None`` where nothing was compared.

    Example:
        >>> now = "2026-01-01T00:00:00+00:00"
        >>> SearchItem(("notes",), "a", {"n": 1}, now, now, score=0.5).dict()["score"]
        0.5
    """

    __slots__ = ("score",)

    def __init__(
        self,
        namespace: tuple[str, ...],
        key: str,
        value: dict[str, Any],
        created_at: datetime,
        updated_at: datetime,
        score: float | None = None,
    ) -> None:
        super().__init__(value=value, key=key, namespace=namespace, created_at=created_at, updated_at=updated_at)
        self.score = score

    def dict(self) -> dict[str, Any]:
        """The item in the form of JSON, with its score."""
        return {**super().dict(), "score": self.score}


class GetOp(NamedTuple):
    """Look up one item.

    Example:
        >>> GetOp(("users", "ada"), "settings").refresh_ttl
        True
    """

    namespace: tuple[str, ...]
    key: str
    refresh_ttl: bool = True
    """Whether its time to live begins anew."""


class SearchOp(NamedTuple):
    """Find items below a namespace.

    Example:
        >>> SearchOp(("docs",), filter={"stars": {"$gte": 4}}, query="graphs").limit
        10
    """

    namespace_prefix: tuple[str, ...]
    filter: dict[str, Any] | None = None
    """Key -> value, or ``{operator: value}`` with ``$eq``, ``$ne``, ``$gt``, ``$gte``, ``$lt``, ``$lte``."""
    limit: int = 10
    offset: int = 0
    query: str | None = None
    """Text to compare with, by meaning; needs an index."""
    refresh_ttl: bool = True


NamespacePath = tuple[str, ...]
"""Labels of a namespace; ``"*"`` is any one label."""
NamespaceMatchType = Literal["prefix", "suffix"]


class MatchCondition(NamedTuple):
    """How namespaces begin or end.

    Example:
        >>> MatchCondition("prefix", ("users", "*", "notes")).path
        ('users', '*', 'notes')
    """

    match_type: NamespaceMatchType
    path: NamespacePath


class ListNamespacesOp(NamedTuple):
    """List the namespaces that have items.

    Example:
        >>> ListNamespacesOp((MatchCondition("suffix", ("notes",)),), max_depth=2).limit
        100
    """

    match_conditions: tuple[MatchCondition, ...] | None = None
    max_depth: int | None = None
    """Cut them to this many labels."""
    limit: int = 100
    offset: int = 0


class PutOp(NamedTuple):
    """Store an item, or delete it.

    Example:
        >>> PutOp(("users", "ada"), "settings", {"theme": "dark"}).index is None
        True
    """

    namespace: tuple[str, ...]
    key: str
    value: Mapping[str, Any] | None
    """``None`` deletes it."""
    index: Literal[False] | list[str] | None = None  # type: ignore[assignment]
    """The paths of what is compared in searches by meaning: ``None`` as the store is configured, ``False`` nothing."""
    ttl: float | None = None
    """Minutes that it is kept, ``None`` without an end."""


Op = GetOp | SearchOp | PutOp | ListNamespacesOp
Result = Item | list[Item] | list[SearchItem] | list[tuple[str, ...]] | None


class TTLConfig(TypedDict, total=False):
    """How long items are kept.

    Example:
        >>> TTLConfig(default_ttl=60, refresh_on_read=False)
        {'default_ttl': 60, 'refresh_on_read': False}
    """

    refresh_on_read: bool
    """Whether reading an item has its time begin anew; ``True`` by default."""
    omit_expired: bool
    """Whether what is past its time is left out before it is swept away."""
    default_ttl: float | None
    """Minutes for items that are stored without a time of their own."""
    sweep_interval_minutes: int | None
    """Minutes between two sweeps."""


class IndexConfig(TypedDict, total=False):
    """How items are found by meaning.

    Example:
        >>> IndexConfig(dims=2, embed=lambda texts: [[1.0, 0.0] for _ in texts], fields=["text"])["fields"]
        ['text']
    """

    dims: int
    """Length of a vector."""
    embed: Embeddings | EmbeddingsFunc | AEmbeddingsFunc | str
    """Makes vectors of texts: LangChain ``Embeddings``, a function, or the name of a model."""
    fields: list[str] | None
    """Paths of what is compared, ``["$"]`` is the whole document."""
