"""Taking checkpoints away, so that those that stay are whole, and nothing stays that they do not need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from langgraph_nb.checkpoint.rows import forms, tasks
from langgraph_nb.checkpoint.rows.batch import Batch, ClearingShelf, Space
from langgraph_nb.checkpoint.rows.forms import Form
from langgraph_nb.checkpoint.rows.reading import CheckpointRow, Reader


def delete(shelf: ClearingShelf, batch: Batch, space: Space, doomed: Collection[str]) -> None:
    """Delete checkpoints and what is pending on them, and the values that no other checkpoint has.

    Args:
        shelf: Of the database.
        batch: Whose rows are stored.
        space: Where they are. What is remembered of it stays right as long as its newest checkpoint stays.
        doomed: Their ids.
    """
    outline = shelf.outline(space.number)
    if not doomed:
        return
    if all(checkpoint_id in doomed for checkpoint_id, _ in outline):
        shelf.delete_space(space.number)
        return
    for (before, _), (here, parent_id) in pairwise(outline):
        if parent_id is not None or (before in doomed) == (here in doomed):
            continue
        if before in doomed:
            batch.stand_alone(space, shelf.after(space.number, before))
        else:
            batch.loosen(space, shelf.frame(space.number, here))
        batch.flush()
    shelf.delete_checkpoints(space.number, doomed)
    sweep(shelf, batch.reader(space), space.number)


def sweep(shelf: ClearingShelf, reader: Reader, space: int) -> None:
    """Delete the blobs of a space that nothing there needs."""
    ends: dict[int, int] = {}
    single: set[tuple[int, int]] = set()
    for n, first, last in forms.needs(all_forms(shelf, reader, space)):
        if first == last:
            single.add((n, last))
        else:
            ends[n] = max(last, ends.get(n, 0))
    keys = shelf.blob_keys(space)
    shelf.delete_blobs(space, [key for key in keys if key not in single and key[1] > ends.get(key[0], -1)])


def all_forms(shelf: ClearingShelf, reader: Reader, space: int) -> Iterator[Form]:
    """The forms of all that is stored in a space."""
    for state, led in reader.replay(shelf.all_rows(space)):
        yield from state.forms.values()
        yield from tasks.forms_of(led)
    for checkpoint_id, task_id, body in shelf.all_tasks(space):
        yield from tasks.forms_of(reader.tasks(checkpoint_id, [(task_id, body)]))


def of_runs(reader: Reader, rows: Iterable[CheckpointRow], run_ids: Collection[str]) -> list[str]:
    """The ids of the checkpoints that these runs made."""
    return [state.id for state, _ in reader.replay(rows) if state.run_id in run_ids]
