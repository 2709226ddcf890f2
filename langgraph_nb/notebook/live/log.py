"""What the nodes of a run put out, in order: a capped list of entries that reports what was added since the last look.

Every entry belongs to a node. Text arrives in pieces and is passed on in pieces, so that a token costs what it is long,
however long the text before it. This file must not know of events, nodes' status, clocks or widgets.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["EntryKind", "Log", "LogPatch"]

EntryKind = Literal["message", "change", "custom", "print", "error", "input"]

MAX_ENTRIES = 400
MAX_OF_NODE = 150
"""Entries of one node: one that says much does not push out what others said."""
MAX_TEXT = 40_000
"""Characters of one entry; what comes after is counted, not kept."""
MAX_TOTAL = 400_000
"""Characters of all entries; the oldest entries go first."""


@dataclass(slots=True)
class _Entry:
    node: str
    kind: EntryKind
    extra: dict[str, Any]
    place: tuple[int, ...]
    parts: list[str] = field(default_factory=list)
    size: int = 0
    left_out: int = 0

    def take(self, text: str) -> str:
        """Keep what there is room for, and return that."""
        room = MAX_TEXT - self.size
        kept = text if len(text) <= room else text[: max(0, room)]
        self.left_out += len(text) - len(kept)
        if kept:
            self.parts.append(kept)
            self.size += len(kept)
        return kept

    def to_json(self, number: int) -> dict[str, Any]:
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        shown = {"i": number, "node": self.node, "kind": self.kind, "text": self.parts[0] if self.parts else ""}
        return {**shown, **self.extra, **({"more": self.left_out} if self.left_out else {})}


@dataclass(slots=True)
class LogPatch:
    """What changed since the last look."""

    gone: list[int]
    """Entries that are kept no longer."""
    entries: list[dict[str, Any]]
    """New ones, and ones whose details changed, whole."""
    grown: list[list[Any]]
    """``[entry, text, characters left out]``: text to put at an entry's end."""


class Log:
    """Entries in order.

    Example:
        >>> log = Log()
        >>> number = log.add("write", "print", "Hel")
        >>> _ = log.patch(); log.grow(number, "lo"); log.patch().grown
        [[0, 'lo', 0]]
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._next = 0
        self._total = 0
        self._whole: dict[int, None] = {}
        self._grown: dict[int, list[str]] = {}
        self._gone: list[int] = []
        self._of_node: dict[str, deque[int]] = {}

    def add(self, node: str, kind: EntryKind, text: str = "", place: tuple[int, ...] = (), **extra: Any) -> int:
        """Append an entry; its number. Its place is for :meth:`in_order`."""
        number, self._next = self._next, self._next + 1
        entry = self._entries[number] = _Entry(node, kind, extra, place)
        self._total += len(entry.take(text))
        self._whole[number] = None
        own = self._of_node.setdefault(node, deque())
        own.append(number)
        if len(own) > MAX_OF_NODE:
            self._drop(own[0])
        self._trim()
        return number

    def grow(self, number: int, text: str) -> None:
        """Put text at the end of an entry, if it is still kept."""
        if (entry := self._entries.get(number)) is None or not text:
            return
        kept = entry.take(text)
        self._total += len(kept)
        if number not in self._whole:
            self._grown.setdefault(number, []).append(kept)
        self._trim()

    def amend(self, number: int, **extra: Any) -> None:
        """Change an entry's details, if it is still kept."""
        if (entry := self._entries.get(number)) is not None:
            entry.extra.update(extra)
            self._whole[number] = None
            self._grown.pop(number, None)

    def last(self, node: str, kind: EntryKind) -> int | None:
        """The newest entry of all, if it is of this node and kind."""
        number = next(reversed(self._entries), None)
        found = self._entries.get(number) if number is not None else None
        return number if found is not None and (found.node, found.kind) == (node, kind) else None

    @property
    def changed(self) -> bool:
        """Whether there is something to report."""
        return bool(self._whole or self._grown or self._gone)

    def patch(self) -> LogPatch | None:
        """What changed since the last call, or ``None``."""
        if not self.changed:
            return None
        entries = [self._entries[n].to_json(n) for n in self._whole]
        grown = [[n, "".join(parts), self._entries[n].left_out] for n, parts in self._grown.items()]
        gone, self._gone, self._whole, self._grown = self._gone, [], {}, {}
        return LogPatch(gone, entries, grown)

    def to_json(self) -> list[dict[str, Any]]:
        """All entries that are kept."""
        return [e.to_json(n) for n, e in self._entries.items()]

    def in_order(self) -> list[dict[str, Any]]:
        """All entries that are kept, by place, whatever came first."""
        return [e.to_json(n) for n, e in sorted(self._entries.items(), key=lambda item: item[1].place)]

    def _trim(self) -> None:
        while len(self._entries) > MAX_ENTRIES or (self._total > MAX_TOTAL and len(self._entries) > 1):
            self._drop(next(iter(self._entries)))

    def _drop(self, number: int) -> None:
        entry = self._entries.pop(number)
        self._of_node[entry.node].popleft()  # of the oldest entry, the node's oldest
        self._total -= entry.size
        self._grown.pop(number, None)
        if self._whole.pop(number, self) is self:  # the reader has seen it
            self._gone.append(number)
