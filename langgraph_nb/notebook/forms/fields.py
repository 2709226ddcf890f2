"""The description of a form: plain frozen data that turns into JSON for the browser and into text for a terminal.

A form is a tree of fields. What is in it comes from users and models: whoever shows it must treat it as text.
This file knows no schema language and no front end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

Kind = Literal[
    "checkbox", "dropdown", "choices", "slider", "number", "text", "textarea", "secret", "date", "datetime", "time",
    "list", "tuple", "map", "group", "variant", "json", "const",
]  # fmt: skip
"""How a field is filled in. ``choices`` picks several of a fixed set, ``variant`` one of several shapes, ``tuple`` is a
list whose entries have a shape each, ``map`` an object of any keys with values of one shape, ``const`` is not shown."""


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a dropdown."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in."""

    key: str
    """Its name in the object around it; empty for a form's root and a list's items."""
    kind: Kind
    title: str = ""
    description: str = ""
    required: bool = False
    nullable: bool = False
    """Whether it may be left empty, which means ``None``."""
    has_default: bool = False
    default: Any = None
    """JSON data. What the form shows before anybody touches it."""
    integer: bool = False
    exact: bool = False
    """Of a number: whether digits that a float does not hold count. It may be answered with a text then."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    pattern: str = ""
    options: tuple[Option, ...] = ()
    fields: tuple[Field, ...] = ()
    """Of a group and of a tuple: its members. Of a variant: its shapes."""
    item: Field | None = None
    """Of a list and of a map: what each entry looks like."""

    def to_json(self) -> dict[str, Any]:
        """JSON data without what is empty.

        Example:
            >>> Field("n", "number", integer=True).to_json()
            {'key': 'n', 'kind': 'number', 'integer': True}
        """
        always = ("key", "kind", *(("default",) if self.has_default else ()))
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {k: _plain(v) for k, v in pairs if k in always or not _is_empty(v)}


@dataclass(frozen=True, slots=True)
class ContextItem:
    """Something to know before answering: a line of text, or a table."""

    label: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A question and how it is answered."""

    id: str
    """The interrupt's; answers are addressed by it."""
    question: str
    root: Field
    context: tuple[ContextItem, ...] = ()
    submit: str = "Submit"
    schema: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    """The JSON schema that the fields were read from; answers are checked against it. Not sent to the browser."""
    as_list: bool = False
    """Whether the answer goes back as a list of one, as the question came."""

    def to_json(self) -> dict[str, Any]:
        """JSON data for the browser.

        Example:
            >>> Form("a1", "Send it?", Field("", "checkbox")).to_json()["question"]
            'Send it?'
        """
        shown = {"id": self.id, "question": self.question, "root": self.root.to_json(), "submit": self.submit}
        return {**shown, "context": [_plain(item) for item in self.context]}


def _plain(value: Any) -> Any:
    if isinstance(value, Field):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {k: _plain(v) for k, v in pairs if not _is_empty(v)}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == "" or value == ()
