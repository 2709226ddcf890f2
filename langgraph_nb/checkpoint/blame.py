"""Says of an error in serialising what could not be stored: which channel, and who wrote to it.

Runs only after something was refused, so it can afford to serialise the values again, one by one. Knows no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from langgraph_nb.persistence import PutCheckpoint, PutStep, PutWrites, StorageOp
from langgraph_nb.refusals import UnstorableValue, refusal


class _Value(NamedTuple):
    """A value that was to be stored."""

    value: Any
    channel: str
    nodes: tuple[str, ...]
    task_ids: tuple[str, ...]


def raise_located(error: Exception, ops: Sequence[StorageOp], serde: Any) -> None:
    """Raise ``UnstorableValue`` with its place, if the error is one; any other is for the caller to raise again.

    Args:
        error: What was raised when these operations were to be stored.
        ops: The operations.
        serde: What serialises values, as far as it is known.
    """
    found = error if serde is None else located(error, ops, serde.dumps_typed)
    if found is not error:
        raise found from None


def refuses(saver: Any, value: Any) -> bool:
    """Whether a saver cannot store a value, as far as that can be told before."""
    serde = getattr(saver, "serde", None)
    if serde is None:
        return False
    try:
        serde.dumps_typed(value)
    except Exception:  # serializers of others raise what they like
        return True
    return False


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
    before: list[PutWrites] = []
    for op in ops:
        writes = op.put_writes() if isinstance(op, PutStep) else (op,) if isinstance(op, PutWrites) else ()
        for some in writes:
            for channel, value in some.writes:
                yield _Value(value, channel, (some.node,), (some.task_id,))
        before += writes
        if not isinstance(op, PutWrites):
            values = op.values if isinstance(op, PutStep) else op.checkpoint["channel_values"]
            known = (op.writers if isinstance(op, PutCheckpoint) else None) or {}
            for channel, value in values.items():
                wrote = [w for w in before if any(channel == c for c, _ in w.writes)]
                nodes = {w.node for w in wrote} or known.get(channel, ())
                yield _Value(value, channel, tuple(nodes), tuple(w.task_id for w in wrote))
