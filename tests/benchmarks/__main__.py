"""``python -m tests.benchmarks [ROW ...]``: the table of ratios."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import GROWTH, ROWS
from tests.benchmarks.table import README, table_of, with_table

ROOT = Path(__file__).resolve().parents[2]
THEIRS, OURS = "langgraph", "langgraph_nb"
IMPORT = "import of .graph"
IMPORT_GOAL = 10.0
BARE = "bare"
BARE_MORE = 1.25
"""How much more than without a graph a unit may cost."""
QUIET = {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"}

Costs = dict[str, float]
"""Seconds of CPU and of wall time for one unit."""


def main() -> int:
    options = arguments()
    if find_spec(THEIRS) is None:
        sys.exit(
            f"{THEIRS} is not installed here; it is where the tests run: .venv-test/bin/python -m tests.benchmarks"
        )
    names = [n for n in (IMPORT, *(row.name for row in ROWS)) if chosen(n, options.rows)]
    if not names:
        sys.exit(f"No row is called {' or '.join(options.rows)}. --list shows the rows.")
    if options.list:
        print(*names, sep="\n")
        return 0
    print(
        f"{THEIRS} {version(THEIRS)} and {OURS}, Python {platform.python_version()}; least of {options.rounds} rounds"
    )
    print(line("", "", THEIRS, OURS, "ratio", "goal"))
    results = []
    workers = {package: Worker(package) for package in (THEIRS, OURS)}
    for name in names:
        results.append(compare(name, workers, options.rounds))
        for text in lines(results[-1]):
            print(text, flush=True)
    for worker in workers.values():
        worker.stop()
    broken = [result["name"] for result in results if "error" in result]
    if options.readme and not broken:
        README.write_text(with_table(README.read_text("utf-8"), table_of(results, THEIRS, OURS, about())), "utf-8")
    for result in growths(results):
        results.append(result)
        print(growth_line(result))
    if options.json:
        report = {"python": platform.python_version(), THEIRS: version(THEIRS), "rows": results}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    missed = [r for r in results if "error" in r or not r["met"]]
    print(f"{len(results) - len(missed)} of {len(results)} rows reach their goal.")
    return 1 if missed and options.check else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure side by side with LangGraph and print ratios."
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="a part of a row's name; default: all rows")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side takes its turn (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too, in seconds")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--readme", action="store_true", help="write the table of the README (all rows)")
    options = parser.parse_args()
    if options.readme and options.rows:
        parser.error("The README shows all rows: leave their names out.")
    return options


def about() -> str:
    """What the README says of its table."""
    return (
        f"CPU per unit, LangGraph {version(THEIRS)} and here in one run, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores (ratios count, not times):"
    )


def chosen(name: str, wanted: list[str]) -> bool:
    return not wanted or any(part.lower() in name.lower() for part in wanted)


# -- measuring --------------------------------------------------------------------------------------------------------


class Worker:
    """A process that runs batches with one package; started when it is first asked."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._process: subprocess.Popen[str] | None = None

    def measure(self, name: str) -> dict[str, Any]:
        if name == IMPORT:
            return measure_import(self.package)
        if self._process is None:
            command = [sys.executable, "-m", "tests.benchmarks.worker", self.package]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            print(name, file=self._process.stdin, flush=True)
            return dict(json.loads(self._process.stdout.readline()))
        except (BrokenPipeError, json.JSONDecodeError):
            return {"error": f"the worker has died with status {self._process.wait()}"}

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.communicate()


def environment() -> dict[str, str]:
    return {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}


