"""The workloads of the benchmarks run. What they cost is not looked at here."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.benchmarks import rows
from tests.benchmarks.__main__ import THEIRS, compare, lines
from tests.benchmarks.rows import ROWS, Library, Row
from tests.benchmarks.table import README, table_of, with_table


@pytest.mark.parametrize("row", [*ROWS, *(row.bare for row in ROWS if row.bare)], ids=lambda row: row.name)
def test_a_workload_runs_on_our_engine(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAUSED", 10)
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()

        async def prepared() -> object:
            return await row.prepare(Library("langgraph_nb"), stack)

        batch = loop.run(prepared())
        assert callable(batch)
        try:
            if row.asynchronous:
                loop.run(batch())
            else:
                batch()
        finally:
            loop.run(stack.aclose())


class Scripted:
    """A worker whose costs are known."""

    def __init__(self, *cpu: float) -> None:
        self._costs = iter(cpu)

    def measure(self, name: str) -> dict[str, float]:
        return {"cpu": next(self._costs), "wall": 1.0}


def test_the_least_of_the_rounds_is_compared_and_the_goal_checked() -> None:
    row = next(row for row in ROWS if row.goal == 15)
    result = compare(row.name, {THEIRS: Scripted(40e-6, 30e-6), "langgraph_nb": Scripted(2e-6, 4e-6)}, rounds=2)  # type: ignore[dict-item]
    assert result["ratio"] == {"cpu": pytest.approx(15)}
    missed = compare(row.name, {THEIRS: Scripted(40e-6), "langgraph_nb": Scripted(4e-6)}, rounds=1)  # type: ignore[dict-item]
    (text,) = lines(missed)
    assert "40.0 µs" in text and "10.0x" in text and text.endswith("15x MISSED")


def test_what_runs_in_a_graph_is_shown_beside_what_does_not() -> None:
    row = next(row for row in ROWS if row.bare)

    def shown(bare: float) -> tuple[bool, str]:
        workers = {THEIRS: Scripted(9e-6), "langgraph_nb": Scripted(6e-6, bare)}
        result = compare(row.name, workers, rounds=1)  # type: ignore[arg-type]
        return result["met"], lines(result)[-1]

    assert shown(5e-6)[0] and shown(5e-6)[1].endswith("1.20x   at most 1.25x ok")
    assert not shown(4e-6)[0] and shown(4e-6)[1].endswith("1.50x   at most 1.25x MISSED")


def test_a_row_that_breaks_says_whose_fault_it_is() -> None:
    class Broken:
        def measure(self, name: str) -> dict[str, str]:
            return {"error": "ValueError: no"}

    result = compare(ROWS[0].name, {THEIRS: Broken()}, rounds=1)  # type: ignore[dict-item]
    assert lines(result)[0].endswith("langgraph: ValueError: no")


def test_the_readme_shows_sync_and_async_side_by_side() -> None:
    def measured(name: str, kind: str, theirs: float, ours: float) -> dict[str, object]:
        return {"name": name, THEIRS: {kind: theirs}, "ours": {kind: ours}, "ratio": {kind: theirs / ours}}

    results = [
        measured("superstep, sync", "cpu", 200e-6, 8e-6), measured("superstep, async", "cpu", 400e-6, 10e-6),
        measured("import", "cpu", 0.5, 0.05), measured("a thread", "bytes", 8192, 4096),
    ]  # fmt: skip
    table = table_of(results, THEIRS, "ours", "Measured:")
    assert table.splitlines()[4:] == [
        "| superstep, sync / async | 200 / 400 µs | 8.0 / 10 µs | 25× / 40× |",
        "| import | 500 ms | 50 ms | 10× |",
        "| a thread | 8.0 KiB | 4.0 KiB | 2.0× |",
    ]
    text = with_table(README.read_text("utf-8"), table)
    assert table in text and with_table(text, table) == text
