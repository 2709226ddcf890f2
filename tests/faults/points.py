"""Points: what is run and what befalls it, in one line; which to try, and what comes of each."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain, pairwise, product
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.faults.backends import BACKENDS, Backend
from tests.faults.children import Child, run_in_child
from tests.faults.disk import can_fail
from tests.faults.dooms import INTERRUPTS, Doom
from tests.faults.effects import read_notes
from tests.faults.life import DRIVERS, Cell, Ending, Life
from tests.faults.programs import PROGRAMS, TURNS
from tests.faults.promises import broken_by_ending, broken_by_notes, broken_chains

MEMORY = "/dev/shm"
"""Where there is a disk that syncs at once: to a process that dies it makes no difference."""
TRIES = 5
"""How often a life tries again after an error; each of them counts as a life."""
DURABILITIES = ("sync", "async", "exit")


class Point(NamedTuple):
    """A cell, and the dooms of its lives but the last."""

    cell: Cell
    dooms: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((*self.cell, *self.dooms))

    @classmethod
    def parse(cls, text: str) -> Point:
        backend, program, driver, durability, *dooms = text.split()
        return cls(Cell(backend, program, driver, durability), tuple(dooms))


class Reference(NamedTuple):
    """A cell without a fault."""

    endings: tuple[Ending, Ending]
    """After the script, and after one more turn."""
    counts: dict[str, int]
    """How many database calls a life makes, and of each kind how many operations on the disk."""
    seconds: float


class Verdict(NamedTuple):
    """What came of a point."""

    point: Point
    killed: int
    """How many of its lives were ended."""
    broken: list[str]
    """The promises that were broken."""


def cells(backends: tuple[str, ...], programs: tuple[str, ...] = tuple(PROGRAMS)) -> list[Cell]:
    """All cells of some backends and programs."""
    return [Cell(*names) for names in product(backends, programs, DRIVERS, DURABILITIES)]


def warm_up(some: Iterable[Cell]) -> None:
    """Import what lives import, so that none of them has to. Nothing is run here: that could leave threads behind."""

    def imported() -> list[str]:
        for cell in some:
            _in_folder(lambda folder: _plain(cell, folder), cell)  # noqa: B023
        return [*sys.modules]

    for name in _result(run_in_child(imported)):
        if name not in sys.modules:
            import_module(name)


# -- trying ----------------------------------------------------------------------------------------------------------


def reference(cell: Cell, count: str = "") -> Reference:
    """Run a cell without a fault, and count how often there could be one.

    Args:
        cell: The cell.
        count: What to count besides database calls and operations on the disk: ``line``, ``await`` or ``chunk``.
    """
    return _in_folder(lambda folder: _result(run_in_child(lambda: _undisturbed(cell, folder, count))), cell)


def _plain(cell: Cell, folder: Path) -> None:
    with BACKENDS[cell.backend](folder).open() as saver:
        Life(cell, saver, folder / "notes", 1).go_on(1)


def _undisturbed(cell: Cell, folder: Path, count: str) -> Reference:
    backend = BACKENDS[cell.backend](folder)
    doom = Doom(f"{count}:0" if count else "", backend, disk=can_fail())
    began = time.monotonic()
    with backend.open() as saver:
        Life(cell, saver, folder / "notes", 1, doom.driver(cell.driver)).go_on(TURNS)
    seconds, counts = time.monotonic() - began, doom.counts
    with backend.open() as saver:
        life = Life(cell, saver, folder / "notes", 2)
        ending = life.ending()
        life.go_on(TURNS + 1)
        return Reference((ending, life.ending()), counts, seconds)


def tried(point: Point, wanted: Reference) -> Verdict:
    """Try a point."""
    return _in_folder(lambda folder: _tried(point, wanted, folder), point.cell)


def _tried(point: Point, wanted: Reference, folder: Path) -> Verdict:
    killed, broken = 0, []
    for number, doom in enumerate(point.dooms, 1):
        child = run_in_child(lambda: _doomed(point.cell, folder, number, doom))  # noqa: B023
        killed += child.killed
        if child.failure:
            broken.append(f"life {number}: {child.failure}")
    last = run_in_child(lambda: _last(point.cell, folder, (len(point.dooms) + 1) * TRIES, wanted))
    broken += last.result if last.result is not None else [f"the last life: {last.failure}"]
    broken += broken_by_notes(read_notes(folder / "notes"), point.cell.durability)
    return Verdict(point, killed, broken)


def _doomed(cell: Cell, folder: Path, number: int, word: str) -> None:
    """A life in which something happens. Where the process lives on after an error it tries again, a few times."""
    backend: Backend = BACKENDS[cell.backend](folder)
    doom = Doom(word, backend)
    tries = iter(range(number * TRIES, (number + 1) * TRIES))
    while (begun := next(tries, None)) is not None:
        try:
            with backend.open() as saver:
                for again in chain([begun], tries):
                    try:
                        return _one_try(cell, saver, folder, again, doom)
                    except doom.tolerates:
                        continue
        except doom.tolerates:
            continue


def _one_try(cell: Cell, saver: Any, folder: Path, number: int, doom: Doom) -> None:
    life = Life(cell, saver, folder / "notes", number, doom.driver(cell.driver))
    with doom.suspended():
        life.look()
    life.go_on(TURNS)


def _last(cell: Cell, folder: Path, number: int, wanted: Reference) -> list[str]:
    with BACKENDS[cell.backend](folder).open() as saver:
        life = Life(cell, saver, folder / "notes", number)
        life.look()
        life.go_on(TURNS)
        broken = [*broken_by_ending(life.ending(), wanted.endings[0], cell.durability, may_lack=1)]
        life.go_on(TURNS + 1)
        broken += broken_by_ending(life.ending(), wanted.endings[1], cell.durability)
        return [*broken, *broken_chains(saver, cell.durability)]


def _in_folder(work: Callable[[Path], Any], cell: Cell) -> Any:
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        return work(folder)
    finally:
        BACKENDS[cell.backend](folder).remove()
        shutil.rmtree(folder)


def _result(child: Child) -> Any:
    if child.result is None:
        raise RuntimeError(f"A life without a fault failed: {child.failure}")
    return child.result


# -- choosing --------------------------------------------------------------------------------------------------------


def kills(cell: Cell, wanted: Reference, count: int, seed: int) -> Iterator[Point]:
    """Kills at database calls, all over a cell's life; at random times; of several lives in a row."""
    draw = random.Random(f"{seed} {cell}")
    all_calls = [f"{when}:{n}" for n in range(1, wanted.counts["call"] + 1) for when in ("before", "after")]
    at_calls = min(round(count * 0.7), len(all_calls))
    for doom in spread(all_calls, at_calls, draw):
        yield Point(cell, (doom,))
    for number in range(count - at_calls):
        times = [f"time:{draw.uniform(0, wanted.seconds):.5f}" for _ in range(3)]
        lives = draw.choices(all_calls, k=draw.choice((2, 3)))
        yield Point(cell, tuple(times[:1] if number % 2 else [*lives, *times[1:2]]))