def measure_import(package: str) -> dict[str, Any]:
    program = (
        "import time; began = time.process_time(); "
        f"from {package}.graph import END, START, StateGraph; print(time.process_time() - began)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True)
    if ran.returncode:
        return {"error": ran.stderr.strip().rpartition("\n")[2]}
    return {"cpu": float(ran.stdout)}


def compare(name: str, workers: dict[str, Worker], rounds: int) -> dict[str, Any]:
    """A row's least costs for both packages, their ratios, and whether it reaches its goal."""
    row = next((row for row in ROWS if row.name == name), None)
    goal = row.goal if row else IMPORT_GOAL
    kinds = ("bytes",) if row and row.bytes else ("cpu", "wall") if row and row.wall else ("cpu",)
    rounds_of: dict[str, list[Costs]] = {package: [] for package in workers}
    for _ in range(rounds + (name == IMPORT)):  # the first import may compile to bytecode
        for package, worker in workers.items():
            answer = worker.measure(name)
            if "error" in answer:
                return {"name": name, "error": f"{package}: {answer['error']}"}
            rounds_of[package].append(answer)
        if row and row.bare:
            rounds_of.setdefault(BARE, []).append(workers[OURS].measure(row.bare.name))
    least = {p: {k: min(r[k] for r in taken) for k in kinds} for p, taken in rounds_of.items()}
    ratio = {k: least[THEIRS][k] / least[OURS][k] for k in kinds}
    met = ratio[kinds[0]] >= goal and (BARE not in least or least[OURS]["cpu"] <= least[BARE]["cpu"] * BARE_MORE)
    return {"name": name, **least, "ratio": ratio, "goal": goal, "met": met}


def growths(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How a unit's cost grows with the work, from rows that were measured."""
    costs = {r["name"]: r for r in results if "error" not in r}
    found = []
    for more, less, limit in GROWTH:
        if more in costs and less in costs:
            grown = {package: costs[more][package]["cpu"] / costs[less][package]["cpu"] for package in (THEIRS, OURS)}
            found.append({"name": f"{more} / {less}", **grown, "limit": limit, "met": grown[OURS] <= limit})
    return found


# -- showing ----------------------------------------------------------------------------------------------------------


def lines(result: dict[str, Any]) -> list[str]:
    if "error" in result:
        return [f"{result['name']:<42} {result['error']}"]
    return [*compared(result), *beside_bare(result)]


def compared(result: dict[str, Any]) -> list[str]:
    return [
        line(
            result["name"] if kind != "wall" else "",
            "CPU" if kind == "cpu" else kind,
            amount(kind, result[THEIRS][kind]),
            amount(kind, result[OURS][kind]),
            f"{ratio:.1f}x",
            f"{result['goal']:.0f}x {'ok' if result['met'] else 'MISSED'}" if result["goal"] and kind != "wall" else "",
        )
        for kind, ratio in result["ratio"].items()
    ]


def beside_bare(result: dict[str, Any]) -> list[str]:
    """How much more than without a graph it costs."""
    if BARE not in result:
        return []
    bare, ours = result[BARE]["cpu"], result[OURS]["cpu"]
    goal = f"at most {BARE_MORE}x {'ok' if ours <= bare * BARE_MORE else 'MISSED'}"
    return [line("  beside the bare model", "CPU", seconds(bare), seconds(ours), f"{ours / bare:.2f}x", goal)]


def line(name: str, kind: str, theirs: str, ours: str, ratio: str, goal: str) -> str:
    return f"{name:<42} {kind:<5} {theirs:>12} {ours:>13} {ratio:>8}   {goal}".rstrip()


def growth_line(result: dict[str, Any]) -> str:
    """The line of one of the ``growths``."""
    verdict = "ok" if result["met"] else "MISSED"
    grown = [f"{result[package]:.2f}" for package in (THEIRS, OURS)]
    return line("  the same against 1,000" + result["name"][-6:], "times", *grown, "", f"{result['limit']} {verdict}")


def amount(kind: str, value: float) -> str:
    return f"{value / 1024:.1f} KiB" if kind == "bytes" else seconds(value)


def seconds(value: float) -> str:
    return f"{value * 1e3:.1f} ms" if value >= 0.01 else f"{value * 1e6:.1f} µs"


if __name__ == "__main__":
    sys.exit(main())
