"""From what a node asked to a form: where the question, the schema, what there is to know, and the defaults are found.

The schema is ``response_schema`` or, without one, whatever shape the value itself suggests. This file must not know of
front ends, graphs or threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass, replace
from typing import Any, NamedTuple

from langgraph_nb.notebook.forms.adapter import adapter_of
from langgraph_nb.notebook.forms.fields import ContextItem, Field, Form
from langgraph_nb.notebook.forms.schema import looks_like_schema, read_schema
from langgraph_nb.notebook.live.text import is_secret_key, text_of
from langgraph_nb.types import Interrupt

__all__ = ["form_of"]

QUESTION_KEYS = ("question", "message", "prompt", "ask", "title", "instructions", "instruction", "text", "description")
DEFAULT_KEYS = ("proposal", "defaults", "default", "suggestion", "answer")
SCHEMA_KEYS = ("response_schema", "json_schema", "schema")
OPTION_KEYS = ("options", "choices")
TABLE_ROWS = 50
"""Rows shown of a table; more are counted."""

_TEXT: dict[str, Any] = {"type": "string"}


class _Asked(NamedTuple):
    """What was found in a value."""

    question: str
    schema: dict[str, Any] | None
    """``None``: anything is a valid answer."""
    context: dict[str, Any]
    """What else there is to know."""
    as_list: bool = False


def form_of(interrupt: Interrupt) -> Form:
    """The form that answers an interrupt.

    Args:
        interrupt: What a node asked. Its ``response_schema`` (a Pydantic model, dataclass, TypedDict, other type or a
            JSON schema) decides the fields; its value gives the question, what there is to know, and defaults.

    Raises:
        TypeError: The schema is neither a type nor a JSON schema.

    Example:
        >>> form = form_of(Interrupt({"question": "Refund?", "amount": 12.5}, id="a1", response_schema=bool))
        >>> form.question, form.root.kind, form.context[0].label
        ('Refund?', 'checkbox', 'amount')
    """
    value = _plain(interrupt.value)
    schema = interrupt.response_schema
    asked = _read(value) if schema is None else _with_schema(value, _json_schema(schema))
    root = read_schema(asked.schema) if asked.schema is not None else Field("", "json", required=True)
    if isinstance(value, dict) and value.get("type") == "tool_approval":
        root = _with_call(root, value.get("args"))
    root, used = _with_defaults(root, asked.context)
    rest = {k: v for k, v in asked.context.items() if k not in used}
    question = asked.question or root.description or "The run asks for an answer."
    root = replace(root, description="") if root.description == question else root
    context = tuple(_context(k, v) for k, v in rest.items())
    return Form(interrupt.id, question, root, context, _submit(root), asked.schema, asked.as_list)


def _json_schema(schema: Any) -> dict[str, Any]:
    return dict(schema) if isinstance(schema, Mapping) else adapter_of(schema).json_schema()


def _with_schema(value: Any, schema: dict[str, Any]) -> _Asked:
    if (approval := _as_tool_approval(value, schema)) is not None:
        return approval
    question, context = _question(value)
    return _Asked(question, schema, context)


def _read(value: Any) -> _Asked:
    """The shapes of a value that say by themselves how they are answered; anything else is answered as JSON."""
    for shape in (_as_schema, _as_human_interrupt, _as_tool_review, _as_named_schema, _as_options, _as_text):
        if (asked := shape(value)) is not None:
            return asked
    question, context = _question(value)
    return _Asked(question, None, context)


# -- shapes of values --------------------------------------------------------------------------------------------------


def _as_schema(value: Any) -> _Asked | None:
    return _Asked(str(value.get("title") or ""), dict(value), {}) if looks_like_schema(value) else None


def _as_text(value: Any) -> _Asked | None:
    return _Asked(value, _TEXT, {}) if isinstance(value, str) else None


def _as_named_schema(value: Any) -> _Asked | None:
    if not isinstance(value, dict):
        return None
    for name in SCHEMA_KEYS:
        if looks_like_schema(value.get(name)):
            question, context = _question({k: v for k, v in value.items() if k != name})
            return _Asked(question, dict(value[name]), context)
    return None


def _as_options(value: Any) -> _Asked | None:
    if not isinstance(value, dict):
        return None
    for name in OPTION_KEYS:
        options = value.get(name)
        if isinstance(options, list) and options and all(isinstance(o, str | int | float) for o in options):
            question, context = _question({k: v for k, v in value.items() if k != name})
            return _Asked(question, {"enum": options}, context)
    return None


def _as_human_interrupt(value: Any) -> _Asked | None:
    """``HumanInterrupt``: accept, edit, respond to, or ignore one action."""
    request = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not (isinstance(request, dict) and isinstance(request.get("action_request"), dict)):
        return None
    action, allowed = request["action_request"], request.get("config") or {}
    name, args = str(action.get("action") or "action"), action.get("args")
    ways = [make(name, args) for flag, make in _DECISIONS.items() if allowed.get(flag, not allowed)]
    schema = {"oneOf": ways} if ways else _TEXT
    question, more = _headline(str(request.get("description") or ""))
    return _Asked(question or f"{name}?", schema, {**more, "action": name, "arguments": args}, isinstance(value, list))


def _description(call: Mapping[str, Any]) -> str:
    """What is said about a call, without the call itself where the middleware has written it below: it is shown."""
    said, written = str(call.get("description") or ""), f"Tool: {call.get('name')}\nArgs: {call.get('args')}"
    return said.removesuffix(written).rstrip()


def _headline(description: str) -> tuple[str, dict[str, Any]]:
    """A description's first line, without the marks of a Markdown heading, and the rest of it. All of it is text."""
    first, _, rest = description.strip().partition("\n")
    return first.lstrip("#").strip(), {"": rest.strip("\n")} if rest.strip() else {}


