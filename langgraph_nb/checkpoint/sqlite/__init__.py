"""Threads in an SQLite file."""

from langgraph_nb.checkpoint.rows.retention import Retention
from langgraph_nb.checkpoint.sqlite.database import NewerFormatError, OlderFormatError, SaverClosed
from langgraph_nb.checkpoint.sqlite.saver import SqliteSaver

__all__ = ["NewerFormatError", "OlderFormatError", "Retention", "SaverClosed", "SqliteSaver"]
