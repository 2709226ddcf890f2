"""A saver of rows, whatever database they are in: what is read, and what is done with whole threads.

How a database performs what is asked here, and how it commits, is its own. This file knows no connection and no SQL.
"""

from __future__ import annotations

import builtins
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.config import Choice, check_strategy, get_checkpoint_id, thread_and_ns
from langgraph_nb.checkpoint.prepared import prepared
from langgraph_nb.checkpoint.rows import shrink
from langgraph_nb.checkpoint.rows.batch import Batch, ClearingShelf
from langgraph_nb.checkpoint.rows.copying import Mover, copied
from langgraph_nb.checkpoint.rows.forms import dumped
from langgraph_nb.checkpoint.rows.heads import head_of
from langgraph_nb.checkpoint.rows.history import Bound, Page, Pages
from langgraph_nb.checkpoint.rows.inspection import DamagedRow, Inspected, inspected
from langgraph_nb.checkpoint.rows.reading import Damage, Reader, corrupt
from langgraph_nb.checkpoint.rows.repair import Mended, Searched, damaged_rows, repair
from langgraph_nb.checkpoint.rows.retention import Retention, retain
from langgraph_nb.checkpoint.seal import FirstKey, Kit, Seal, kit_of
from langgraph_nb.persistence import CheckpointTuple, StorageOp

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

T = TypeVar("T")

_AT_ONCE = 128
"""Checkpoints that are read with one set of queries."""


class Reading(Pages, Searched, Protocol):
    """What a database looks up, all of one moment."""

    def known_space(self, thread_id: str, ns: str) -> int | None:
        """The number of a space, if there is such a space."""

    def recent(self, limit: int) -> list[str]:
        """The ids of so many threads, the one first that has the newest checkpoint."""

    def shape(self, fingerprint: str) -> str | None:
        """The shape of a graph that made checkpoints here."""


class Changing(Reading, ClearingShelf, Mended, Protocol):
    """What a database looks up and writes, in one transaction, while nobody else writes what this looks at."""

    def delete_claim(self, thread_id: str) -> None:
        """Have whoever writes to a thread lose it."""

    def spaces_of_runs(self, run_ids: Iterable[str]) -> list[tuple[int, str, str]]:
        """The spaces in which these runs have stored something."""


