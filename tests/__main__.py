"""``python3 tests``: install into an environment of its own and run every check; see ``--help``.

The last line is ``N passed, N failed, N skipped``; the exit status says the same. This file must run on a machine where
nothing is installed.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.environment import ROOT, answers, environment, newer_python

HASH_SEED = str(secrets.randbelow(2**32))
LIMIT = 1800
"""Seconds after which a check has hung; on a quiet machine none takes a third of them."""
NOTEBOOK_TESTS = ("browser", "notebook", "unit/notebook", "unit/test_cli.py")
ENGINE_TESTS = ["tests", *(f"--ignore=tests/{place}" for place in (*NOTEBOOK_TESTS, "alias", "typing", "model"))]
"""What is run on the newest interpreter too: without Jupyter, without type checkers, and generated graphs but once."""

SIDE_BY_SIDE = ["-n", "auto", "--maxprocesses=4", "--dist=worksteal"]
"""Each core runs tests; but what browsers show is tested one after the other."""
NBVAL = [
    "--nbval", "--nbval-current-env", f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}",
    "--nbval-cell-timeout=120", "-n", "2", "--dist=loadfile", "--no-loadscope-reorder",
]  # fmt: skip
"""Notebooks are run side by side, the cells of one in their order."""
PYTEST = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]


@dataclass
class Count:
    """What came of a check."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main() -> int:
    options = arguments()
    print(f"PYTHONHASHSEED={os.environ.get('PYTHONHASHSEED', HASH_SEED)}", flush=True)
    python = Path(sys.executable) if options.here else environment(".venv-test", "test")
    chosen = options.only or list(CHECKS)
    counts = {}
    for name in chosen:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        counts[name] = CHECKS[name](python)
        print(f"== {name}: {counts[name]} ({time.monotonic() - began:.0f} s)", flush=True)
    print()
    for name, count in counts.items():
        print(f"{'FAILED' if count.failed else 'ok':>8}  {name}: {count}")
    total = sum(counts.values(), Count())
    print(total)
    return 1 if total.failed or not total.passed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 tests", description="Install, and run every check.")
    parser.add_argument("--here", action="store_true", help="use this Python's packages as they are, install nothing")
    parser.add_argument("--only", nargs="+", choices=list(CHECKS), help="run these checks")
    return parser.parse_args()


def lint(python: Path) -> Count:
    return one(python, "-m", "ruff", "check", "--no-cache", ".")


def types(python: Path) -> Count:
    return one(python, "-m", "mypy")


def tests(python: Path) -> Count:
    return pytest(python, *SIDE_BY_SIDE, "tests", "--ignore=tests/browser", "--ignore=tests/alias")


def packages(python: Path) -> Count:
    """What is built on LangGraph, beside LangGraph, in an environment of its own."""
    return pytest(environment(".venv-test-packages", "packages-test"), "tests/alias")


def notebooks(python: Path) -> Count:
    """Every notebook twice in one folder, in a new kernel, in any order; what it shows must be what is saved."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        left_out = shutil.ignore_patterns("*.db*", ".*", "__pycache__", "__main__.py")
        shutil.copytree(ROOT / "notebooks", folder, dirs_exist_ok=True, ignore=left_out)
        books = sorted(map(str, Path(folder).glob("*.ipynb")))
        random.Random(os.environ.get("PYTHONHASHSEED", HASH_SEED)).shuffle(books)
        return sum((pytest(python, *NBVAL, *order) for order in (books, books[::-1])), Count())


def reference(python: Path) -> Count:
    with tempfile.TemporaryDirectory() as folder:
        return one(python, "-m", "tests.reference", folder)


def binder(python: Path) -> Count:
    return one(python, "-m", "tests.binder")


def browser(python: Path) -> Count:
    return pytest(python, "tests/browser")


def newest(python: Path) -> Count:
    newer = newer_python()
    if newer is None:
        print(f"There is no newer supported Python here than {sys.version.split()[0]}: nothing to do.")
        return Count()
    version = ".".join(map(str, answers(newer) or ()))
    print(f"The engine's tests on Python {version}.", flush=True)
    return pytest(environment(f".venv-test-{version}", "engine-test", newer), *SIDE_BY_SIDE, *ENGINE_TESTS)


CHECKS: dict[str, Callable[[Path], Count]] = {
    f.__name__: f for f in (lint, types, reference, tests, packages, notebooks, binder, browser, newest)
}  # fmt: skip


def one(*command: str | Path) -> Count:
    """A check that passes or fails as a whole."""
    return Count(failed=1) if run(*command) else Count(passed=1)


def pytest(python: Path, *words: str) -> Count:
    """Run pytest and count. A run that breaks before it can count has failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = run(python, "-m", "pytest", *PYTEST, f"--junitxml={report}", *words)
        if not report.is_file():
            return Count(failed=1)
        suite = ElementTree.parse(report).getroot()[0]
    ran, failures, errors, skipped = (int(suite.get(k, 0)) for k in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    if status and not failed:  # nothing was collected, or pytest itself failed
        failed = 1
        ran += 1
    return Count(ran - failed - skipped, failed, skipped)


def run(*command: str | Path) -> int:
    """Run a program in the checkout; its exit status."""
    alone = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    alone.setdefault("PYTHONHASHSEED", HASH_SEED)  # tests that run side by side have to be found in the same order
    try:
        return subprocess.run(command, cwd=ROOT, env=alone, timeout=LIMIT).returncode
    except subprocess.TimeoutExpired:
        print(f"Stopped after {LIMIT} s.", flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
