"""What a program saw, as plain data that two packages can be compared by.

Only what has to differ is renamed: generated ids, in the order in which they are first seen, and times. All else
(types, texts, order but for a task's metadata) is kept. Knows neither package: their values are told apart by the
names of their classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

GENERATED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-zA-Z])[0-9a-f]{32}(?![0-9a-zA-Z])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
SAVER = "__pregel_checkpointer"
"""LangGraph's saver, in the configs of graphs inside; a difference of its own."""
ID_KEYS = frozenset(("checkpoint_id", "run_id"))
SLOTS = {"Send": ("node", "arg"), "Interrupt": ("value", "id")}


class Normaliser:
    """Renames generated ids by order of first appearance; one per run of a program."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, generated: str) -> str:
        """The stable name of a generated id."""
        return self._names.setdefault(generated, f"<id {len(self._names) + 1}>")

    def text(self, text: str) -> str:
        """``text`` with its ids renamed and its times left out."""
        for known, name in self._names.items():
            text = text.replace(known, name)
        text = GENERATED.sub(lambda found: self.name(found[0]), text)
        return TIME.sub("<time>", text)

    def __call__(self, value: Any) -> Any:
        """``value`` as nested dicts, lists, tuples and scalars."""
        match value:
            case str():
                return self.text(value)
            case None | bool() | int() | float() | bytes():
                return value
            case BaseException():
                return {"!": type(value).__name__, "text": self.text(str(value))}
            case {"langgraph_node": _}:  # the order of a task's metadata is nobody's concern
                return {key: self._item(key, value[key]) for key in sorted(value)}
            case Mapping():
                return self._kind(value, {self(k): self._item(k, v) for k, v in value.items() if k != SAVER}, dict)
            case tuple() if type(value).__name__ == "PregelTask":
                return self._task(value)
            case tuple() if hasattr(value, "_fields"):
                return self._record(value, value._fields)
            case list():
                return self._kind(value, [self(item) for item in value], list)
            case tuple():
                return self._kind(value, tuple(self(item) for item in value), tuple)
            case set() | frozenset():
                return {"!": type(value).__name__, "items": sorted(map(repr, map(self, value)))}
            case type():
                return f"<class {value.__name__}>"
        return self._object(value)

    def _kind(self, value: Any, plain: Any, plain_type: type) -> Any:
        return plain if type(value) is plain_type else {"!": type(value).__name__, "items": plain}

    def _item(self, key: Any, value: Any) -> Any:
        return self.name(value) if key in ID_KEYS and isinstance(value, str) else self(value)

    def _object(self, value: Any) -> Any:
        if fields_of := SLOTS.get(type(value).__name__):
            return self._record(value, fields_of)
        if is_dataclass(value):
            return self._record(value, tuple(f.name for f in fields(value)))
        if isinstance(value, BaseMessage):
            return {"!": type(value).__name__, **self(value.model_dump(exclude_defaults=True))}
        if isinstance(value, BaseModel):
            return {"!": type(value).__name__, **self(value.model_dump())}
        return self.text(re.sub(r" at 0x[0-9a-f]+", "", repr(value)))

    def _task(self, task: Any) -> dict[str, Any]:
        """A snapshot's task; the error of an attempt before the one that succeeded is a difference of its own."""
        return self._record(task._replace(error=None) if task.result is not None else task, task._fields)

    def _record(self, value: Any, names: tuple[str, ...]) -> dict[str, Any]:
        return {"!": type(value).__name__} | {n: self._field(type(value).__name__, n, getattr(value, n)) for n in names}

    def _field(self, owner: str, name: str, value: Any) -> Any:
        if name == "id" and owner in ("Interrupt", "PregelTask") and isinstance(value, str):
            return self.name(value)
        return self(value)