def _way(title: str, kind: str, args: dict[str, Any] | None) -> dict[str, Any]:
    members = {"type": {"const": kind}, "args": {"const": None} if args is None else args}
    return {"type": "object", "title": title, "properties": members, "required": ["type", "args"]}


def _edit_way(name: str, args: Any) -> dict[str, Any]:
    members = {"action": {"const": name}, "args": _schema_of_args(args)}
    action = {"type": "object", "title": name, "properties": members, "required": ["action", "args"]}
    return _way("Edit", "edit", action)


_RESPONSE: dict[str, Any] = {"type": "string", "title": "Response", "format": "textarea"}
_DECISIONS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "allow_accept": lambda _name, _args: _way("Accept", "accept", None),
    "allow_edit": _edit_way,
    "allow_respond": lambda _name, _args: _way("Respond", "response", _RESPONSE),
    "allow_ignore": lambda _name, _args: _way("Ignore", "ignore", None),
}


def _as_tool_review(value: Any) -> _Asked | None:
    """The request of LangChain's human-in-the-loop middleware: one decision for each of several tool calls."""
    if not (isinstance(value, dict) and isinstance(value.get("action_requests"), list) and value["action_requests"]):
        return None
    calls = value["action_requests"]
    allowed = {c.get("action_name"): c.get("allowed_decisions") for c in value.get("review_configs") or ()}
    decided = {
        "type": "array", "title": "", "items": False, "minItems": len(calls), "maxItems": len(calls),
        "prefixItems": [_decision(i, calls, allowed.get(call.get("name"))) for i, call in enumerate(calls)],
    }  # fmt: skip
    schema = {"type": "object", "properties": {"decisions": decided}, "required": ["decisions"]}
    one = len(calls) == 1
    question, more = _headline(_description(calls[0])) if one else ("", {})
    context = {_numbered(i, len(calls), call): call.get("args") for i, call in enumerate(calls)}
    return _Asked(question or "Review what the agent wants to do.", schema, {**more, **context})


def _numbered(i: int, count: int, call: Mapping[str, Any]) -> str:
    return str(call.get("name")) if count == 1 else f"{i + 1}. {call.get('name')}"


def _decision(i: int, calls: list[Any], allowed: Any) -> dict[str, Any]:
    """The schema of a decision about one tool call."""
    described = "" if len(calls) == 1 else _description(calls[i])
    about = {"description": described} if described else {}
    return {"title": _numbered(i, len(calls), calls[i]), **about, "oneOf": _decisions(calls[i], allowed)}


def _decisions(call: Mapping[str, Any], allowed: Any) -> list[dict[str, Any]]:
    """The shapes of a decision about one tool call."""
    action = {"name": {"const": call.get("name")}, "args": _schema_of_args(call.get("args"))}
    edited = {"type": "object", "title": "", "properties": action, "required": ["name", "args"]}
    words = {"type": "string", "format": "textarea"}
    extra: dict[str, dict[str, Any]] = {
        "approve": {},
        "edit": {"edited_action": edited},
        "reject": {"message": {**words, "title": "Reason"}},
        "respond": {"message": {**words, "title": "Response", "minLength": 1}},
    }
    needed = {"edit": ["edited_action"], "respond": ["message"]}
    return [
        {"type": "object", "title": k.title(), "properties": {"type": {"const": k}, **more},
         "required": ["type", *needed.get(k, [])]}
        for k, more in extra.items() if (k in allowed if allowed else k != "respond")
    ]  # fmt: skip


