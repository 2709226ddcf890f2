"""Whatever is run, run again, edited or deleted: the graphs are those of a fresh run of the cells that remain."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.notebook.mistakes import CellError
from tests.unit.notebook.bench import STATE, Notebook

NAMES = ("a", "b", "c")
_node = st.sampled_from(NAMES)
_definition = _node.map(lambda name: f"def {name}(state): return {{'n': 1}}")
_wiring = st.one_of(
    st.tuples(st.sampled_from(("START", *NAMES)), st.sampled_from((*NAMES, "END"))).map(lambda e: f"{e[0]} >> {e[1]}"),
    st.tuples(_node, _node, _node).map(lambda e: f"{e[0]} >> ({e[1]} if state['n'] else {e[2]})"),
    st.tuples(_node, _node, _node).filter(lambda e: e[0] != e[1]).map(lambda e: f"[{e[0]}, {e[1]}] >> {e[2]}"),
    _node.map(lambda name: f"START >> [{name}(n=i) for i in (1, 2)]"),
)
_body = st.lists(st.one_of(_definition, _wiring, st.just(STATE)), max_size=4).map("\n".join)
_graph = st.sampled_from(("one", "two"))
_options = st.sampled_from(({}, {"checkpointer": "memory"}, {"checkpointer": "None"}))
_key = st.sampled_from(("1", "2", "3", "4"))
_run = st.tuples(st.just("run"), _key, _graph, _body, _options)
_gone = st.tuples(st.just("delete"), _key)
_plain = st.tuples(st.just("ordinary"), _key)


def drawn(notebook: Notebook) -> dict[str, Any]:
    """All that can be seen of the graphs; labels of cells count runs, so they are left out."""
    bench = notebook.bench
    return {
        name: (
            bench.blueprint(name).topology(),
            [re.sub(r"\[\d+\]", "[n]", problem.what) for problem in bench.problems(name)],
            bench.draft(name).options,
            type(notebook.host.namespace.get(name)).__name__,
        )
        for name in bench.drafts
    }


def test_the_helper_tells_graphs_apart() -> None:
    one, two = Notebook(), Notebook()
    one.cell("1", "one", "START >> a")
    two.cell("1", "one", "START >> b")
    assert drawn(one) != drawn(two)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(_run, _run, _run, _gone, _plain), max_size=9))
def test_any_sequence_of_runs_equals_a_fresh_run_of_what_remains(steps: list[tuple[Any, ...]]) -> None:
    notebook = Notebook()
    cells: dict[str, tuple[str, str, dict[str, str]]] = {}
    for kind, key, *rest in steps:
        if kind == "run":
            try:
                notebook.cell(key, rest[0], rest[1], **rest[2])
            except CellError:  # contradicting options: the cell keeps what it said before
                continue
            if cells.get(key, rest)[0] != rest[0]:
                del cells[key]  # it comes last in the other graph
            cells[key] = tuple(rest)
        elif kind == "delete":
            notebook.ordinary("", deleted=[key])
            cells.pop(key, None)
        else:
            notebook.ordinary("", key=key)
            cells.pop(key, None)
    fresh = Notebook()
    for key, (name, body, options) in cells.items():
        fresh.cell(key, name, body, **options)
    assert drawn(notebook) == drawn(fresh)
