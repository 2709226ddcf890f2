"""Dataframes and arrays, and what is different between two of them. By their shape: neither pandas nor numpy is
imported to look at what is neither. This file must not know of states or threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key

__all__ = ["Part", "Sign", "array_parts", "frame_parts", "is_array", "is_frame"]

Sign = Literal["+", "-", " "]
ROWS = 5
"""Rows shown of each kind of change."""
CELLS = 2_000_000
"""Larger ones are told apart by their shapes and by their ends."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a change."""

    sign: Sign
    text: str
    label: str = ""
    """Who says it, or which row it is."""

    @property
    def shown(self) -> str:
        """In one text."""
        return f"{self.label}: {self.text}" if self.label else self.text


def is_frame(value: Any) -> bool:
    """Whether a value is a table with named columns, as pandas and polars have them."""
    return hasattr(value, "columns") and _shape(value) is not None and len(value.shape) == 2


def is_array(value: Any) -> bool:
    """Whether a value is an array of numbers or the like, or a series."""
    return hasattr(value, "dtype") and bool(_shape(value)) and not is_frame(value)


def _shape(value: Any) -> tuple[int, ...] | None:
    shape = getattr(value, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) and all(isinstance(n, int) for n in shape) else None


# -- tables ------------------------------------------------------------------------------------------------------------


def frame_parts(before: Any, after: Any) -> tuple[str, list[Part]]:
    """A note and the parts of the change from one table (or ``None``) to another; no parts where they are equal.

    Rows are told apart by their index where that is unique, otherwise by their place.
    """
    new, columns = _rows(after), _columns(after)
    size = f"{len(after):,} rows × {len(columns):,} columns"
    if before is None:
        return size, [Part("+", _row(columns, row), str(name)) for name, row in new[:ROWS]]
    old, former = _rows(before), _columns(before)
    parts = [Part("-", f"column {c}: {former[c]}") for c in former if c not in columns]
    parts += [Part("+", f"column {c}: {columns[c]}") for c in columns if c not in former]
    retyped = [c for c in columns if c in former and former[c] != columns[c]]
    parts += [Part("+", f"column {c}: {former[c]} -> {columns[c]}") for c in retyped]
    if len(before) * len(former) + len(after) * len(columns) > CELLS:
        note = f"{len(before):,} × {len(former):,} -> {len(after):,} × {len(columns):,}"
        return f"{note}; too large to compare", parts or [Part("+", note)]
    old_rows, new_rows = dict(old), dict(new)
    gone = [k for k in old_rows if k not in new_rows]
    come = [k for k in new_rows if k not in old_rows]
    common = [c for c in columns if c in former]
    here, there = {c: i for i, c in enumerate(former)}, {c: i for i, c in enumerate(columns)}
    changed = {}
    for key in new_rows.keys() & old_rows.keys():
        was, now = old_rows[key], new_rows[key]
        cells = [c for c in common if not _equal(was[here[c]], now[there[c]])]
        if cells:
            changed[key] = cells
    parts += [Part("-", _row(former, old_rows[k]), str(k)) for k in gone[:ROWS]]
    parts += [Part("+", _row(columns, new_rows[k]), str(k)) for k in come[:ROWS]]
    for key in [k for k in new_rows if k in changed][:ROWS]:
        was, now = old_rows[key], new_rows[key]
        told = (f"{c} {_cell(c, was[here[c]])} -> {_cell(c, now[there[c]])}" for c in changed[key][:ROWS])
        parts.append(Part("+", ", ".join(told), str(key)))
    counts = ((len(come), "added"), (len(gone), "removed"), (len(changed), "changed"))
    rows = ", ".join(f"{n:,} {word}" for n, word in counts if n)
    if not parts and list(old_rows) != list(new_rows):
        parts, rows = [Part(" ", "the same rows in another order")], "reordered"
    return f"{size}; rows: {rows}" if rows else size, parts


def _columns(frame: Any) -> dict[str, str]:
    """Name -> type."""
    kinds = frame.dtypes
    return {str(c): str(k) for c, k in zip(frame.columns, list(kinds), strict=False)}


def _rows(frame: Any) -> list[tuple[Any, Sequence[Any]]]:
    """(name, cells) of each row, as far as there are not too many."""
    index = getattr(frame, "index", None)
    most = max(1, CELLS // max(1, frame.shape[1]))
    if index is None or callable(index):  # polars has rows by place
        return list(enumerate(frame.head(most).rows()))
    rows = frame.head(most).itertuples(index=False, name=None)
    return list(zip(index, rows, strict=False)) if index.is_unique else list(enumerate(rows))


def _row(columns: dict[str, str], row: Sequence[Any]) -> str:
    shown = ", ".join(f"{c}={_cell(c, v)}" for c, v in list(zip(columns, row, strict=False))[:8])
    return f"{shown}, … {len(columns) - 8:,} more" if len(columns) > 8 else shown


def _cell(column: str, value: Any) -> str:
    return MASK if is_secret_key(column) else brief(value, 40)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other) or bool(one != one and other != other)
    except Exception:  # cells may hold anything
        return one is other


# -- arrays ------------------------------------------------------------------------------------------------------------


def array_parts(before: Any, after: Any) -> tuple[str, list[Part]]:
    """A note and the parts of the change from one array (or ``None``) to another; no parts where they are equal."""
    if before is None:
        return "", [Part("+", _about(after))]
    note = ""
    if before.shape == after.shape:
        different = _different(before, after)
        if different == 0 and before.dtype == after.dtype:
            return "", []
        size = _size(after)
        note = f"{different:,} of {size:,} changed" if different is not None else ""
    return note, [Part("-", _about(before)), Part("+", _about(after))]


def _about(array: Any) -> str:
    """Shape, type and range of an array."""
    size = " × ".join(f"{n:,}" for n in array.shape)
    try:
        bounds = f", {brief(_plain(array.min()), 20)} to {brief(_plain(array.max()), 20)}" if _size(array) else ""
    except Exception:  # of what has no order
        bounds = ""
    return f"{size} {array.dtype}{bounds}"


def _plain(number: Any) -> Any:
    found = number.item() if hasattr(number, "item") else number
    return round(found, 6) if isinstance(found, float) else found


def _size(array: Any) -> int:
    size = 1
    for n in array.shape:
        size *= n
    return size


def _different(before: Any, after: Any) -> int | None:
    """How many elements are not the same, those that are not a number left out where both are."""
    try:
        apart = (before != after) & ~((before != before) & (after != after))
        return int(apart.sum())
    except Exception:  # of elements that cannot be compared
        return None
