"""Says of an error in serialising what could not be stored: which channel, and who wrote to it.

Runs only after something was refused, so it can afford to serialise the values again, one by one. Knows no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from langgraph_nb.persistence import PutCheckpoint, PutWrites, StorageOp
from langgraph_nb.refusals import UnstorableValue, refusal


class _Value(NamedTuple):
    """A value that was to be stored."""

    value: Any
    channel: str
    nodes: tuple[str, ...]
    task_ids: tuple[str, ...]


def located(error: Exception, ops: Sequence[StorageOp], dumps: Callable[[Any], Any]) -> Exception:
    """The error, naming the channel and the nodes that wrote what could not be serialised.

    Args:
        error: What was raised when these operations were to be stored.
        ops: The operations.
        dumps: Serialises a value.

    Returns:
        An ``UnstorableValue`` that knows its place; any other error with a note, if it was one of serialising.
    """
    for place in _values(ops):
        try:
            dumps(place.value)
        except UnstorableValue as refused:
            refused.channel, refused.nodes, refused.task_ids = place.channel, place.nodes, place.task_ids
            return refused.with_traceback(error.__traceback__)
        except Exception as again:
            if type(again) is type(error):
                error.add_note(f"{refusal(place.channel, place.nodes)}.")
            return error
    return error


def _values(ops: Sequence[StorageOp]) -> Iterator[_Value]:
    for number, op in enumerate(ops):
        if isinstance(op, PutWrites):
            for channel, value in op.writes:
                yield _Value(value, channel, (op.node,), (op.task_id,))
        else:
            for channel, value in op.checkpoint["channel_values"].items():
                yield _Value(value, channel, *_writers(op, channel, ops[:number]))


def _writers(op: PutCheckpoint, channel: str, before: Sequence[StorageOp]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The nodes that wrote to a channel before a checkpoint, and their tasks."""
    wrote = [w for w in before if isinstance(w, PutWrites) and any(channel == c for c, _ in w.writes)]
    nodes = {w.node for w in wrote} or (op.writers or {}).get(channel, ())
    return tuple(nodes), tuple(w.task_id for w in wrote)
