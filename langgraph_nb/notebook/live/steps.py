"""The steps of a run to look back at: the state after each, as text, and what each node changed.

A step keeps only the keys that it wrote, so that history costs what changed; the values at a step are those of the
steps up to it, the newest last. This file must not know of clocks, status or widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from langgraph_nb.constants import PREVIOUS, RESERVED_WRITES, ROOT
from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key, text_of

__all__ = ["WHOLE", "Steps", "state_writes"]

MAX_STEPS = 300
MAX_KEYS = 60
VALUE = 1_500
"""Characters of one value in one step."""
WHOLE = "value"
"""What people read in the place of a key, where a state has none."""
_ABSENT = object()
_STEER = RESERVED_WRITES | {PREVIOUS}


def state_writes(writes: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The writes that go to the state, without those that only steer."""
    return [(c, v) for c, v in writes if c not in _STEER and ":" not in c and not c.startswith("__pregel")]


class Steps:
    """The steps of one run.

    Example:
        >>> steps = Steps()
        >>> steps.add(0, {"n": 1}, {"n"}, ["a"], {"n": ["a"]})
        >>> steps.patch()[0]["set"]
        {'n': '1'}
    """

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._new = 0
        self._values: Mapping[str, Any] = {}
        self._texts: dict[str, str] = {}

    @property
    def values(self) -> Mapping[str, Any]:
        """The state after the last step."""
        return self._values

    def add(
        self, step: int, values: Any, updated: Iterable[str], ran: list[str], writers: Mapping[str, list[str]]
    ) -> None:
        """Note a finished step.

        Args:
            step: Its number.
            values: The state after it.
            updated: The channels that were written.
            ran: The nodes that ran in it.
            writers: Key -> the nodes that wrote it.
        """
        if self._steps and self._steps[-1]["step"] == step:  # a run that goes on reports the state it starts from
            return
        new = values if isinstance(values, Mapping) else {} if values is None else {WHOLE: values}
        if WHOLE in new and ROOT in writers:
            updated, writers = [*updated, WHOLE], {**writers, WHOLE: writers[ROOT]}
        first = not self._steps
        keys = [k for k in new if first or k in updated or k not in self._values][:MAX_KEYS]
        shown = {k: MASK if is_secret_key(k) else text_of(new[k], VALUE) for k in keys}
        changes = [self._change(k, new[k], writers.get(k, []), shown[k]) for k in keys if not first]
        self._texts |= shown
        self._steps.append({"step": step, "ran": ran, "set": shown, "changes": [c for c in changes if c]})
        # values may be mutated in place by the next node: keep what is compared, not the object
        self._values = {k: _kept(v) for k, v in new.items()}
        self._drop_oldest()

    def _change(self, key: str, new: Any, by: list[str], text: str) -> dict[str, Any] | None:
        old = self._values.get(key, _ABSENT)
        if is_secret_key(key):
            return {"key": key, "by": by, "op": "set", "after": MASK}
        if isinstance(new, list) and isinstance(old, _Seen) and -1 < old.length < len(new):
            return {"key": key, "by": by, "op": "add", "after": "\n".join(brief(v) for v in new[old.length :][:10])}
        after = brief(new)
        if old is _ABSENT or old is None:
            return {"key": key, "by": by, "op": "new", "after": after}
        before = brief(old.shown if isinstance(old, _Seen) else old)
        if before == after and not by:
            return None
        if text == self._texts.get(key) and len(text) <= VALUE:  # written again as it was: nothing to strike out
            return {"key": key, "by": by, "op": "set", "after": after}
        return {"key": key, "by": by, "op": "set", "before": before, "after": after}

    @property
    def changed(self) -> bool:
        """Whether there is something to report."""
        return self._new < len(self._steps)

    def patch(self) -> list[dict[str, Any]]:
        """The steps since the last call."""
        new, self._new = self._steps[self._new :], len(self._steps)
        return new

    def to_json(self) -> list[dict[str, Any]]:
        """All steps that are kept."""
        return list(self._steps)

    def _drop_oldest(self) -> None:
        if len(self._steps) > MAX_STEPS:
            oldest, second = self._steps.pop(0), self._steps[0]
            second["set"] = {**oldest["set"], **second["set"]}
            self._new = max(0, self._new - 1)


class _Seen:
    """What is remembered of a value that may change in place: what it looked like and, of a list, how long it was."""

    __slots__ = ("length", "shown")

    def __init__(self, value: Any) -> None:
        self.length, self.shown = len(value) if isinstance(value, list) else -1, brief(value)


def _kept(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return _Seen(value)
