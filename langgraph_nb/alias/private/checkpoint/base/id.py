"""Checkpoint ids, as savers of other projects make them."""

from __future__ import annotations

from uuid import UUID

from langgraph_nb.ids import new_id

__all__ = ["uuid6"]


def uuid6(node: int | None = None, clock_seq: int | None = None) -> UUID:
    """A UUID of version 6, which sorts by the time it was made.

    Args:
        node: Not looked at: it is a random number of this process.
        clock_seq: The superstep, or any number of 14 bits.
    """
    return UUID(new_id(clock_seq or 0))
