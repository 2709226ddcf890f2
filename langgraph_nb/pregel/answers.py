"""The shape of answers to interrupts: stored as JSON schema, checked with the type that the node named."""

from __future__ import annotations

from typing import Any

from langgraph_nb.errors import mark_invalid_resume


def as_json_schema(schema: Any) -> dict[str, Any] | None:
    """A response schema in the form that is stored and shown: JSON schema."""
    if schema is None or isinstance(schema, dict):
        return schema
    from pydantic import TypeAdapter

    return TypeAdapter(schema).json_schema()


def typed_answer(answer: Any, schema: Any) -> Any:
    """The answer as an instance of the type that was asked for; as it is, without a schema or with a JSON schema.

    Raises:
        pydantic.ValidationError: When it does not fit.
    """
    if schema is None or isinstance(schema, dict):
        return answer
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(schema).validate_python(answer)
    except ValidationError as error:
        mark_invalid_resume(error)
        error.add_note("The answer does not fit what the interrupt asked for; it stays pending. Resume with another.")
        raise
