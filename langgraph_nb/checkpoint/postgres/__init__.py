"""Threads in PostgreSQL: ``pip install langgraph-nb[postgres]``."""

from langgraph_nb.checkpoint.postgres.saver import PostgresSaver
from langgraph_nb.checkpoint.postgres.shallow import ShallowPostgresSaver
from langgraph_nb.checkpoint.rows.retention import Retention

__all__ = ["PostgresSaver", "Retention", "ShallowPostgresSaver"]
