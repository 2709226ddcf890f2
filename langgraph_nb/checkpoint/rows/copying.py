"""Copies of threads: the same rows in another place, each opened where it was and closed where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from langgraph_nb.checkpoint.rows.batch import Rows
from langgraph_nb.checkpoint.rows.places import blob_place, delta_place, keyframe_place, tasks_place
from langgraph_nb.checkpoint.rows.reading import CheckpointRow, Damage
from langgraph_nb.checkpoint.seal import BrokenSeal, Seal


class Source(Protocol):
    """Where all rows of a space come from."""

    def all_rows(self, space: int) -> Iterator[CheckpointRow]:
        """Those of checkpoints, in the order of their ids."""

    def all_blobs(self, space: int) -> Iterable[tuple[int, int, bytes]]:
        """(n, upto, data)"""

    def all_tasks(self, space: int) -> list[tuple[str, str, bytes]]:
        """(id, task_id, body)"""


class Mover:
    """Closes rows for another thread.

    Args:
        source: The thread that they are of.
        target: The thread that they are for.
        ns: Their namespace, the same in both.
        seal: Opens and closes them.
    """

    def __init__(self, source: str, target: str, ns: str, seal: Seal) -> None:
        self._source, self._target, self._ns, self._seal = source, target, ns, seal

    def checkpoints(self, rows: Iterable[CheckpointRow]) -> Iterator[CheckpointRow]:
        """Rows of checkpoints, in the order of their ids."""
        before = ""
        for row in rows:
            if row.parent_id is None:
                places = [delta_place(t, self._ns, row.id, before, row.run_id) for t in (self._source, self._target)]
            else:
                places = [
                    keyframe_place(t, self._ns, row.id, row.parent_id, row.run_id)
                    for t in (self._source, self._target)
                ]
            yield row._replace(body=self._moved(row.body, places, "nb_checkpoints", row.id))
            before = row.id

    def blob(self, n: int, upto: int, data: bytes) -> bytes:
        """The data of a blob."""
        places = [blob_place(thread_id, self._ns, n, upto) for thread_id in (self._source, self._target)]
        return self._moved(data, places, "nb_blobs", None)

    def tasks(self, checkpoint_id: str, task_id: str, body: bytes) -> bytes:
        """The body of a row of writes."""
        places = [tasks_place(t, self._ns, checkpoint_id, task_id) for t in (self._source, self._target)]
        return self._moved(body, places, "nb_writes", checkpoint_id)

    def _moved(self, body: bytes, places: list[bytes], table: str, checkpoint_id: str | None) -> bytes:
        try:
            return self._seal.close(self._seal.open(body, places[0]), places[1])
        except BrokenSeal as error:
            raise Damage(str(error), table, (self._source, self._ns), checkpoint_id) from error


def copied(source: Source, space: int, target: int, mover: Mover) -> Rows:
    """The rows of a space, for another one."""
    return Rows(
        [(target, *row) for row in mover.checkpoints(source.all_rows(space))],
        [(target, n, upto, mover.blob(n, upto, data)) for n, upto, data in source.all_blobs(space)],
        [(target, key, task_id, mover.tasks(key, task_id, body)) for key, task_id, body in source.all_tasks(space)],
    )