def disk_faults(cell: Cell, wanted: Reference, count: int, seed: int) -> Iterator[Point]:
    """Power that goes at changes of the disk, all over a cell's life; and whatever else a disk does, also twice."""
    draw = random.Random(f"{seed} {cell}")

    def some(kind: str, of: str, share: float) -> list[str]:
        places = [f"{kind}:{n}" for n in range(1, wanted.counts[of] + 1)]
        return spread(places, min(ceil(count * share), len(places)), draw)

    cuts = [f"{cut}.{draw.randrange(1000)}" for cut in some("cut", "change", 0.5)]
    fails = [fault for kind, of in FAILURES for fault in some(kind, of, 0.1)]
    both = [f"{draw.choice(fails)}+{draw.choice(cuts)}" for _ in range(count - len(cuts) - len(fails))]
    yield from (Point(cell, (doom,)) for doom in (*cuts, *fails))
    yield from (Point(cell, (doom, draw.choice(cuts))) for doom in both)


FAILURES = (("full", "write"), ("write", "write"), ("sync", "sync"), ("read", "read"))


def interruptions(cell: Cell, wanted: Reference, count: int, seed: int) -> Iterator[Point]:
    """Ctrl-C at lines of code, cancelling at awaits, closing at chunks: all over a cell's life."""
    draw = random.Random(f"{seed} {cell}")
    kinds = [kind for kind in INTERRUPTS if kind != "await" or cell.driver == "ainvoke"]
    for kind in kinds:
        places = [f"{kind}:{n}" for n in range(1, reference(cell, kind).counts[kind] + 1)]
        share = count // 2 if kind == "line" else ceil(count / 2 / (len(kinds) - 1))
        yield from (Point(cell, (doom,)) for doom in spread(places, min(share, len(places)), draw))


def dropped_connections(cell: Cell, wanted: Reference, count: int, seed: int) -> Iterator[Point]:
    """PostgreSQL's connections end, before and after calls."""
    draw = random.Random(f"{seed} {cell}")
    yield from _at_calls(("drop", "lose"), cell, wanted, count, draw)


def killed_servers(cell: Cell, wanted: Reference, count: int, seed: int) -> Iterator[Point]:
    """PostgreSQL's server dies, before and after calls, and recovers."""
    yield from _at_calls(("server", "gone"), cell, wanted, count, random.Random(f"{seed} {cell}"))


def _at_calls(
    when: tuple[str, ...], cell: Cell, wanted: Reference, count: int, draw: random.Random
) -> Iterator[Point]:
    places = [f"{kind}:{n}" for n in range(1, wanted.counts["call"] + 1) for kind in when]
    yield from (Point(cell, (doom,)) for doom in spread(places, min(count, len(places)), draw))


CHOICES: Mapping[str, Callable[[Cell, Reference, int, int], Iterator[Point]]] = MappingProxyType(
    {"kills": kills, "disk": disk_faults, "interruptions": interruptions, "drops": dropped_connections,
     "servers": killed_servers}
)
"""Kinds of points."""


def spread(some: list[str], count: int, draw: random.Random) -> list[str]:
    """So many of these, one drawn from each of as many equal parts."""
    parts = [len(some) * n // count for n in range(count + 1)] if count else [0]
    return [some[draw.randrange(begin, end)] for begin, end in pairwise(parts)]
