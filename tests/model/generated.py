"""What hypothesis makes: graphs of a few nodes in which everything may meet everything, and a few acts on a thread."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .spec import START, Answer, Begin, GoOn, Graph, How, Node, Router, Scenario, Send, Travel, Update

small = st.integers(0, 3)


def some(of: Any, most: int, **options: Any) -> Any:
    return st.lists(of, max_size=most, **options).map(tuple)


def rarely(*values: Any) -> Any:
    """The first value most of the time."""
    return st.sampled_from((values[0],) * (2 * len(values)) + values[1:])


@st.composite
def graphs(draw: Any, depth: int = 0) -> Graph:
    names = "abcd"[: draw(st.integers(2 - (depth > 0), 4 - depth))]
    keys = draw(st.sampled_from([("log", "count", "last", "best", "word"), ("log", "count", "last")]
                                if depth == 0 else [("log", "count", "own"), ("log", "count", "last")]))  # fmt: skip
    name = st.sampled_from(names)
    send = st.builds(Send, name, small)
    target = st.one_of(name, name, st.just("__end__"), send)
    forward = st.sampled_from([(a, b) for a in (START, *names) for b in names if a < b or a == START])
    nodes = tuple(draw(node(one, keys, target, depth)) for one in names)
    edges = tuple(dict.fromkeys(((START, draw(name)), *draw(st.lists(forward, min_size=1, max_size=5)))))
    joins = []
    if len(names) > 2 and draw(st.booleans()):
        end = draw(st.sampled_from(names[2:]))
        starts = draw(st.lists(st.sampled_from([n for n in names if n != end]), min_size=2, max_size=3, unique=True))
        joins.append((tuple(starts), end))
    router = st.builds(
        Router, st.sampled_from((*names, START)), st.integers(0, 9), some(target, 2), some(target, 1)
    )
    return Graph(keys, nodes, edges, tuple(joins), draw(some(router, 2)))


@st.composite
def node(draw: Any, name: str, keys: tuple[str, ...], target: Any, depth: int) -> Node:
    writes = {"best": small, "word": st.sampled_from("xyz"), "last": small, "own": small}
    chosen = draw(some(st.sampled_from([key for key in keys if key in writes]), 1))
    child = draw(graphs(depth + 1)) if depth < 2 and draw(rarely(False, False, True)) else None
    up = depth > 0 and draw(rarely(False, False, False, True))
    above = some(st.one_of(st.just("a"), st.builds(Send, st.just("a"), small)), 1)
    here = some(target, 2) if draw(rarely(False, False, True)) else st.just(())
    return Node(
        name,
        tuple((key, draw(writes[key])) for key in chosen),
        asks=draw(rarely(0, 0, 1, 2)),
        goto=draw(above if up else here),
        up=up,
        defer=draw(rarely(False, False, True)),
        child=child,
        calls=child is not None and draw(st.booleans()),
    )


def paths(graph: Graph, above: str = "") -> list[str]:
    return [p for n in graph.nodes for p in (above + n.name, *(paths(n.child, f"{above}{n.name}/") if n.child else ()))]


@st.composite
def scenarios(draw: Any) -> Scenario:
    graph = draw(graphs())
    names = [n.name for n in graph.nodes]
    breaks = rarely((), (), *((name,) for name in names), tuple(names))
    usual = st.builds(How, st.sampled_from(("invoke", "updates", "values")))
    how = usual | usual | st.builds(
        How, st.sampled_from(("invoke", "updates", "values")), rarely(12, 12, 1, 2, 3, 5), breaks, breaks,
        rarely((), (), *((p,) for p in paths(graph))),
    )  # fmt: skip
    given = st.fixed_dictionaries({"log": st.just(["in"])}, optional={"count": small, "last": small})
    back = st.integers(0, 5)
    act = st.one_of(
        st.builds(Begin, given, how), st.builds(GoOn, how), st.builds(GoOn, usual),
        st.builds(Answer, small, st.integers(0, 2), how), st.builds(Answer, small, st.integers(0, 3), usual),
        st.builds(Update, given, st.sampled_from(names), rarely(0, 1, 2, 3)), st.builds(Travel, back, how),
    )  # fmt: skip
    return Scenario(graph, (draw(st.builds(Begin, given, usual | how)), *draw(some(act, 6))))
