"""What is different between two values, as people see it: by path, by message, by row, by line, by element.

A change is plain text in parts, each added, removed or the same, so that every front end shows it without knowing the
value. Whatever size values have, little is compared and less is shown, and what is left out is counted. Secrets are
masked. This file must not know of threads or HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Literal

from langgraph_nb.constants import ROOT
from langgraph_nb.notebook.live.steps import WHOLE
from langgraph_nb.notebook.live.text import (
    MASK,
    brief,
    clipped,
    is_message,
    is_secret_key,
    message_role,
    message_text,
    text_of,
    tool_calls,
)  # fmt: skip
from langgraph_nb.notebook.past.images import Image, image_of
from langgraph_nb.notebook.past.tables import Part, Sign, array_parts, frame_parts, is_array, is_frame

__all__ = ["ABSENT", "Change", "Part", "changes", "same", "state_changes"]

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""In the place of a value that is not there."""
MAX_CHANGES = 40
"""Paths below one key."""
MAX_PARTS = 16
TEXT = 600
"""Characters of a part."""
MAX_LINES = 400
"""Lines of a text that are compared, after those at both ends that are the same."""
MAX_DEPTH = 6
Op = Literal["new", "set", "gone", "change"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    path: str
    """The key, and the way into its value: ``order.items[2].price``."""
    op: Op
    parts: tuple[Part, ...] = ()
    note: str = ""
    """What is to be known as a whole: ``3 rows added``."""
    image: Image | None = None
    """The new picture, small."""

    def __str__(self) -> str:
        sign = {"new": "+", "gone": "-"}.get(self.op, "~")
        whole = self.op != "change" and len(self.parts) <= 2 and not any("\n" in p.text for p in self.parts)
        head = f"{sign} {self.path}" + (f" ({self.note})" if self.note else "")
        if whole and self.parts:
            return f"{head}: {' -> '.join(part.shown for part in self.parts)}"
        return "\n".join((head, *(f"    {part.sign} {line}" for part in self.parts for line in part.shown.split("\n"))))


def state_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The changes of a state, key by key.

    Example:
        >>> for change in state_changes({"n": 1, "log": ["a"]}, {"n": 2, "log": ["a", "b"]}):
        ...     print(change)
        ~ n: 1 -> 2
        ~ log (1 added)
            + 'b'

    A state without keys is a value:

        >>> print(*state_changes({"__root__": 1}, {"__root__": 2}))
        ~ value: 1 -> 2
    """
    keys = {key: WHOLE if key == ROOT else str(key) for key in (*after, *before)}
    return [c for key, name in keys.items() for c in changes(before.get(key, ABSENT), after.get(key, ABSENT), name)]


def changes(before: Any, after: Any, path: str = "") -> list[Change]:
    """The changes from one value to another; at most about forty, and the last one counts the others.

    Args:
        before: The old value, or ``ABSENT``.
        after: The new one, or ``ABSENT``.
        path: Where it is.
    """
    found = list(islice(_changes(before, after, path, 0), MAX_CHANGES + 1))
    if len(found) > MAX_CHANGES:
        found[-1] = Change(path, "change", note="and more")
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, whatever they do when they are compared."""
    if one is other:
        return True
    if type(one) is not type(other) and not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    if is_frame(one):
        return not frame_parts(one, other)[1]
    if is_array(one):
        return not array_parts(one, other)[1]
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(v, other[k]) for k, v in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    try:
        return bool(one == other) or bool(one != one and other != other)  # not a number is what it was
    except Exception:  # a user's __eq__; what cannot be compared is shown
        return False


# -- by kind -----------------------------------------------------------------------------------------------------------


def _changes(before: Any, after: Any, path: str, depth: int) -> Iterator[Change]:
    if same(before, after):
        return
    if is_secret_key(path.rsplit(".", 1)[-1]):
        yield Change(path, _op(before, after), (Part("+", MASK),))
    elif after is ABSENT:
        yield Change(path, "gone", (Part("-", brief(before)),))
    elif before is ABSENT or before is None:
        yield _new(after, path)
    elif is_frame(before) and is_frame(after):
        note, parts = frame_parts(before, after)
        yield Change(path, "change", _bounded(parts), note)
    elif is_array(before) and is_array(after):
        note, parts = array_parts(before, after)
        yield Change(path, "change", _bounded(parts), note)
    elif (image := image_of(after)) is not None:
        former = image_of(before)
        note = f"{former.about} -> {image.about}" if former is not None else image.about
        yield Change(path, "set", note=note, image=image)
    elif depth < MAX_DEPTH and (pairs := _members(before, after)) is not None:
        yield from _by_key(*pairs, path, depth)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        yield from _of_lists(before, after, path, depth)
    elif isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        note, parts = _lines(before, after)
        yield Change(path, "change", _bounded(parts), note)
    else:
        yield Change(path, "set", (Part("-", _one(before)), Part("+", _one(after))))


def _op(before: Any, after: Any) -> Op:
    return "gone" if after is ABSENT else "new" if before is ABSENT else "set"


def _one(value: Any) -> str:
    """A value as a part; a text without quotes when it is long, since it is read and not compared."""
    if isinstance(value, str):
        return clipped(value, TEXT) if len(value) > 60 or "\n" in value else repr(value)
    return text_of(value, TEXT)


def _new(value: Any, path: str) -> Change:
    if (image := image_of(value)) is not None:
        return Change(path, "new", note=image.about, image=image)
    if is_frame(value):
        note, parts = frame_parts(None, value)
        return Change(path, "new", _bounded(parts), note)
    if is_array(value):
        note, parts = array_parts(None, value)
        return Change(path, "new", _bounded(parts), note)
    if isinstance(value, list) and value and all(map(is_message, value)):
        return Change(path, "new", _bounded([_said("+", m) for m in value]), _counted(len(value), "message"))
    return Change(path, "new", (Part("+", _one(value)),))


def _members(before: Any, after: Any) -> tuple[Mapping[Any, Any], Mapping[Any, Any]] | None:
    """What two values are made of, by name, where both are of one kind that has named parts."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before, after
    if type(before) is not type(after) or isinstance(after, type) or is_message(after):
        return None
    if is_dataclass(after):
        names = [f.name for f in fields(after) if f.repr]
    elif isinstance(shape := getattr(type(after), "model_fields", None), Mapping):
        names = list(shape)
    else:
        return None
    return tuple({n: getattr(v, n, ABSENT) for n in names} for v in (before, after))  # type: ignore[return-value]


def _by_key(before: Mapping[Any, Any], after: Mapping[Any, Any], path: str, depth: int) -> Iterator[Change]:
    for key in dict.fromkeys((*after, *before)):
        name = key if isinstance(key, str) and key.isidentifier() else None
        inner = f"{path}.{name}" if name else f"{path}[{clipped(repr(key), 60)}]"
        if is_secret_key(key) and not same(before.get(key, ABSENT), after.get(key, ABSENT)):
            yield Change(inner, _op(before.get(key, ABSENT), after.get(key, ABSENT)), (Part("+", MASK),))
        else:
            yield from _changes(before.get(key, ABSENT), after.get(key, ABSENT), inner, depth + 1)


def _of_lists(before: Sequence[Any], after: Sequence[Any], path: str, depth: int) -> Iterator[Change]:
    if all(map(is_message, (*before, *after))):
        yield _conversation(before, after, path)
        return
    first, end = _ends(before, after)
    gone, come = before[first : len(before) - end], after[first : len(after) - end]
    if len(gone) == len(come) and depth < MAX_DEPTH:
        for index, (old, new) in enumerate(zip(gone, come, strict=True), first):
            yield from _changes(old, new, f"{path}[{index}]", depth + 1)
        return
    parts = [*(Part("-", _one(v)) for v in gone[:MAX_PARTS]), *(Part("+", _one(v)) for v in come[:MAX_PARTS])]
    note = ", ".join(f"{len(part):,} {word}" for part, word in ((come, "added"), (gone, "removed")) if part)
    yield Change(path, "change", _bounded(parts, len(gone) + len(come)), note)


def _ends(before: Sequence[Any], after: Sequence[Any]) -> tuple[int, int]:
    """How many items at the beginning and at the end are the same."""
    shorter = min(len(before), len(after))
    first = next((i for i in range(shorter) if not same(before[i], after[i])), shorter)
    left = shorter - first
    return first, next((i for i in range(left) if not same(before[-1 - i], after[-1 - i])), left)


def _conversation(before: Sequence[Any], after: Sequence[Any], path: str) -> Change:
    """Messages by their ids, as ``add_messages`` tells them apart; those without one by what they say."""
    old, new = _by_id(before), _by_id(after)
    parts: list[Part] = [_said("-", m) for k, m in old.items() if k not in new]
    gone = len(parts)
    changed = 0
    for key, message in new.items():
        if key not in old:
            parts.append(_said("+", message))
        elif _spoken(old[key]) != _spoken(message):
            parts += [_said("-", old[key]), _said("+", message)]
            changed += 1
    come = len(new.keys() - old.keys())
    counts = ((come, "added"), (gone, "removed"), (changed, "changed"))
    note = ", ".join(f"{n:,} {word}" for n, word in counts if n)
    note = f"{_counted(len(after), 'message')}: {note}" if note else "reordered"
    return Change(path, "change", _bounded(parts), note)


def _by_id(messages: Sequence[Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for message in messages:
        key = getattr(message, "id", None) or _spoken(message)
        while key in found:
            key = (key, "again")
        found[key] = message
    return found


def _spoken(message: Any) -> tuple[str, ...]:
    return (message_role(message), message_text(message), *tool_calls(message))


def _said(sign: Sign, message: Any) -> Part:
    name = getattr(message, "name", None)
    who = message_role(message) + (f" ({name})" if name else "")
    return Part(sign, "\n".join(filter(None, (clipped(message_text(message), TEXT), *tool_calls(message)))), who)


def _lines(before: str, after: str) -> tuple[str, list[Part]]:
    old, new = before.split("\n"), after.split("\n")
    first, end = _ends(old, new)
    gone, come = old[first : len(old) - end], new[first : len(new) - end]
    note = f"{_counted(len(new), 'line')}"
    if max(len(gone), len(come)) > MAX_LINES:
        return f"{note}; {len(gone):,} are replaced by {len(come):,}", []
    parts = [Part(" ", clipped(line, TEXT)) for line in old[max(0, first - 1) : first]]
    for tag, i, j, k, m in SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
        if tag == "equal":
            parts += [Part(" ", clipped(line, TEXT)) for line in gone[i:j]] if j - i < 4 else [Part(" ", "…")]
        else:
            parts += [Part("-", clipped(line, TEXT)) for line in gone[i:j]]
            parts += [Part("+", clipped(line, TEXT)) for line in come[k:m]]
    return note, parts


def _bounded(parts: Sequence[Part], total: int | None = None) -> tuple[Part, ...]:
    left = (len(parts) if total is None else total) - MAX_PARTS
    return (*parts[:MAX_PARTS], *([Part(" ", f"… {left:,} more")] if left > 0 else []))


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