def _as_tool_approval(value: Any, schema: dict[str, Any]) -> _Asked | None:
    """The same middleware's request about one call alone, which has a schema of its own."""
    if not (isinstance(value, dict) and value.get("type") == "tool_approval"):
        return None
    question, more = _headline(_description(value))
    name = value.get("name")
    return _Asked(question or f"{name}?", schema, {**more, "action": name, "arguments": value.get("args")})


def _with_call(root: Field, args: Any) -> Field:
    """The decisions about a call under their own names, with its arguments to be edited."""
    return replace(root, fields=tuple(_with_arguments(shape, args) for shape in root.fields))


def _with_arguments(shape: Field, args: Any) -> Field:
    mark = next((f.default for f in shape.fields if f.kind == "const" and f.key == "type"), None)
    filled = _filled(shape, {"edited_action": {"args": args}}) or shape
    return replace(filled, title=str(mark).title()) if mark else filled


_SCALARS: tuple[tuple[type, str], ...] = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))


def _schema_of_args(args: Any) -> dict[str, Any]:
    """A schema with a member for each argument, each as it is now."""
    if not isinstance(args, dict):
        return {"default": args}
    return {"type": "object", "properties": {k: _schema_of_arg(v) for k, v in args.items()}, "required": list(args)}


def _schema_of_arg(value: Any) -> dict[str, Any]:
    kind = next((name for tp, name in _SCALARS if isinstance(value, tp)), None)
    return {"default": value} if kind is None else {"type": kind, "default": value}


# -- question, context, defaults ---------------------------------------------------------------------------------------


def _question(value: Any) -> tuple[str, dict[str, Any]]:
    """The sentence to show, and what is left to know."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, dict):
        return "", {} if value is None else {"": value}
    found = next((k for k in QUESTION_KEYS if isinstance(value.get(k), str)), None)
    return (value[found] if found else ""), {str(k): v for k, v in value.items() if k != found}


def _with_defaults(root: Field, context: dict[str, Any]) -> tuple[Field, set[str]]:
    """``root`` with the defaults that the value proposes, and the names of the parts that were used up for it."""
    for name in DEFAULT_KEYS:
        if name in context and (filled := _filled(root, context[name])) is not None:
            return filled, {name}
    if root.kind != "group":
        return root, set()
    own = {f.key for f in root.fields} & set(context)
    filled = _filled(root, {k: context[k] for k in own}) if own else None
    return (filled, own) if filled is not None else (root, set())


def _filled(field: Field, value: Any) -> Field | None:
    """``field`` with ``value`` as its default; ``None`` when it does not look like one."""
    if field.kind != "group":
        return replace(field, has_default=True, default=value) if _fits(field, value) else None
    if not isinstance(value, dict) or not {f.key for f in field.fields} & set(value):
        return None
    members = (_filled(f, value[f.key]) or f if f.key in value else f for f in field.fields)
    return replace(field, fields=tuple(members))


def _fits(field: Field, value: Any) -> bool:
    match field.kind:
        case "checkbox":
            return isinstance(value, bool)
        case "slider" | "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "list" | "choices" | "tuple":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict)
        case "dropdown":
            return any(o.value == value for o in field.options)
        case "text" | "textarea" | "date" | "datetime" | "time":
            return isinstance(value, str)
        case "json" | "variant":
            return True
    return False


def _context(label: str, value: Any) -> ContextItem:
    if is_secret_key(label):
        return ContextItem(label, "•••")
    if (table := _table(value)) is not None:
        columns, rows = table
        more = f"{len(value) - TABLE_ROWS} more rows" if len(value) > TABLE_ROWS else ""
        return ContextItem(label, more, columns, rows)
    return ContextItem(label, text_of(value))


def _table(value: Any) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]] | None:
    """A list of flat records as columns and rows of text."""
    if not (isinstance(value, list) and value and all(isinstance(r, dict) and r for r in value)):
        return None
    shown = value[:TABLE_ROWS]
    columns = tuple(dict.fromkeys(str(k) for r in shown for k in r))
    if len(columns) > 12 or any(isinstance(v, dict | list) for r in shown for v in r.values()):
        return None
    return columns, tuple(tuple("•••" if is_secret_key(c) else _cell(r.get(c)) for c in columns) for r in shown)


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _submit(root: Field) -> str:
    return "Continue" if root.kind in ("const", "variant") else "Submit"


def _plain(value: Any) -> Any:
    """Models and dataclasses as the dicts they are written as; everything else as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else _as_json(value)


def _as_json(value: Any) -> Any:
    """Dates and enums as JSON writes them; what has no JSON form stays what it is and is shown as text."""
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return json.loads(to_json(value))
    except (PydanticSerializationError, ValueError):
        return value
