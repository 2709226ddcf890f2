"""Forms: what stands for a value in a row. Small values are there themselves; others are in rows of blobs.

A form is
    an atom                                     itself
    bytes                                       the value in the format ``nb1``
    [kind, bytes]                               the value in another format
    [WHOLE, n]                                  it is blob n, in the format ``nb1``
    [TYPED, n, kind]                            it is blob n, in another format
    [PARTS, word, count, size, digest, n, upto, ...]  a list: the items of list n up to ``upto``, then of the next
    [SLICE, word, count, n, upto, offset, size] some items of one row of a list: what a task wrote, and was added
    [SAME]                                      of a write: what the row says of the channel that was written
    [WITHIN, channel, offset, size]             of a write: a part of what the row before said of a channel that is gone

The tags are part of the stored form: they are never changed, nor used again for something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from langgraph_nb.checkpoint.rows.lists import put_together
from langgraph_nb.checkpoint.serde.base import CorruptData, SerializerProtocol
from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.wire import FORMAT

WHOLE, TYPED, PARTS, SLICE, SAME, WITHIN = range(6)

Form = Any
Dumped = Any
"""A value ready to be put somewhere: an atom, bytes in the format ``nb1``, or (kind, bytes)."""
Blobs = Mapping[int, Mapping[int, bytes]]
"""n -> upto -> data: rows of a space's blobs, opened; those of a list in order."""

SMALL: Final = 384
"""Bytes up to which a value is in the row itself. Rows of more than a quarter of a page cost SQLite a page more."""
_BITS: Final = 1 << 63


def dumped(serde: SerializerProtocol, value: Any) -> Dumped:
    """A value ready to be put somewhere.

    Example:
        >>> dumped(JsonPlusSerializer(), 7), type(dumped(JsonPlusSerializer(), (7,))).__name__
        (7, 'bytes')
    """
    if type(serde) is not JsonPlusSerializer:
        return serde.dumps_typed(value)
    kind = type(value)
    if kind is int:
        if -_BITS <= value < _BITS:
            return value
    elif kind is str:
        if len(value) <= SMALL and value.isascii():
            return value
    elif kind is bool or value is None or kind is float:
        return value
    typed = serde.dumps_typed(value)
    return typed[1] if typed[0] == FORMAT else typed


def typed(found: Form, blobs: Blobs) -> tuple[str, bytes]:
    """What a form that is no atom stands for.

    Args:
        found: The form.
        blobs: The rows that it needs.

    Returns:
        (kind, bytes)

    Raises:
        KeyError: A row is missing.
        CorruptData: A row is not what the form says.
    """
    if type(found) is bytes:
        return FORMAT, found
    tag = found[0]
    if tag == WHOLE:
        return FORMAT, blobs[found[1]][0]
    if tag == TYPED:
        return found[2], blobs[found[1]][0]
    if tag == PARTS:
        _, word, count, size, _, *parts = found
        return FORMAT, put_together(word, count, _items(parts, blobs, size))
    if tag == SLICE:
        _, word, count, n, upto, offset, size = found
        return FORMAT, put_together(word, count, blobs[n][upto][offset : offset + size])
    return found[0], found[1]


def _items(parts: list[int], blobs: Blobs, size: int) -> bytes:
    """The items of a list, from all rows that it is in."""
    rows = []
    for n, end in zip(parts[::2], parts[1::2], strict=True):
        rows += [data for upto, data in blobs[n].items() if upto <= end]
    items = b"".join(rows)
    if len(items) != size:
        raise CorruptData("some of its rows are missing")
    return items


def needs(forms: Iterable[Form]) -> Iterator[tuple[int, int, int]]:
    """(n, from, to): the rows of blobs that forms need are those with ``from <= upto <= to``."""
    for found in forms:
        if type(found) is list:
            tag = found[0]
            if tag in (WHOLE, TYPED):
                yield found[1], 0, 0
            elif tag == SLICE:
                yield found[3], found[4], found[4]
            elif tag == PARTS:
                for n, upto in zip(found[5::2], found[6::2], strict=True):
                    yield n, 1, upto
