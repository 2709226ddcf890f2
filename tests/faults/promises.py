"""What is promised, held against the notes of the lives and against what is stored at the end.

* What was stored when a life began did not run again in it, nor later.
* ``sync``: what a node saw of others' effects was stored before. In each durability, what is stored has no holes (with
  an effect is stored what its node saw), and what a run returned was stored before.
* What a life was told to run next is what ran first in it.
* The history is one chain without gaps, in each namespace, and no graph inside hangs on a checkpoint that is not there.
* The state at the end, and the history, are those of a life without a fault.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tests.faults.effects import INSIDE, Note
from tests.faults.life import THREAD, Ending


def broken_by_notes(notes: list[Note], durability: str) -> Iterator[str]:
    """Promises about effects that were broken, each in a sentence."""
    lives = _by_life(notes)
    stored: dict[int, frozenset[str]] = {
        life: note.effects for life, some in lives.items() for note in some if note.kind == "stored"
    }
    for life, kept in stored.items():
        yield from _ran_again(life, kept, notes)
        yield from _lost(life, kept, notes, durability)
        yield from _holes(life, kept, notes)
    for life, some in lives.items():
        yield from _not_what_was_next(life, some)


def _by_life(notes: Iterable[Note]) -> dict[int, list[Note]]:
    lives: dict[int, list[Note]] = defaultdict(list)
    for note in notes:
        lives[note.life].append(note)
    return lives


def _ran_again(life: int, kept: frozenset[str], notes: list[Note]) -> Iterator[str]:
    for note in notes:
        if note.life >= life and note.kind == "did" and note.effects <= kept:
            yield f"{_listed(note.effects)} was stored when life {life} began, and ran again in life {note.life}"


def _lost(life: int, kept: frozenset[str], notes: list[Note], durability: str) -> Iterator[str]:
    for note in notes:
        if note.life >= life:
            continue
        kept_before = note.effects if note.kind in ("acked", "stored") else frozenset[str]()
        if durability == "sync":
            kept_before |= note.effects | note.saw if note.kind == "saw" else note.saw
        if lost := kept_before - kept:
            yield f"{_listed(lost)}, {note.kind} in life {note.life}, was lost when life {life} began"


def _holes(life: int, kept: frozenset[str], notes: list[Note]) -> Iterator[str]:
    for note in notes:
        if note.kind == "did" and note.life < life and note.effects <= kept and (missing := note.saw - kept):
            yield f"life {life} found {_listed(note.effects)} stored, and not {_listed(missing)}, which came before"


def _not_what_was_next(life: int, notes: list[Note]) -> Iterator[str]:
    told = [note for note in notes if note.kind == "next"]
    names = {note.where for note in told}
    did = [note for note in notes if note.kind == "did"]
    first = {note.where for note in did if told and note.step == told[0].step}
    if did and did[0].step == INSIDE:
        first.add(did[0].where)
    if told and first - names:
        yield f"life {life} was told that {_listed(names)} would be next, but {_listed(first)} were"


def broken_chains(saver: Any, durability: str) -> Iterator[str]:
    """Promises about the history that were broken."""
    spaces: dict[str, dict[str, Any]] = defaultdict(dict)
    for saved in saver.list(THREAD):
        address = saved.config["configurable"]
        spaces[address["checkpoint_ns"]][address["checkpoint_id"]] = saved
    for ns, space in spaces.items():
        parents = {i: _parent(saved) for i, saved in space.items()}
        heads = space.keys() - parents.values()
        roots = [i for i, parent in parents.items() if parent is None]
        if len(heads) != 1 or len(roots) != 1:
            yield f"the history in {ns!r} has {len(heads)} heads and {len(roots)} beginnings"
        for checkpoint_id, parent in parents.items():
            if parent is not None:
                yield from _broken_link(ns, space, checkpoint_id, parent, durability)
        for saved in space.values() if durability != "exit" else ():
            for around, wanted in (saved.metadata.get("parents") or {}).items():
                if wanted not in spaces.get(around, {}):
                    yield f"a checkpoint in {ns!r} hangs on {wanted} in {around!r}, which is not there"


def _parent(saved: Any) -> str | None:
    parent: str | None = ((saved.parent_config or {}).get("configurable") or {}).get("checkpoint_id")
    return parent


def _broken_link(ns: str, space: dict[str, Any], checkpoint_id: str, parent: str, durability: str) -> Iterator[str]:
    if parent not in space:
        yield f"{checkpoint_id} in {ns!r} has a parent {parent} that is not there"
        return
    step, before = (space[i].metadata["step"] for i in (checkpoint_id, parent))
    if not checkpoint_id > parent or (step <= before if durability == "exit" else step != before + 1):
        yield f"{checkpoint_id} in {ns!r}, step {step}, follows {parent}, step {before}"


def broken_by_ending(ending: Ending, wanted: Ending, durability: str, may_lack: int = 0) -> Iterator[str]:
    """How the end differs from that of a life without a fault.

    Args:
        ending: What there is.
        wanted: What there would be.
        durability: How it was stored.
        may_lack: So many of the last checkpoints need not be there yet: of a step whose tasks are all stored.
    """
    if ending.values != wanted.values:
        yield f"the state at the end is {_short(ending.values)}, not {_short(wanted.values)}"
    if durability == "exit":  # how often a run ended decides what is stored
        return
    for found, expected in zip(ending.history, wanted.history, strict=False):
        if found != expected:
            yield f"the history has {_short(found)} where {_short(expected)} belongs"
            return
    if len(ending.history) not in (len(wanted.history), len(wanted.history) - may_lack):
        yield f"the history has {len(ending.history)} states, not {len(wanted.history)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _short(value: Any) -> str:
    shown = re.sub(r"(\\x[0-9a-f]{2}){8,}", "...", repr(value))
    return shown if len(shown) < 300 else shown[:300] + " ..."
