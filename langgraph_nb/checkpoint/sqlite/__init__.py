"""Threads in an SQLite file."""

from langgraph_nb.checkpoint.sqlite.database import NewerFormatError, SaverClosed
from langgraph_nb.checkpoint.sqlite.saver import SqliteSaver

__all__ = ["NewerFormatError", "SaverClosed", "SqliteSaver"]
