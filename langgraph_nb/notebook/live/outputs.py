"""What the nodes of a run put out, as entries of a log: messages, changes of state, custom data, prints, errors.

A message is one entry however often it is told: token by token, whole, by the node that returns it, and by the graphs
around that node. This file must not know of status, of times, or of what shows the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.notebook.live.log import Log
from langgraph_nb.notebook.live.messages import Messages, given_messages
from langgraph_nb.notebook.live.places import Places
from langgraph_nb.notebook.live.text import MASK, brief, is_message, is_secret_key, text_of
from langgraph_nb.pregel.events import Task

__all__ = ["Outputs", "progress_of"]

CHANGE = 600
"""Characters of a written value."""


class Outputs:
    """The outputs of one run.

    Example:
        >>> outputs = Outputs()
        >>> outputs.given({"messages": [("user", "hi")]})
        >>> outputs.log.to_json()[0]["text"]
        'hi'
    """

    def __init__(self) -> None:
        self.log, self.places = Log(), Places()
        self._messages = Messages(self.log)

    def given(self, input: Any) -> None:
        """A run starts with this."""
        for role, text in given_messages(input):
            self.log.add(START, "message", text, self.places.next(), role=role)

    def answered(self, question: str, answer: str) -> None:
        """A person answered."""
        self.log.add("", "input", answer, self.places.next(), label=question)

    def printed(self, node: str, text: str) -> None:
        """A node printed."""
        number = self.log.last(node, "print")
        if number is None:
            self.log.add(node, "print", text, self.places.next())
        else:
            self.log.grow(number, text)

    def failed(self, node: str, task: Task, text: str) -> None:
        """A node raised."""
        self.log.add(node, "error", text, self.places.next(task))

    def custom(self, node: str, task: Task, data: Any) -> None:
        """A node wrote to its stream writer."""
        if not (isinstance(data, dict) and data.keys() <= _PROGRESS_KEYS and progress_of(data) is not None):
            self.log.add(node, "custom", text_of(data, CHANGE), self.places.next(task))

    def changed(self, node: str, task: Task, key: str, value: Any, before: Any) -> None:
        """A node wrote to the state. Messages that are shown already are not told again."""
        if is_secret_key(key):
            self.log.add(node, "change", MASK, self.places.next(task), key=key)
            return
        written = value if isinstance(value, list) else [value]
        if written and all(map(_is_spoken, written)):
            self._messages_written(node, task, key, written)
            return
        plain = isinstance(before, str | int | float | bool) and before != value
        known = {"before": brief(before)} if plain else {}
        self.log.add(node, "change", _preview(value), self.places.next(task), key=key, **known)

    def _messages_written(self, node: str, task: Task, key: str, written: list[Any]) -> None:
        there = task.input.get(key) if isinstance(task.input, Mapping) else None
        old = {m.id for m in there if is_message(m)} if isinstance(there, list) else set()
        removed = 0
        for message in written:
            if not is_message(message):
                for role, text in given_messages({"messages": message}):
                    self.log.add(node, "message", text, self.places.next(task), role=role)
            elif message.type == "remove":
                removed += 1
            elif message.id is None or message.id not in old:
                self.message(node, task, message)
        if removed:
            many = "a message" if removed == 1 else f"{removed} messages"
            self.log.add(node, "change", f"{many} removed", self.places.next(task), key=key)

    def kept(self, node: str, task: Task, many: int, entry: int | None = None) -> int:
        """Code called a task whose results were known, for the n-th time; the entry that says so."""
        label = "↺ its result was kept" if many == 1 else f"↺ {many} results were kept"
        if entry is None:
            return self.log.add(node, "custom", "", self.places.next(task), label=label)
        self.log.amend(entry, label=label)
        return entry

    def message(self, node: str, task: Task, message: Any, about: Mapping[str, Any] | None = None) -> None:
        """A model said something, or a node returns what was said."""
        self._messages.take(node, message, about, lambda: self.places.next(task))


_PROGRESS_KEYS = {"progress", "done", "total"}


def progress_of(data: Any) -> float | None:
    """The progress that custom data reports: ``{"progress": 0.4}`` or ``{"done": 4, "total": 10}``; 0 to 1.

    Example:
        >>> progress_of({"done": 1, "total": 4})
        0.25
    """
    if not isinstance(data, dict):
        return None
    match data:
        case {"progress": int() | float() as part}:
            return min(1.0, max(0.0, float(part)))
        case {"done": int() | float() as done, "total": int() | float() as total} if total > 0:
            return min(1.0, max(0.0, done / total))
    return None


def _preview(value: Any) -> str:
    """A written value in the log: whole if it is small, else in one line; the steps show all of it."""
    text = text_of(value, CHANGE)
    small = text.count("\n") < 12 and len(text) < CHANGE
    return text if small or isinstance(value, str) else brief(value, CHANGE // 2)


def _is_spoken(value: Any) -> bool:
    """Whether a written value is a message, and could be nothing else."""
    match value:
        case {"role": str(role), "content": str()}:
            return role in _ROLES
        case _:
            return is_message(value)


_ROLES = {"human", "user", "ai", "assistant", "system", "tool", "developer"}
