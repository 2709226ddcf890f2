"""Documents in PostgreSQL: ``pip install langgraph-nb[postgres]``."""

from langgraph_nb.store.postgres.aio import AsyncPostgresStore
from langgraph_nb.store.postgres.base import PoolConfig
from langgraph_nb.store.postgres.store import PostgresStore

__all__ = ["AsyncPostgresStore", "PoolConfig", "PostgresStore"]
