"""``langgraph-nb import``: opens what to import from and into, and says what was brought."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Literal

from langgraph_nb.checkpoint.serde.base import CorruptData, UnknownTypeError
from langgraph_nb.cli import CommandError
from langgraph_nb.importing import BranchedThread, import_langgraph
from langgraph_nb.importing.sources import is_postgres

__all__ = ["import_database"]


def import_database(
    source: str, target: str, threads: Sequence[str], modules: Sequence[str], unknown: Literal["raise", "data"]
) -> int:
    """Import a database, and return the exit status.

    Args:
        source: LangGraph's: an SQLite file, or ``postgresql://...``.
        target: Ours: the same. An SQLite file is made if it is not there.
        threads: Which threads; all, if it is empty.
        modules: Modules whose classes the threads hold instances of.
        unknown: What to do about instances of other classes.

    Raises:
        CommandError: It cannot be done.
    """
    try:
        with _opened(target) as (saver, store):
            imported = import_langgraph(
                source, saver, store, thread_ids=threads or None, classes=_classes(modules), unknown=unknown, told=_tell
            )
    except (OSError, ValueError, ImportError, sqlite3.Error, UnknownTypeError, CorruptData, BranchedThread) as error:
        raise CommandError(str(error)) from error
    print(imported)
    return 0


def _tell(thread_id: str, new: int) -> None:
    print(f"{thread_id}: {new} new checkpoints" if new else f"{thread_id}: nothing new")


@contextmanager
def _opened(target: str) -> Iterator[tuple[Any, Any]]:
    """A saver and a store in the database."""
    with ExitStack() as stack:
        if is_postgres(target):
            from langgraph_nb.checkpoint.postgres import PostgresSaver
            from langgraph_nb.store.postgres import PostgresStore

            kinds: tuple[Any, Any] = (PostgresSaver, PostgresStore)
        else:
            from langgraph_nb.checkpoint.sqlite import SqliteSaver
            from langgraph_nb.store.sqlite import SqliteStore

            kinds = (SqliteSaver, SqliteStore)
        with warnings.catch_warnings():  # that there are threads to import is why it is opened
            warnings.filterwarnings("ignore", message="LangGraph has stored")
            saver, store = (stack.enter_context(kind.from_conn_string(target)) for kind in kinds)
        saver.setup()
        store.setup()
        yield saver, store


def _classes(modules: Sequence[str]) -> list[type]:
    """The classes that these modules define."""
    found = [vars(import_module(name)) | {"__name__": name} for name in modules]
    return [c for names in found for c in names.values() if isinstance(c, type) and c.__module__ == names["__name__"]]
