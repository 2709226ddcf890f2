"""Packed lists: their items' bytes lie behind each other, so what was added to a list is the end of its bytes.

Whether a list only grew is told by comparing bytes: nodes may change values in place, so identity says nothing. The
bytes of before are not at hand; their digest is.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple

from langgraph_nb.checkpoint.serde.wire import MESSAGE, MESSAGES

LIST: Final = 0
"""The word of a plain list; that of a list of messages is ``MESSAGES``, that of one message ``MESSAGE``."""
_DIGEST: Final = 16


class Packed(NamedTuple):
    """A packed list taken apart."""

    word: int
    length: int
    items: memoryview

    def digest(self) -> bytes:
        """Stands for the bytes of the items."""
        return sha256(self.items).digest()[:_DIGEST]

    def grown_from(self, size: int, digest: bytes) -> bytes | None:
        """The digest of all items, if the first ones are those with this size and digest; ``None`` if they are not."""
        first = sha256(self.items[:size])
        if len(self.items) < size or first.digest()[:_DIGEST] != digest:
            return None
        first.update(self.items[size:])
        return first.digest()[:_DIGEST]


def taken_apart(data: bytes) -> Packed | None:
    """What a list in the format ``nb1`` consists of, or a message, as a list of it; ``None`` for any other value.

    Example:
        >>> from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        >>> _, data = JsonPlusSerializer().dumps_typed([1, 2, 3])
        >>> taken_apart(data).length
        3
    """
    at, word = 0, LIST
    first = data[0]
    if 0xC7 <= first <= 0xC9 or 0xD4 <= first <= 0xD8:
        at = {0xC7: 2, 0xC8: 3, 0xC9: 5}.get(first, 1)
        at, word = at + 1, data[at]
        if word == MESSAGE:
            return Packed(word, 1, memoryview(data)[at:])
        if word != MESSAGES:
            return None
        first = data[at]
    if first & 0xF0 == 0x90:
        return Packed(word, first & 0x0F, memoryview(data)[at + 1 :])
    if first not in (0xDC, 0xDD):
        return None
    end = at + (3 if first == 0xDC else 5)
    return Packed(word, int.from_bytes(data[at + 1 : end]), memoryview(data)[end:])


def put_together(word: int, count: int, items: bytes) -> bytes:
    """The inverse of ``taken_apart``, but for the shortest way to say it.

    Example:
        >>> from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        >>> JsonPlusSerializer().loads_typed(("nb1", put_together(LIST, 2, bytes([7, 8]))))
        [7, 8]
    """
    if word == MESSAGE:
        return b"\xc9" + len(items).to_bytes(4) + bytes((word,)) + items
    listed = b"\xdd" + count.to_bytes(4) + items
    return listed if word == LIST else b"\xc9" + len(listed).to_bytes(4) + bytes((word,)) + listed
