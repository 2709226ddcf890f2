"""The form of a fork: a field for each key of the state, as its type says, with the value that it has at a step.

What comes back is only what a person changed, checked against the types. This file must not know of widgets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.notebook.forms import Field, Form, Option, read_answer, read_schema
from langgraph_nb.notebook.forms.adapter import adapter_of
from langgraph_nb.notebook.forms.schema import LONG_TEXT
from langgraph_nb.notebook.live.text import brief, is_message, is_secret_key
from langgraph_nb.notebook.past.histories import step_title
from langgraph_nb.notebook.past.records import Past, PastStep
from langgraph_nb.types import Interrupt

__all__ = ["Given", "form_at", "read_fork"]

MAX_SCHEMA = 6_000
"""Characters of a type's JSON schema; what has a longer one, such as messages, is given as JSON."""
MAX_DEFAULT = 4_000
MAX_STEPS = 200
REDUCED = "Added to what is there, by its reducer."
AS_JSON = Field("", "json")


@dataclass(frozen=True, slots=True)
class Given:
    """What a person put in."""

    values: dict[str, Any]
    as_node: str | None
    errors: Mapping[str, str] = field(default_factory=dict)
    """Path of the field -> what is wrong with it."""


def form_at(past: Past, step: PastStep) -> dict[str, Any]:
    """The form for a fork at a step, as JSON data for the page.

    Args:
        past: The thread.
        step: Where to fork.
    """
    fields = tuple(_field(past, key, step.values) for key in past.plan.state_keys)
    nodes = tuple(Option(name, name) for name in past.plan.nodes if name != START)
    who = Field("as_node", "dropdown", "As if they came from", "By default the node that ran last.", options=nodes)
    values = Field("values", "group", "Values", required=True, fields=fields)
    root = Field("", "group", required=True, fields=(values, who))
    steps = [{"id": s.id, "label": f"step {s.number}: {brief(step_title(s), 60)}"} for s in past.steps.values()]
    return {"step": step.id, "root": root.to_json(), "steps": steps[:MAX_STEPS], "reopen": past.magic}


def read_fork(past: Past, raw: Mapping[str, Any]) -> Given:
    """Check what came from the page.

    Args:
        past: The thread.
        raw: ``{"values": {key: JSON data}, "as_node": name}``, with the keys that were changed.
    """
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for key, value in dict(raw.get("values") or {}).items():
        if key not in past.plan.key_set:
            continue
        hint = past.plan.channels[key].UpdateType
        if _schema(hint) is None:
            found[key] = value
            continue
        answer = read_answer(Interrupt(None, id=key, response_schema=hint), value, Form(key, "", AS_JSON))
        found[key] = answer.typed
        errors.update({"/".join(filter(None, ("values", key, path))): what for path, what in answer.errors.items()})
    return Given(found, str(raw.get("as_node") or "") or None, errors)


def _schema(hint: Any) -> dict[str, Any] | None:
    """The JSON schema of a type; ``None`` where it has none, or none that a form could show."""
    try:
        schema = adapter_of(hint).json_schema()
    except Exception:  # pydantic raises what it likes for types that have no JSON form
        return None
    return schema if len(json.dumps(schema, default=str)) <= MAX_SCHEMA else None


def _field(past: Past, key: str, values: Mapping[str, Any]) -> Field:
    schema, reduced = _schema(past.plan.channels[key].UpdateType), key not in past.plan.plain
    made = read_schema(schema, key=key, required=False) if schema is not None else AS_JSON
    made = replace(made, key=key, title=key, description=REDUCED if reduced else "", has_default=False, default=None)
    if is_secret_key(key):
        return replace(made, kind="secret")
    if reduced or key not in values:
        return made
    try:
        default = _as_json(values[key])
    except ValueError:
        return replace(made, kind="json", description=f"It is {brief(values[key], 80)}.")
    long = made.kind == "text" and isinstance(default, str) and ("\n" in default or len(default) > LONG_TEXT)
    return replace(made, kind="textarea" if long else made.kind, has_default=True, default=default)


def _as_json(value: Any) -> Any:
    """A value as JSON data.

    Raises:
        ValueError: It has none, or too much of it.
    """
    from pydantic_core import PydanticSerializationError, to_json

    if is_message(value):
        raise ValueError
    try:
        text = to_json(value)
    except PydanticSerializationError as error:
        raise ValueError from error
    if len(text) > MAX_DEFAULT:
        raise ValueError
    return json.loads(text)
