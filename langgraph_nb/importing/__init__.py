"""Brings what LangGraph stored into databases of ours: threads, which go on here, and the documents of stores.

``sources`` reads LangGraph's databases, ``values`` what is in them, ``tasks`` says whose what is, ``threads`` stores
threads, and this file documents; the command line is ``langgraph-nb import SOURCE TARGET``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_nb.importing.sources import FoundItem, Read, open_source
from langgraph_nb.importing.threads import BranchedThread, import_threads
from langgraph_nb.importing.values import OnUnknown, ValueReader
from langgraph_nb.store.base import BaseStore

__all__ = ["BranchedThread", "Imported", "import_langgraph"]


@dataclass(slots=True)
class Imported:
    """How much an import brought that was not there yet."""

    threads: int = 0
    """Threads that were found."""
    checkpoints: int = 0
    """New ones."""
    items: int = 0
    """Documents that were new, or newer."""

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.checkpoints} new checkpoints, {self.items} new documents"


def import_langgraph(
    source: str,
    saver: Any = None,
    store: BaseStore | None = None,
    *,
    thread_ids: Sequence[str] | None = None,
    classes: Collection[type] = (),
    unknown: OnUnknown = "raise",
    read: Read | None = None,
    told: Callable[[str, int], object] | None = None,
) -> Imported:
    """Bring threads and documents of a LangGraph database into ours. It is only read there.

    Doing it again brings what is new; an import that was cut off goes on. Threads that wait for an answer, or were cut
    off themselves, go on with the same program ported to this package.

    Args:
        source: The path of an SQLite file, or ``postgresql://...``: what ``SqliteSaver``, ``PostgresSaver``,
            ``SqliteStore`` or ``PostgresStore`` of LangGraph's was opened with.
        saver: Where threads go; by default they are left out.
        store: Where documents go; by default they are left out.
        thread_ids: Which threads; by default all.
        classes: Classes of the program's that the threads hold instances of: Pydantic models, dataclasses, named
            tuples, enums. They are called to make these; nothing else that data names is.
        unknown: What to do about instances of other classes: ``"raise"``, or keep the plain ``"data"`` in them.
        read: Reads values instead: ``read(kind, bytes)``, for data that was encrypted.
        told: Called with each thread's id and its number of new checkpoints.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no database of LangGraph's.
        UnknownTypeError: It holds an instance of another class.
        BranchedThread: A thread went on in both places since it was imported.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> import_langgraph("no-such.db", InMemorySaver())
        Traceback (most recent call last):
            ...
        FileNotFoundError: There is no file 'no-such.db' to import from.
    """
    imported = Imported()
    with open_source(source) as opened:
        if saver is not None:
            reading = read or ValueReader(classes, unknown).read
            for thread_id, new in import_threads(opened, saver, reading, thread_ids):
                imported.threads += 1
                imported.checkpoints += new
                if told is not None:
                    told(thread_id, new)
        if store is not None:
            imported.items = sum(_put(item, store) for item in opened.items())
    return imported


def _put(item: FoundItem, store: BaseStore) -> bool:
    """Store a document unless it is there already, and as new; and return whether it was stored."""
    here = store.get(item.namespace, item.key, refresh_ttl=False)
    if here is not None and here.updated_at.isoformat() >= item.updated_at:
        return False
    if item.ttl is not None and item.ttl <= 0:
        return False
    store.put(item.namespace, item.key, item.value, ttl=item.ttl)
    return True
