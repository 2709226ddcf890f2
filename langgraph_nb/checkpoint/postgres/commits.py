"""How a PostgreSQL database commits what savers prepared: mostly by one statement, which is one round trip.

Theory of operation. A saver remembers what its last commits left of the spaces that it writes to, each with the stamp
that the space had then. The rows that are to be written follow from that, so nothing is looked up, and one statement
writes them all *if the stamps are still the same*, and gives the spaces a new one. What is not remembered is looked up
before, without a transaction: the stamp is looked up first, so that what somebody else changed meanwhile is noticed.

When the stamps are not the same any more, or looking up depends on what is to be written, it is all done in a
transaction that has the spaces for itself.

A connection may be lost when a statement was sent and before the answer came. Then the same statement is sent again:
it finds the stamps that it set, so what it did is not done twice. What a transaction does, it may do twice.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from langgraph_nb.checkpoint.postgres import schema
from langgraph_nb.checkpoint.postgres.connections import AsyncConnections, Connections, Execute, Parameters
from langgraph_nb.checkpoint.postgres.shelf import LookUps, Transaction, columns, new_stamp, open_space
from langgraph_nb.checkpoint.prepared import Ready
from langgraph_nb.checkpoint.rows.batch import Batch, Rows, Space, Spaces
from langgraph_nb.checkpoint.seal import Seal
from langgraph_nb.checkpoint.shapes import new_shapes

__all__ = ["Committer"]

_MOST = 256
"""Spaces to remember: one for each thread that is being run."""


class Committer:
    """Commits what was prepared.

    Args:
        connections: To the database.
    """

    def __init__(self, connections: Connections | AsyncConnections) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[Space, int]] = {}
        """What is remembered of spaces, each with its stamp. Who commits to one takes it out meanwhile."""
        self._shapes: set[str] = set()
        """The fingerprints of graphs whose shape the database has."""

    def commit(self, ready: Sequence[Ready], seal: Seal) -> None:
        """Store operations in order, all or none."""
        if not ready:
            return
        shapes = new_shapes(ready, self._shapes)
        if not self._at_once(ready, seal, shapes):
            self._connections.transact(lambda execute: _transact(execute, ready, seal, shapes))
        self._shapes.update(shapes)

    def _at_once(self, ready: Sequence[Ready], seal: Seal, shapes: dict[str, str]) -> bool:
        """Store them by one statement; ``False`` if they cannot be."""
        spaces, stamps = self._take(ready)
        ahead = _Ahead(self._connections.one, stamps)
        batch = Batch(ahead, spaces, seal)
        try:
            _add(batch, ready)
        except _NeedsTransaction:
            return False
        written, stamp = ahead.written | _graphs(shapes), new_stamp()
        given: dict[str, Any] = {"spaces": [*stamps], "stamps": [*stamps.values()], "stamp": stamp}
        for parameters in written.values():
            given.update(parameters)
        ((done, done_before),) = self._connections.one(
            schema.commit_of(frozenset(written)), {**given, "count": len(stamps)}
        )
        if done or done_before == len(stamps):
            self._remember(spaces, stamp)
            return True
        return False

    def _take(self, ready: Sequence[Ready]) -> tuple[Spaces, dict[int, int]]:
        """What is remembered of the spaces of these operations, and their stamps."""
        spaces: Spaces = {}
        stamps: dict[int, int] = {}
        with self._lock:
            for key in {item.address[:2]: None for item in ready}:
                if (known := self._known.pop(key, None)) is not None:
                    spaces[key], stamps[known[0].number] = known
        return spaces, stamps

    def _remember(self, spaces: Spaces, stamp: int) -> None:
        with self._lock:
            while len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
            self._known.update({key: (space, stamp) for key, space in spaces.items()})


def _add(batch: Batch, ready: Sequence[Ready]) -> None:
    for item in ready:
        batch.add(item)
    batch.store()


def _transact(execute: Execute, ready: Sequence[Ready], seal: Seal, shapes: dict[str, str]) -> None:
    _add(Batch(Transaction(execute), {}, seal), ready)
    for table, parameters in _graphs(shapes).items():
        execute(schema.PUT[table], parameters)


def _graphs(shapes: dict[str, str]) -> dict[str, dict[str, list[Any]]]:
    """The rows of the table of graphs, as parameters."""
    return {"graphs": {"g_fingerprint": [*shapes], "g_shape": [*shapes.values()]}} if shapes else {}


class _NeedsTransaction(Exception):
    """Something has to be looked up that depends on what was not written yet."""


class _Ahead(LookUps):
    """A ``Shelf`` that writes nothing, and keeps what is to be written.

    Args:
        execute: Performs single statements.
        stamps: Number of a space -> its stamp, where that is known. Others are added.
    """

    def __init__(self, execute: Execute, stamps: dict[int, int]) -> None:
        super().__init__(self._look_up)
        self._perform = execute
        self._stamps = stamps
        self._opened: dict[int, tuple[str | None, int | None]] = {}
        self._kept = Rows()

    @property
    def written(self) -> dict[str, dict[str, list[Any]]]:
        """What is to be written, as parameters."""
        return columns(self._kept)

    def _look_up(self, statement: str, parameters: Parameters) -> list[Any]:
        space, rows = parameters["space"], self._kept
        if any(row[0] == space for some in (rows.checkpoints, rows.blobs, rows.writes) for row in some):
            raise _NeedsTransaction
        return self._perform(statement, parameters)

    def space(self, thread_id: str, ns: str) -> tuple[int, bool]:
        number, stamp, new, newest, last_blob = open_space(self._perform, thread_id, ns)
        self._stamps[number] = stamp
        self._opened[number] = newest, last_blob
        return number, new

    def newest(self, space: int) -> str | None:
        return self._opened[space][0]

    def last_blob(self, space: int) -> int:
        return self._opened[space][1] or 0

    def put(self, changed: Rows) -> None:
        self._kept.checkpoints += changed.checkpoints
        self._kept.blobs += changed.blobs
        self._kept.writes += changed.writes
