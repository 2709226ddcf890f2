"""Looking at every row of a namespace of a thread: which are damaged, and which checkpoints cannot be read for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langgraph_nb.checkpoint.rows import forms, tasks
from langgraph_nb.checkpoint.rows.copying import Source
from langgraph_nb.checkpoint.rows.forms import Form
from langgraph_nb.checkpoint.rows.frames import State
from langgraph_nb.checkpoint.rows.reading import Blobs, CheckpointRow, Damage, Reader
from langgraph_nb.checkpoint.seal import ENCRYPTED, BrokenSeal, Checksum, Seal
from langgraph_nb.checkpoint.serde.aes import KEY_ID, WrongKey
from langgraph_nb.checkpoint.serde.base import CorruptData


class DamagedRow(NamedTuple):
    """A row that is not what was stored there."""

    table: str
    thread_id: str
    checkpoint_ns: str
    key: tuple[Any, ...]
    """What it is stored under, within the namespace of the thread."""
    reason: str

    def __str__(self) -> str:
        ns = f" (namespace {self.checkpoint_ns!r})" if self.checkpoint_ns else ""
        return f"{self.table} {'/'.join(map(str, self.key))} of thread {self.thread_id!r}{ns}: {self.reason}"


@dataclass(slots=True)
class Inspected:
    """What was found in one space."""

    number: int
    thread_id: str
    checkpoint_ns: str
    damaged: list[DamagedRow] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    """The checkpoints that can be read, the oldest first."""
    lost: list[str] = field(default_factory=list)
    """Those that cannot, because of a damaged row."""
    lost_tasks: list[tuple[str, str]] = field(default_factory=list)
    """(checkpoint id, task id): what tasks wrote and cannot be read."""

    @property
    def last_good(self) -> str | None:
        """The newest checkpoint that can be read."""
        return self.good[-1] if self.good else None


def inspected(rows: Source, spaces: Iterable[tuple[int, str, str]], seal: Seal) -> list[Inspected]:
    """What is found in spaces (number, thread id, namespace).

    Raises:
        WrongKey: Rows are encrypted, or not, in another way than the seal's.
    """
    telling = _Telling(seal)
    found = [inspect(rows, space, Reader(*space[1:], telling)) for space in spaces]
    telling.check()
    return found


def inspect(rows: Source, space: tuple[int, str, str], reader: Reader) -> Inspected:
    """Look at every row of a space.

    Args:
        rows: Where they come from.
        space: (number, thread id, namespace)
        reader: Of that.
    """
    found = Inspected(*space)
    blobs = Blobs()
    reader.open_blobs(rows.all_blobs(found.number), blobs)
    for (n, upto), reason in blobs.broken.items():
        found.damaged.append(_row(found, "nb_blobs", (n, upto), reason))
    values = _Values(found, blobs)
    for state, led in _readable(rows.all_rows(found.number), reader, found):
        whole = [values.there(state.id, form) for form in (*state.forms.values(), *tasks.forms_of(led))]
        (found.good if all(whole) else found.lost).append(state.id)
    for checkpoint_id, task_id, body in rows.all_tasks(found.number):
        try:
            written = reader.tasks(checkpoint_id, [(task_id, body)])
        except Damage as damage:
            found.damaged.append(_row(found, "nb_writes", (checkpoint_id, task_id), damage.reason))
            found.lost_tasks.append((checkpoint_id, task_id))
        else:
            if not all([values.there(checkpoint_id, form) for form in tasks.forms_of(written)]):
                found.lost_tasks.append((checkpoint_id, task_id))
    return found


class _Telling:
    """A seal that tells a row which is damaged where it says how it is closed from rows that another key has closed.

    One row of a foreign key is a damaged one: two of the same are no accident. Nor is one that is in order as it is,
    and not encrypted.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._foreign: Counter[bytes] = Counter()
        """How rows of other keys begin, which is by the key's id."""
        self._why: dict[bytes, str] = {}

    def close(self, data: bytes, place: bytes) -> bytes:
        return self._seal.close(data, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        try:
            return self._seal.open(sealed, place)
        except WrongKey as error:
            if sealed[:1] != ENCRYPTED and _is_plain(sealed, place):
                raise
            self._note(sealed, str(error))
            raise BrokenSeal(f"it does not say which key it is of: {error}") from error
        except BrokenSeal:
            if type(self._seal) is Checksum:
                self._note(sealed, "The database is encrypted, and no key was given.")
            raise

    def _note(self, sealed: bytes, why: str) -> None:
        if sealed[:1] == ENCRYPTED and len(sealed) > KEY_ID:
            begin = sealed[:KEY_ID]
            self._foreign[begin] += 1
            self._why[begin] = why

    def check(self) -> None:
        """Raise ``WrongKey`` if it is not damage what was found."""
        for begin, count in self._foreign.most_common(1):
            if count > 1:
                raise WrongKey(self._why[begin])


def _is_plain(sealed: bytes, place: bytes) -> bool:
    try:
        Checksum().open(sealed, place)
    except BrokenSeal:
        return False
    return True


def _row(found: Inspected, table: str, key: tuple[Any, ...], reason: str) -> DamagedRow:
    return DamagedRow(table, found.thread_id, found.checkpoint_ns, key, reason)


def _readable(rows: Iterable[CheckpointRow], reader: Reader, found: Inspected) -> Iterator[tuple[State, tasks.Tasks]]:
    """What can be read; notes what cannot. What builds on a damaged row is lost, but not damaged."""
    for frame in _frames(rows):
        told = reader.replay(frame)
        for place, row in enumerate(frame):
            try:
                last = next(told)
            except Damage as damage:
                found.damaged.append(_row(found, "nb_checkpoints", (row.id,), damage.reason))
                found.lost += [lost.id for lost in frame[place:]]
                break
            yield last


def _frames(rows: Iterable[CheckpointRow]) -> Iterator[list[CheckpointRow]]:
    frame: list[CheckpointRow] = []
    for row in rows:
        if row.parent_id is not None and frame:
            yield frame
            frame = []
        frame.append(row)
    if frame:
        yield frame


class _Values:
    """Whether the blobs that forms need are there; each form is looked at once."""

    def __init__(self, found: Inspected, blobs: Blobs) -> None:
        self._found, self._blobs = found, blobs
        self._known: dict[str, bool] = {}

    def there(self, checkpoint_id: str, form: Form) -> bool:
        if type(form) is not list:
            return True
        key = repr(form)
        if key not in self._known:
            self._known[key] = self._look(checkpoint_id, form)
        return self._known[key]

    def _look(self, checkpoint_id: str, form: Form) -> bool:
        try:
            forms.typed(form, self._blobs.data)
        except (KeyError, CorruptData):
            broken = self._blobs.broken
            spans = [*forms.needs([form])]
            if not any(n == m and first <= upto <= last for m, first, last in spans for n, upto in broken):
                reason = f"missing, and checkpoint {checkpoint_id} needs it"
                self._found.damaged.append(_row(self._found, "nb_blobs", spans[0][:1], reason))
            return False
        return True
