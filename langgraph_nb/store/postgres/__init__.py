"""Documents in PostgreSQL: ``pip install langgraph-nb[postgres]``."""

from langgraph_nb.store.postgres.aio import AsyncPostgresStore
from langgraph_nb.store.postgres.base import PostgresStore
from langgraph_nb.store.postgres.config import PoolConfig

__all__ = ["AsyncPostgresStore", "PoolConfig", "PostgresStore"]
