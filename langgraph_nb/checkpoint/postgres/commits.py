"""How a PostgreSQL database commits what savers prepared: mostly by one statement, which is one round trip.

Theory of operation. A saver remembers what its last commits left of the spaces that it writes to, each with the stamp
that the space had then. The rows that are to be written follow from that, so nothing is looked up, and one statement
writes them all *if the stamps are still the same* and the run's claim to its thread stands, and gives the spaces a new
stamp. What is not remembered is looked up before, without a transaction: the stamp is looked up first, so that what
somebody else changed meanwhile is noticed.

When the stamps are not the same any more, looking up depends on what is to be written, or tasks have effects that are
to be committed with their results, it is all done in a transaction that has the spaces for itself.

A connection may be lost when a statement was sent and before the answer came. Then the same statement is sent again:
it finds the stamps that it set, so what it did is not done twice. So does a transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph_nb.checkpoint.claims import checks_in
from langgraph_nb.checkpoint.effects import Effect, effects_of
from langgraph_nb.checkpoint.postgres import claims, schema
from langgraph_nb.checkpoint.postgres.connections import (
    AsyncConnections,
    Connections,
    Execute,
    InTransaction,
    Parameters,
)
from langgraph_nb.checkpoint.postgres.shelf import LookUps, Transaction, new_stamp, open_space, tables
from langgraph_nb.checkpoint.prepared import Guarded, Ready
from langgraph_nb.checkpoint.rows.batch import Batch, Rows, Space, Spaces
from langgraph_nb.checkpoint.seal import Seal
from langgraph_nb.checkpoint.shapes import new_shapes
from langgraph_nb.persistence import CheckClaim

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

    def commit(self, ready: Sequence[Guarded], seal: Seal) -> None:
        """Store operations in order, all or none.

        Raises:
            ThreadLostError: A claim that had to stand does not.
        """
        new = [item for item in ready if not isinstance(item, CheckClaim)]
        work = _Work(new, seal, new_shapes(new, self._shapes), claims.standing(checks_in(ready)), effects_of(new))
        if work.effects:
            self._take(new)  # what is remembered will not be right any more
        if ready and (work.effects or not self._at_once(work)):
            self._connections.transact(work.transact)
        self._shapes.update(work.shapes)

    def _at_once(self, work: _Work) -> bool:
        """Store it by one statement; ``False`` if it cannot be."""
        spaces, stamps = self._take(work.ready)
        ahead = _Ahead(self._connections.one, stamps)
        try:
            work.add_to(Batch(ahead, spaces, work.seal))
        except _NeedsTransaction:
            return False
        stamp = new_stamp()
        rows = {"known": [*stamps.items()], **work.beside, **ahead.written}
        counts = tuple([(kind, len(some)) for kind, some in rows.items() if some])
        parameters = [stamp, *[value for some in rows.values() for value in schema.flat(some)]]
        ((done, done_before),) = self._connections.one(schema.commit_of(counts), parameters)
        if done or 0 < len(stamps) == done_before:
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


@dataclass
class _Work:
    """What is to be committed."""

    ready: Sequence[Ready]
    seal: Seal
    shapes: dict[str, str]
    """The shapes of graphs that the database may not have."""
    claims: claims.Standing
    effects: Sequence[Effect]
    """What else is done in the transaction."""
    stamp: int = field(default_factory=new_stamp)
    """What the spaces get by the transaction."""
    begun: bool = False
    """Whether it was tried before."""

    def add_to(self, batch: Batch) -> None:
        for item in self.ready:
            batch.add(item)
        batch.store()

    @property
    def beside(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows that are written and asked beside those of threads."""
        return {**claims.rows(self.claims), "graphs": [*self.shapes.items()]}

    def transact(self, execute: InTransaction) -> None:
        """Store it in a transaction, unless an earlier attempt did, of which the answer was lost."""
        threads = [*{item.address[0]: None for item in self.ready}]
        if self.begun and execute(schema.STAMPED, {"stamp": self.stamp, "threads": threads}):
            return
        self.begun = True
        claims.check(execute, self.claims)
        shelf = Transaction(execute, self.stamp)
        self.add_to(Batch(shelf, {}, self.seal))
        if self.shapes:
            shelf.put_rows("graphs", [*self.shapes.items()])
        for effect in self.effects:
            effect(execute.connection)


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
    def written(self) -> dict[str, list[tuple[Any, ...]]]:
        """What is to be written."""
        return tables(self._kept)

    def _look_up(self, statement: str, parameters: Parameters) -> list[Any]:
        space, rows = parameters["space"], self._kept  # type: ignore[call-overload]
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
