"""How a store in PostgreSQL is configured, and what it needs. Nothing here asks a database."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from langgraph_nb.store.base import IndexConfig


class PoolConfig(TypedDict, total=False):
    """How many connections there are, and how they are made.

    Example:
        >>> PoolConfig(min_size=1, max_size=10)
        {'min_size': 1, 'max_size': 10}
    """

    min_size: int
    """Connections that are always open; 1 by default."""
    max_size: int | None
    """At most this many; ``None`` is as many as ``min_size``."""
    kwargs: dict[str, Any]
    """Further arguments of ``psycopg.connect``."""


class ANNIndexConfig(TypedDict, total=False):
    """How the vectors are indexed.

    Example:
        >>> ANNIndexConfig(kind="flat", vector_type="halfvec")
        {'kind': 'flat', 'vector_type': 'halfvec'}
    """

    kind: Literal["hnsw", "ivfflat", "flat"]
    """``hnsw`` by default; ``flat`` has no index: all vectors are compared, and the result is exact."""
    vector_type: Literal["vector", "halfvec"]
    """Numbers of 32 bits, or of 16."""


class HNSWConfig(ANNIndexConfig, total=False):
    """A graph of neighbours ("hierarchical navigable small world", Malkov and Yashunin 2016).

    Example:
        >>> HNSWConfig(kind="hnsw", m=16, ef_construction=64)
        {'kind': 'hnsw', 'm': 16, 'ef_construction': 64}
    """

    kind: Literal["hnsw"]  # type: ignore[misc]
    m: int
    """At most this many neighbours a layer; pgvector's default is 16."""
    ef_construction: int
    """Candidates when a vector is added; pgvector's default is 64."""


class IVFFlatConfig(ANNIndexConfig, total=False):
    """Lists of vectors that are near to each other. Make it when there are items already, or it finds little.

    Example:
        >>> IVFFlatConfig(kind="ivfflat", nlist=100)
        {'kind': 'ivfflat', 'nlist': 100}
    """

    kind: Literal["ivfflat"]  # type: ignore[misc]
    nlist: int
    """How many lists; pgvector's default is 100."""


class PostgresIndexConfig(IndexConfig, total=False):
    """How items are found by meaning.

    Example:
        >>> PostgresIndexConfig(dims=3, distance_type="l2")
        {'dims': 3, 'distance_type': 'l2'}
    """

    ann_index_config: ANNIndexConfig
    distance_type: Literal["l2", "inner_product", "cosine"]
    """``cosine`` by default. A score is the cosine, the distance with a minus, or the inner product."""
