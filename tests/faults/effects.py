"""What nodes did and saw, noted in a file that outlives the process: one line a note, appended in one call."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

_EFFECT = re.compile(r"effect:[\w.\-/]+")

Kind = Literal["stored", "next", "did", "saw", "acked"]
"""What a life found stored, what was said to run next, what nodes did, what they saw, what a run returned."""

INSIDE = -2


class Note(NamedTuple):
    """A line of the file."""

    life: int
    kind: Kind
    effects: frozenset[str]
    where: str = ""
    """The outermost node that it comes from."""
    step: int = 0
    """Its superstep; ``INSIDE`` in a graph, or a task that was called, inside of that node."""
    saw: frozenset[str] = frozenset()
    """The effects that were there to see for the node."""


def named(turn: int, *what: object) -> str:
    """The name of an effect: what a node does once in a turn."""
    return f"effect:{turn}." + ".".join(map(str, what))


def effects_in(value: Any) -> frozenset[str]:
    """All effects that a value holds, however deep."""
    return frozenset(_EFFECT.findall(repr(value)))


class Effects:
    """The file, as one life writes it.

    Args:
        path: The file.
        life: The life's number.
    """

    def __init__(self, path: Path, life: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._life = life

    def note(
        self, kind: Kind, effects: Iterable[str] = (), where: str = "", step: int = 0, saw: Iterable[str] = ()
    ) -> None:
        line = json.dumps([self._life, kind, sorted(effects), where, step, sorted(saw)])
        os.write(self._file, f"{line}\n".encode())


def read_notes(path: Path) -> list[Note]:
    """All notes, in the order in which they were made."""
    if not path.exists():
        return []
    lines = (json.loads(line) for line in path.read_text().splitlines())
    return [
        Note(life, kind, frozenset(effects), where, step, frozenset(saw))
        for life, kind, effects, where, step, saw in lines
    ]
