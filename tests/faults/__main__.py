"""``python -m tests.faults``: kill processes at many points; exit status 1 and the points if a promise was broken."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.faults.backends import BACKENDS
from tests.faults.children import run_side_by_side
from tests.faults.life import Cell
from tests.faults.points import CHOICES, Point, Verdict, cells, reference, tried, warm_up
from tests.faults.programs import PROGRAMS


def main() -> int:
    options = arguments()
    began = time.monotonic()
    warm_up(cells(tuple(options.backend), tuple(options.program)))
    if options.point:
        point = Point.parse(options.point)
        verdicts = [tried(point, reference(point.cell)) for _ in range(options.times)]
    else:
        verdicts = swept(cells(tuple(options.backend), tuple(options.program)), options)
    broken = [verdict for verdict in verdicts if verdict.broken]
    for verdict in broken[: options.show]:
        print(f'BROKEN  python -m tests.faults --point "{verdict.point}"')
        print(*(f"    {promise}" for promise in verdict.broken), sep="\n")
    killed = sum(verdict.killed for verdict in verdicts)
    print(f"{len(verdicts)} points, {killed} processes killed, {len(broken)} points with violations, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return 1 if broken else 0


def swept(some: list[Cell], options: argparse.Namespace) -> list[Verdict]:
    """Try points of all of these cells, several at once."""
    each = -(-options.points // len(some))
    workers = options.workers

    def work(number: int) -> list[Verdict]:
        verdicts = []
        for cell in some:
            wanted = reference(cell)
            points = [*CHOICES[options.kind](cell, wanted, each, options.seed)][number::workers]
            verdicts += [tried(point, wanted) for point in points]
        return verdicts

    children = run_side_by_side([lambda n=n: work(n) for n in range(workers)])  # type: ignore[misc]
    if failures := [child.failure for child in children if child.result is None]:
        raise RuntimeError("\n".join(failures))
    return [verdict for child in children for verdict in child.result]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--points", type=int, default=600, help="about how many to try")
    parser.add_argument("--seed", type=int, default=0, help="which ones; another seed tries others")
    parser.add_argument("--kind", choices=list(CHOICES), default="kills", help="what is to happen at them")
    parser.add_argument("--backend", nargs="+", choices=list(BACKENDS), default=["sqlite"])
    parser.add_argument("--program", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="points tried at once")
    parser.add_argument("--point", help="try this one alone, as it was printed")
    parser.add_argument("--times", type=int, default=1, help="how often to try --point")
    parser.add_argument("--show", type=int, default=20, help="print at most so many broken points")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
