"""The places of rows: what a seal binds a row to. The letters are part of the stored form."""

from __future__ import annotations

from typing import Final

from langgraph_nb.checkpoint.seal import place

FORMAT: Final = 2
"""The version of all that this folder lays out. Each that was released stays readable, which golden files hold
(``tests/unit/checkpoint/golden``). The first is 2: format 1 never left development, no release wrote it, nothing reads
it."""


def keyframe_place(thread_id: str, ns: str, checkpoint_id: str, parent_id: str, run_id: str | None) -> bytes:
    """Of a row of ``nb_checkpoints`` that is a keyframe."""
    return place((FORMAT, "k", thread_id, ns, checkpoint_id, parent_id, run_id))


def delta_place(thread_id: str, ns: str, checkpoint_id: str, before: str, run_id: str | None) -> bytes:
    """Of a row of ``nb_checkpoints`` that is a delta on the row before it."""
    return place((FORMAT, "d", thread_id, ns, checkpoint_id, before, run_id))


def blob_place(thread_id: str, ns: str, n: int, upto: int) -> bytes:
    """Of a row of ``nb_blobs``."""
    return place((FORMAT, "b", thread_id, ns, n, upto))


def tasks_place(thread_id: str, ns: str, checkpoint_id: str, task_id: str) -> bytes:
    """Of a row of ``nb_writes``."""
    return place((FORMAT, "w", thread_id, ns, checkpoint_id, task_id))
