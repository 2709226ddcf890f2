"""One package at work: reads the names of rows from stdin, runs a batch of each, writes what it cost.

``python -m tests.benchmarks.worker PACKAGE``; the other end is ``tests.benchmarks.__main__``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from tests.benchmarks.rows import ROWS, Batch, Library, Row


class Worker:
    """Keeps the row that was prepared last."""

    def __init__(self, package: str) -> None:
        self._library = Library(package)
        self._loop = asyncio.Runner()
        self._row: Row | None = None
        self._batch: Batch = lambda: None
        self._stack = AsyncExitStack()

    def measure(self, row: Row) -> dict[str, float]:
        """What a batch costs in seconds; a new row is prepared, and run once to warm up."""
        if row is not self._row:
            self._loop.run(self._stack.aclose())
            self._batch = self._loop.run(self._prepared(row))
            self._row = row
            self._run()
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        kept = self._run()
        if row.bytes:
            return {"bytes": kept}
        return {"cpu": (time.process_time() - cpu) / row.units, "wall": (time.perf_counter() - wall) / row.units}

    def close(self) -> None:
        """Close what the last row opened: a saver's thread would keep the process alive."""
        self._loop.run(self._stack.aclose())
        self._loop.close()

    async def _prepared(self, row: Row) -> Batch:
        return await row.prepare(self._library, self._stack)

    def _run(self) -> Any:
        assert self._row is not None
        return self._loop.run(self._batch()) if self._row.asynchronous else self._batch()


def serve(package: str) -> None:
    answer: dict[str, Any]
    rows = {row.name: row for row in [*ROWS, *(row.bare for row in ROWS if row.bare)]}
    worker = Worker(package)
    for line in sys.stdin:
        try:
            answer = worker.measure(rows[line.strip()])
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    worker.close()


if __name__ == "__main__":
    serve(sys.argv[1])
