"""How tests try points: in a process of their own, which is warm and has one thread."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Sweep(NamedTuple):
    """What came of many points."""

    points: int
    killed: int
    """How many processes were."""
    broken: int
    """At how many points a promise was broken."""
    said: str


def sweep(**options: object) -> Sweep:
    """Run ``python -m tests.faults`` with these options."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    ran = subprocess.run([sys.executable, "-m", "tests.faults", *words], cwd=ROOT, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    numbers = re.search(r"^(\d+) points, (\d+) processes killed, (\d+) points with", said, re.M)
    assert numbers is not None, said
    return Sweep(*map(int, numbers.groups()), said)
