"""The shapes of the graphs that made checkpoints, as savers keep them: each once, under its fingerprint.

A checkpoint holds the fingerprint under ``"graph"``. A saver that was not written for this engine keeps no shapes, so
there each checkpoint holds its graph's whole shape.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from langgraph_nb.persistence import Checkpoint, PutCheckpoint
from langgraph_nb.shape import Shape


def telling_its_graph(op: PutCheckpoint) -> Checkpoint:
    """The checkpoint with the shape of the graph that made it, where that is known."""
    return op.checkpoint if op.graph is None else {**op.checkpoint, "graph": op.graph.text}


def shape_of(saver: Any, fingerprint: str) -> Shape | None:
    """The shape that a saver knows by this fingerprint; ``None`` if it knows none."""
    kept = getattr(saver, "get_shape", None)
    return None if kept is None else read_shape(kept(fingerprint))


async def ashape_of(saver: Any, fingerprint: str) -> Shape | None:
    """``shape_of``, awaited."""
    kept = getattr(saver, "aget_shape", None)
    return None if kept is None else read_shape(await kept(fingerprint))


def new_shapes(made: Iterable[Any], known: Container[str]) -> dict[str, str]:
    """What a saver has to keep of these operations' graphs: fingerprint -> shape, of those that it does not know."""
    graphs = (getattr(item, "graph", None) for item in made)
    return {g.fingerprint: g.text for g in graphs if g is not None and g.fingerprint not in known}


def read_shape(text: str | None) -> Shape | None:
    """The shape of its stored form."""
    return None if text is None else Shape.read(text)
