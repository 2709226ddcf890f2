"""From the raw answer of a browser, a terminal or a cell to a valid value, or to what is wrong with it, by field.

A Python type validates as Pydantic does, a JSON schema as the ``jsonschema`` library does. Nothing else runs here, so
a wrong answer leaves everything as it was. This file must not know of threads, widgets or graphs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache, partial
from importlib import import_module
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.forms.adapter import adapter_of
from langgraph_nb.notebook.forms.fields import Form
from langgraph_nb.notebook.forms.request import form_of
from langgraph_nb.notebook.forms.schema import decimal_way
from langgraph_nb.types import Interrupt

__all__ = ["Answer", "explained", "read_answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a raw answer."""

    value: Any = None
    """What to resume with: JSON data, so that every saver can store it."""
    typed: Any = None
    """The same as the schema's type: what ``interrupt`` will return."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Path of the field ("" is the form, ``a/0/b`` a nested one) -> what is wrong with it."""

    @property
    def ok(self) -> bool:
        return not self.errors

    def explain(self) -> str:
        """The errors in one line each, for where there are no fields to put them at."""
        return "\n".join(f"{path.replace('/', '.')}: {what}" if path else what for path, what in self.errors.items())


def read_answer(interrupt: Interrupt, raw: Any, form: Form | None = None) -> Answer:
    """Validate the answer to an interrupt.

    Args:
        interrupt: The question.
        raw: JSON data from a form, or a value from code (a model, a dataclass, anything that has a JSON form).
        form: The question's form, where it was made before.

    Example:
        >>> question = Interrupt("How many?", id="a1", response_schema=int)
        >>> read_answer(question, 3).value, read_answer(question, "many").ok
        (3, False)
    """
    form = form or form_of(interrupt)
    schema = interrupt.response_schema
    if form.as_list and isinstance(raw, list) and len(raw) == 1:  # as a program answers
        [raw] = raw
    try:
        text = _to_json(raw)
    except ValueError as error:
        return Answer(errors={"": f"The answer has no JSON form: {error}."})
    if schema is None or isinstance(schema, Mapping):
        found = _by_schema(form.schema, json.loads(text))
    else:
        found = _by_type(schema, text)
    return Answer([found.value], [found.typed]) if form.as_list and found.ok else found


def _to_json(raw: Any) -> str:
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(raw).decode()
    except PydanticSerializationError as error:
        raise ValueError(str(error)) from error


def _by_type(schema: Any, text: str) -> Answer:
    from pydantic import ValidationError

    adapter = adapter_of(schema)
    try:
        typed = adapter.validate_json(text)
    except ValidationError as error:
        return Answer(errors=explained(error, json.loads(text)))
    return Answer(json.loads(text), typed)


def explained(error: Any, data: Any) -> dict[str, str]:
    """What a Pydantic error says of an answer, by the path of the field.

    Args:
        error: A ``ValidationError``.
        data: The answer.
    """
    found = error.errors(include_url=False, include_input=False)
    return _first_of_each(_located(data, e["type"], e["loc"], e["msg"]) for e in found)


def _located(data: Any, kind: str, loc: Iterable[Any], what: str) -> tuple[str, str]:
    """Path and words of a Pydantic error; the names of a union's ways in ``loc`` are not part of the data."""
    path: list[str] = []
    steps = list(loc)
    for i, step in enumerate(steps):
        absent = kind == "missing" and i == len(steps) - 1
        if isinstance(data, dict) and (step in data or absent):
            path, data = [*path, str(step)], data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            path, data = [*path, str(step)], data[step] if step < len(data) else None
    return "/".join(path), "This is needed." if kind == "missing" else f"{what}."


def _by_schema(schema: Mapping[str, Any] | None, data: Any) -> Answer:
    if schema is None or _accepts_any_text(schema, data):
        return Answer(data, data)
    found = _validator()(schema, format_checker=_formats()).iter_errors(data)
    errors = _first_of_each(_complaint(e) for e in found)
    return Answer(errors=errors) if errors else Answer(data, data)


@cache
def _validator() -> Any:
    try:
        standard = import_module("jsonschema").Draft202012Validator
    except ImportError as error:
        raise ImportError(
            "The answer to a question with a JSON schema cannot be checked without the jsonschema package. "
            "Install it: pip install jsonschema"
        ) from error
    any_of = partial(_any_of, standard.VALIDATORS["anyOf"])
    return import_module("jsonschema.validators").extend(standard, {"anyOf": any_of})


def _any_of(standard: Any, validator: Any, ways: Any, data: Any, schema: Any) -> Iterator[Any]:
    """``anyOf``, where a number that is written as a text, to keep its digits, is held to the bounds of the number."""
    number = decimal_way(ways) if isinstance(data, str) else None
    errors = list(standard(validator, ways, data, schema))
    if number is not None and not errors:
        with suppress(ValueError):
            errors = list(validator.descend(float(data), number))
    yield from errors


@cache
def _formats() -> Any:
    """The formats of JSON Schema; but moments may come without a time zone, as forms and Pydantic have them."""
    checker = import_module("jsonschema").FormatChecker()
    checker.checkers = dict(_validator().FORMAT_CHECKER.checkers)
    for name, read in (("date-time", datetime.fromisoformat), ("time", time.fromisoformat)):
        checker.checkers[name] = (partial(_reads, read), ValueError)
    return checker


def _reads(read: Callable[[str], Any], value: object) -> bool:
    return not isinstance(value, str) or read(value) is not None


def _accepts_any_text(schema: Mapping[str, Any], data: Any) -> bool:
    """A plain question needs no library to check that its answer is a text."""
    return schema == {"type": "string"} and isinstance(data, str)


def _complaint(error: Any) -> tuple[str, str]:
    """Path and words of a ``jsonschema`` error: of a union, of the way that is meant, or that came closest."""
    while error.context:
        ways: dict[Any, list[Any]] = {}
        for of_way in error.context:
            ways.setdefault(of_way.schema_path[0], []).append(of_way)
        marks = [next((e for e in of_way if _is_mark(e, error)), None) for of_way in ways.values()]
        meant = [e for of_way, mark in zip(ways.values(), marks, strict=True) if mark is None for e in of_way]
        if not meant and len({mark.path[-1] for mark in marks if mark}) == 1:
            return _no_such_way([mark for mark in marks if mark])
        error = max(meant or error.context, key=_closeness)
    path = [str(p) for p in error.absolute_path]
    if error.validator == "required":
        missing = next((k for k in error.validator_value if k not in error.instance), "")
        return "/".join((*path, missing)), "This is needed."
    return "/".join(path), f"{error.message[:1].upper()}{error.message[1:]}."


def _is_mark(error: Any, union: Any) -> bool:
    """Whether an error is about the member that says which way of a union is meant."""
    return error.validator == "const" and len(error.absolute_path) == len(union.absolute_path) + 1


def _no_such_way(marks: list[Any]) -> tuple[str, str]:
    said, known = marks[0].instance, [mark.validator_value for mark in marks]
    return "/".join(map(str, marks[0].absolute_path)), f"There is no {said!r}. {did_you_mean(said, known)}"


def _closeness(error: Any) -> tuple[bool, int]:
    return (error.validator != "const", len(error.absolute_path))


def _first_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, what in pairs:
        found.setdefault(path, what)
    return found
