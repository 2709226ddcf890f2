"""Documents in an SQLite file."""

from langgraph_nb.store.sqlite.aio import AsyncSqliteStore
from langgraph_nb.store.sqlite.base import SqliteStore

__all__ = ["AsyncSqliteStore", "SqliteStore"]
