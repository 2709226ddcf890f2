"""How much of a thread's history is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from langgraph_nb.checkpoint.rows import shrink
from langgraph_nb.checkpoint.rows.batch import Batch, ClearingShelf, Space

SLACK = 16
"""Checkpoints too many up to which nothing is deleted while a run stores: deleting costs more than storing does."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Which checkpoints of each namespace of a thread are kept: those that any of these wants, and always the newest.

    Args:
        last: The newest ones, so many.
        younger_than: Those that are not older than this.

    Raises:
        ValueError: Neither is given, or ``last`` is less than 1.

    Example:
        >>> Retention(last=100, younger_than=timedelta(days=30)).last
        100
    """

    last: int | None = None
    younger_than: timedelta | None = None

    def __post_init__(self) -> None:
        if self.last is None and self.younger_than is None:
            raise ValueError("A retention that keeps nothing in particular. Give it last=, younger_than=, or both.")
        if self.last is not None and self.last < 1:
            raise ValueError(f"Cannot keep the last {self.last} checkpoints. Keep at least 1, or delete the thread.")

    def too_old(self, known: Sequence[tuple[str, str]], now: datetime) -> list[str]:
        """The ids of those that are not kept.

        Args:
            known: (id, time in ISO 8601) of all checkpoints, in the order of their ids.
            now: What age is counted from.
        """
        older = known[: -(self.last or 1)]
        if self.younger_than is None:
            return [checkpoint_id for checkpoint_id, _ in older]
        limit = now - self.younger_than
        return [checkpoint_id for checkpoint_id, ts in older if _time(ts) < limit]


def _time(ts: str) -> datetime:
    try:
        time = datetime.fromisoformat(ts)
    except ValueError:  # made by hand; nobody knows how old it is
        return datetime.now(UTC)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def retain(shelf: ClearingShelf, batch: Batch, space: Space, retention: Retention, slack: int = 0) -> None:
    """Delete what is not kept of a space.

    Args:
        shelf: Of the database.
        batch: Whose rows are stored.
        space: The space; what is remembered of it stays right.
        retention: What is kept.
        slack: So many checkpoints more are put up with.
    """
    ids = [checkpoint_id for checkpoint_id, _ in shelf.outline(space.number)]
    if len(ids) <= (retention.last or 1) + slack:
        return
    if retention.younger_than is None:
        known = [(checkpoint_id, "") for checkpoint_id in ids]
    else:
        states = batch.reader(space).replay(shelf.all_rows(space.number))
        known = [(state.id, state.ts) for state, _ in states]
    shrink.delete(shelf, batch, space, frozenset(retention.too_old(known, datetime.now(UTC))))


def retain_while_storing(shelf: ClearingShelf, batch: Batch, retention: Retention) -> None:
    """The same, for the spaces of a batch, now and then."""
    for space in batch.begun:
        retain(shelf, batch, space, retention, SLACK)
