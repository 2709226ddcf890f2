"""What tasks wrote, as it is in rows: beside the checkpoint that it led to, or in a row of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from langgraph_nb.checkpoint.config import writes_sort_key
from langgraph_nb.checkpoint.prepared import ReadyWrites
from langgraph_nb.checkpoint.rows.forms import Form
from langgraph_nb.checkpoint.serde.wire import pack_plain, unpack_plain

Write = tuple[int, str, Form]
"""(index, channel, form)"""


@dataclass(slots=True)
class Written:
    """What one task wrote."""

    path: str
    writes: dict[int, tuple[str, Form]]
    """Index -> channel and form; before they are put somewhere, what ``forms.dumped`` gave."""

    def add(self, path: str, writes: Iterable[tuple[int, str, Form]]) -> None:
        """Add to it: a write at a negative index replaces what is there, others do not."""
        self.path = self.path or path
        for index, channel, form in writes:
            if index < 0 or index not in self.writes:
                self.writes[index] = channel, form

    def under(self, earlier: Written) -> None:
        """Put what was written earlier by the same task under it."""
        path, later = self.path, self.writes
        self.path, self.writes = earlier.path, earlier.writes
        self.add(path, [(index, *write) for index, write in later.items()])


Tasks = dict[str, Written]
"""Task id -> what it wrote."""


def add(tasks: Tasks, new: ReadyWrites) -> None:
    """Add what a task wrote."""
    if (known := tasks.get(new.task_id)) is not None:
        known.add(new.task_path, new.writes)
        return
    writes = {index: (channel, dumped) for index, channel, dumped in new.writes}
    if len(writes) == len(new.writes):
        tasks[new.task_id] = Written(new.task_path, writes)
    else:  # some special ones are there twice
        tasks[new.task_id] = known = Written("", {})
        known.add(new.task_path, new.writes)


def in_order(tasks: Tasks) -> list[tuple[str, str, Form]]:
    """(task id, channel, form), in the order in which a superstep applies them."""
    if len(tasks) == 1:
        ((task_id, written),) = tasks.items()
        return [(task_id, *write) for _, write in sorted(written.writes.items())]
    found = [
        (writes_sort_key(written.path, task_id, index), task_id, *write)
        for task_id, written in tasks.items()
        for index, write in written.writes.items()
    ]
    found.sort(key=lambda item: item[0])
    return [item[1:] for item in found]


# -- as parts of a body: [path, 0, channel, form, ...]; where indexes skip, [path, 1, index, channel, form, ...] ------


def parts_of(written: Written, number: Callable[[str], Any], place: Callable[[str], Any]) -> list[Any]:
    """What goes into a body.

    Args:
        written: What a task wrote.
        number: Gives what stands for the name of a channel.
        place: Gives what stands for the path.
    """
    plain = [*written.writes] == [*range(len(written.writes))]
    parts: list[Any] = [place(written.path), 0 if plain else 1]
    for index, (channel, form) in written.writes.items():
        parts += (number(channel), form) if plain else (index, number(channel), form)
    return parts


def from_parts(
    parts: list[Any], named: Callable[[Any], str], told: Callable[[Form, str], Form] | None = None
) -> Written:
    """The inverse of ``parts_of``.

    Args:
        parts: What it gave.
        named: The inverse of ``number``.
        told: Gives the form that stands for itself, of one that stands for something else in the row; takes the
            channel too.
    """
    path, skips, *rest = parts
    indexes = rest[::3] if skips else range(len(rest) // 2)
    channels = map(named, rest[1::3] if skips else rest[::2])
    found = zip(indexes, channels, rest[2::3] if skips else rest[1::2], strict=True)
    writes = {index: (channel, told(form, channel) if told else form) for index, channel, form in found}
    return Written(path if type(path) is str else named(path), writes)


def short_id(task_id: str) -> str | bytes:
    """A task id in fewer bytes, if it is a UUID."""
    if len(task_id) == 36:
        try:
            short = bytes.fromhex(task_id.replace("-", ""))
        except ValueError:
            return task_id
        if len(short) == 16 and long_id(short) == task_id:
            return short
    return task_id


def long_id(short: str | bytes) -> str:
    """The inverse of ``short_id``."""
    if type(short) is str:
        return short
    digits = short.hex()  # type: ignore[union-attr]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def row(written: Written) -> bytes:
    """The body of a row of its own."""
    return pack_plain(parts_of(written, str, str))


def from_row(body: bytes) -> Written:
    """The inverse of ``row``."""
    return from_parts(unpack_plain(body), str)


def forms_of(tasks: Tasks) -> Iterator[Form]:
    """The forms of all that was written."""
    return (form for written in tasks.values() for _, form in written.writes.values())