class RowSaver(TransactionalSaver):
    """A saver of rows."""

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._known_kit = kit_of(self.serde)

    @abstractmethod
    def _reading(self, use: Callable[[Reading], T]) -> T:
        """What ``use`` gives, which looks things up; it may be called again."""

    def _at_one_moment(self, use: Callable[[Reading], T]) -> T:
        """The same, of all rows, and nobody changes them meanwhile."""
        return self._reading(use)

    @abstractmethod
    def _changing(self, use: Callable[[Changing], T]) -> T:
        """What ``use`` gives, which takes rows away, in a transaction; it may be called again."""

    def serialised(self, ops: Sequence[StorageOp]) -> Sequence[Any]:
        serde = self._kit.serde
        return prepared(ops, partial(dumped, serde), partial(head_of, serde))

    @property
    def _kit(self) -> Kit:
        if self._known_kit.given is not self.serde:  # a clone has another serializer
            self._known_kit = kit_of(self.serde)
        return self._known_kit

    # -- reading --

    def get_shape(self, fingerprint: str) -> str | None:
        return self._reading(lambda shelf: shelf.shape(fingerprint))

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread_id, ns = thread_and_ns(config)

        def look_up(shelf: Reading) -> CheckpointTuple | None:
            if (space := shelf.known_space(thread_id, ns)) is None:
                return None
            page = Page(shelf, space, Reader(thread_id, ns, self._kit.seal), self._kit.serde.loads_typed)
            with reporting(page):
                return page.one(get_checkpoint_id(config))

        return self._reading(look_up)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        chosen = Choice(config, before)
        spaces = self._reading(lambda shelf: shelf.spaces(chosen.thread_id, chosen.ns))
        histories = [self._history(*space, chosen, filter, limit) for space in spaces]
        found = histories[0] if len(histories) == 1 else merge(*histories, key=_checkpoint_id, reverse=True)
        yield from islice(found, limit)

    def _history(
        self, space: int, thread_id: str, ns: str, chosen: Choice, filter: dict[str, Any] | None, limit: int | None
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of one namespace of a thread, the latest first; each page as the database is then."""
        reader, bound = Reader(thread_id, ns, self._kit.seal), Bound(chosen)
        count = _AT_ONCE if limit is None else min(limit, _AT_ONCE)

        def look_up(shelf: Reading) -> tuple[Bound, Sequence[CheckpointTuple]]:
            page, upto = Page(shelf, space, reader, self._kit.serde.loads_typed), bound.copy()
            with reporting(page):
                return upto, page.back(upto, count, filter)

        while not bound.reached:
            bound, found = self._reading(look_up)
            yield from found

    def recent_threads(self, limit: int = 1000) -> builtins.list[str]:
        """Ids of threads, the one first that was written to last; at most so many."""
        return self._reading(lambda shelf: shelf.recent(limit))

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        self._changing(lambda shelf: delete_thread(shelf, str(thread_id)))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = frozenset(map(str, run_ids))

        def change(shelf: Changing) -> None:
            for number, thread_id, ns in shelf.spaces_of_runs(runs):
                batch = Batch(shelf, {}, self._kit.seal)
                space = batch.open(thread_id, ns)
                shrink.delete(shelf, batch, space, shrink.of_runs(batch.reader(space), shelf.all_rows(number), runs))

        self._changing(change)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        source, target = str(source_thread_id), str(target_thread_id)

        def change(shelf: Changing) -> None:
            delete_thread(shelf, target)
            for number, _, ns in shelf.spaces(source):
                copy, _ = shelf.space(target, ns)
                shelf.put(copied(shelf, number, copy, Mover(source, target, ns, self._kit.seal)))

        if source != target:
            self._changing(change)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        check_strategy(strategy)

        def change(shelf: Changing) -> None:
            for thread_id in map(str, thread_ids):
                if strategy == "delete":
                    delete_thread(shelf, thread_id)
                    continue
                for number, _, ns in shelf.spaces(thread_id):
                    older = {checkpoint_id for checkpoint_id, _ in shelf.outline(number)[:-1]}
                    batch = Batch(shelf, {}, self._kit.seal)
                    shrink.delete(shelf, batch, batch.open(thread_id, ns), older)

        self._changing(change)

    def rotate_keys(self, *, unencrypted: bool = False) -> int:
        """Encrypt all that is stored with the serializer's first key; those behind it are not needed any more then.

        To change a key while programs run: give all of them both keys, the old one first; then the new one first;
        call this; then take the old one away. What a namespace of a thread holds is changed in one transaction, so this
        may be cut off and called again. Copies of old rows are in an SQLite file until ``vacuum``.

        Args:
            unencrypted: Take in rows too that are not encrypted yet. Programs without the key would go on storing such.

        Returns:
            How many rows were closed anew.

        Raises:
            WrongKey: A row is encrypted with a key that the serializer does not have, or is not encrypted.
            CheckpointCorrupt: A row is damaged.
        """
        seal = FirstKey(self._kit.seal) if unencrypted else self._kit.seal
        spaces = self._reading(lambda shelf: shelf.spaces(None))
        return sum(self._changing(partial(reclose, space, seal)) for space in spaces)

    def retain(self, retention: Retention, thread_ids: Sequence[str] | None = None) -> None:
        """Delete the checkpoints that are not kept.

        Args:
            retention: Which are kept.
            thread_ids: Of which threads; of all, unless they are given.

        Example:
            >>> from langgraph_nb.checkpoint.sqlite import Retention, SqliteSaver
            >>> with SqliteSaver(":memory:") as saver:
            ...     saver.retain(Retention(last=10))
        """

        def change(shelf: Changing) -> None:
            for thread_id in (None,) if thread_ids is None else map(str, thread_ids):
                for _, thread, ns in shelf.spaces(thread_id):
                    batch = Batch(shelf, {}, self._kit.seal)
                    retain(shelf, batch, batch.open(thread, ns), retention)

        self._changing(change)

    # -- damage --

    def inspect(self) -> builtins.list[Inspected]:
        """What is damaged in each namespace of each thread, what is lost by it, and what is good.

        Example:
            >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
            >>> with SqliteSaver(":memory:") as saver:
            ...     saver.inspect()
            []
        """
        seal = self._kit.seal
        return self._at_one_moment(lambda shelf: inspected(shelf, shelf.spaces(None), seal))

    def verify(self) -> builtins.list[DamagedRow]:
        """Look at every row. Returns those that are not what was stored there.

        Raises:
            WrongKey: Rows are encrypted, or not, in another way than the serializer's.

        Example:
            >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
            >>> with SqliteSaver(":memory:") as saver:
            ...     saver.verify()
            []
        """
        seal = self._kit.seal
        return self._at_one_moment(lambda shelf: damaged_rows(shelf, seal))

    def repair(self) -> builtins.list[Inspected]:
        """Move what cannot be read to the table ``nb_damaged``: threads then go on from their last good checkpoint.

        Returns:
            What was found where something was wrong: damaged rows, lost checkpoints, the last good one.

        Raises:
            WrongKey: Rows are encrypted, or not, in another way than the serializer's. Nothing was moved then.

        Example:
            >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
            >>> with SqliteSaver(":memory:") as saver:
            ...     saver.repair()
            []
        """
        seal = self._kit.seal
        return self._changing(lambda shelf: repair(shelf, seal))


def reclose(space: tuple[int, str, str], seal: Seal, shelf: Changing) -> int:
    """Close all rows of a space (number, thread id, namespace) anew. Returns how many there are."""
    number, thread_id, ns = space
    rows = copied(shelf, number, number, Mover(thread_id, thread_id, ns, seal))
    shelf.delete_blobs(number, [(n, upto) for _, n, upto, _ in rows.blobs])
    shelf.put(rows)
    return len(rows.checkpoints) + len(rows.blobs) + len(rows.writes)


class reporting:
    """Damage that is found is reported with the place where it is, and with what is good before it."""

    __slots__ = ("_page",)

    def __init__(self, page: Page | None = None) -> None:
        self._page = page

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Damage):
            good = None if self._page is None else self._page.last_good(error.checkpoint_id)
            raise corrupt(error, good) from error


def delete_thread(shelf: Changing, thread_id: str) -> None:
    """Delete all there is of a thread."""
    for number, _, _ in shelf.spaces(thread_id):
        shelf.delete_space(number)
    shelf.delete_claim(thread_id)


def _checkpoint_id(saved: CheckpointTuple) -> str:
    return saved.checkpoint["id"]
