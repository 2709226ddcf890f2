"""A notebook without a front end: cells with ids, run and run again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langgraph_nb.notebook.cells import PlainHost
from langgraph_nb.notebook.registry import Workbench

STATE = "from typing import TypedDict\nclass State(TypedDict, total=False):\n    n: int\n"


class Notebook:
    """Runs cells as a front end would: `cell` under an id, `ordinary` without a magic."""

    def __init__(self) -> None:
        self.host = PlainHost({"__name__": "__main__"})
        self.bench = Workbench(self.host)
        self.count = 0

    def cell(self, key: str, name: str, body: str, deleted: Iterable[str] = (), **options: str) -> Any:
        self.count += 1
        self.host.label = f"[{self.count}]"
        self.bench.begin_cell(key, deleted)
        success = False
        try:
            self.bench.contribute(name, body, options)
            success = True
        finally:
            self.bench.end_cell(success)
        return self[name]

    def ordinary(self, body: str, key: str = "", deleted: Iterable[str] = ()) -> None:
        self.count += 1
        self.bench.begin_cell(key, deleted)
        exec(body, self.host.namespace)
        self.bench.end_cell()

    def __getitem__(self, name: str) -> Any:
        return self.host.namespace[name]

    def what(self, name: str) -> list[str]:
        return [problem.what for problem in self.bench.problems(name)]

    def edges(self, name: str) -> set[tuple[str, str]]:
        return {(edge.source, edge.target) for edge in self.bench.blueprint(name).topology().edges}

    def shown(self) -> str:
        return "\n".join(bundle["text/plain"] for bundle in self.host.shown)
