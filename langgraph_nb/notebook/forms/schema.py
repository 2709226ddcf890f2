"""The one reader of schemas: JSON Schema to fields. Python types come here through Pydantic's JSON Schema.

What it does not understand becomes a field of kind ``json``, never an error: any answer can be given that way, and it
is still checked against the schema. This file must not know of interrupts, Python types or front ends.
See json-schema.org/draft/2020-12 for the keywords.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from langgraph_nb.notebook.forms.fields import Field, Kind, Option

__all__ = ["JSON_TYPES", "decimal_way", "looks_like_schema", "read_schema"]

JSON_TYPES = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))
LONG_TEXT = 120
"""A text that may be longer than this, or whose default is, gets a box of several lines."""
MAX_DEPTH = 12
"""Deeper nesting is answered as JSON."""
MAX_WITHIN = 3
"""So many times a model may lie in itself; recursive ones would have no end."""

_FORMATS: dict[str, Kind] = {
    "date": "date", "date-time": "datetime", "time": "time", "password": "secret", "textarea": "textarea",
    "multiline": "textarea", "markdown": "textarea", "json": "json",
}  # fmt: skip
_KEYWORDS = JSON_TYPES | {
    "type", "title", "description", "default", "enum", "const", "properties", "required", "items", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "format", "minItems",
    "maxItems", "uniqueItems", "additionalProperties", "anyOf", "oneOf", "allOf", "$defs", "definitions", "$ref", "$id",
    "$schema", "examples", "discriminator", "prefixItems", "writeOnly", "readOnly", "deprecated", "$comment",
}  # fmt: skip


def looks_like_schema(value: Any) -> bool:
    """Whether a value is meant as a JSON schema rather than as data.

    Example:
        >>> looks_like_schema({"type": "boolean"}), looks_like_schema({"type": "refund", "amount": 3})
        (True, False)
    """
    if not isinstance(value, Mapping) or not set(value) <= _KEYWORDS:
        return False
    if value.get("type") == "object":
        return isinstance(value.get("properties"), Mapping)
    return value.get("type") in JSON_TYPES or "$schema" in value or isinstance(value.get("enum"), list)


def read_schema(schema: Mapping[str, Any], *, key: str = "", required: bool = True) -> Field:
    """The field that an instance of a schema is filled in with.

    Args:
        schema: A JSON schema; its ``$ref``s point into itself.
        key: The field's name.
        required: Whether it has to be filled in.

    Example:
        >>> read_schema({"type": "integer", "minimum": 1, "maximum": 5}).kind
        'slider'
    """
    return _Reader(schema).read(schema, key, required, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Mapping[str, Any]
    around: list[int] = field(default_factory=list)
    """The objects that what is read now lies in, by the identity of their properties."""

    def read(self, schema: Any, key: str, required: bool, depth: int) -> Field:
        node = self.resolved(schema)
        if depth > MAX_DEPTH:
            return Field(key, "json", required=required)
        node, nullable = self.without_null(node)
        made = self.shape(node, depth)
        own = schema.get("title") if isinstance(schema, Mapping) else None
        title = str(own or (_title(key) if key else node.get("title") or ""))
        described = str(node.get("description") or "")
        made = replace(made, key=key, title=title, description=described, required=required, nullable=nullable)
        return replace(made, has_default=True, default=node["default"]) if "default" in node else made

    def resolved(self, schema: Any) -> dict[str, Any]:
        """``schema`` with its reference followed and its ``allOf`` merged; what stands beside them wins."""
        node = dict(schema) if isinstance(schema, Mapping) else {}
        for _ in range(MAX_DEPTH):
            parts = node.pop("allOf", None)
            if isinstance(parts, list):
                node = reduce(_merged, (*map(self.resolved, parts), node))
            ref = node.pop("$ref", None)
            if not isinstance(ref, str):
                break
            node = {**self.at(ref), **node}
        return node

    def at(self, ref: str) -> Mapping[str, Any]:
        found: Any = self.root
        for part in ref.removeprefix("#").strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) and name else found
        return found if isinstance(found, Mapping) else {}

    def without_null(self, node: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The schema of what is not ``null``, and whether ``null`` is allowed."""
        kinds = node.get("type")
        if isinstance(kinds, list):
            rest = [k for k in kinds if k != "null"]
            node = {**node, "type": rest[0]} if len(rest) == 1 else {k: v for k, v in node.items() if k != "type"}
            return node, "null" in kinds
        for word in ("anyOf", "oneOf"):
            if not isinstance(node.get(word), list):
                continue
            ways = [self.resolved(w) for w in node[word]]
            rest_ways = [w for w in ways if w.get("type") != "null" and w.get("const", ...) is not None]
            around = {k: v for k, v in node.items() if k != word}
            if len(rest_ways) == 1:
                return {**rest_ways[0], **around}, len(ways) > 1
            return {**around, word: rest_ways}, len(rest_ways) < len(ways)
        return node, False

    def shape(self, node: dict[str, Any], depth: int) -> Field:
        """The field without what all fields have: key, title, description, default."""
        if "const" in node:
            return Field("", "const", has_default=True, default=node["const"])
        if isinstance(node.get("enum"), list):
            return Field("", "dropdown", options=tuple(Option(v, _label(v)) for v in node["enum"]))
        ways = node.get("anyOf") or node.get("oneOf")
        if ways:
            return self.variant([self.resolved(w) for w in ways], node, depth)
        match node.get("type"):
            case "boolean":
                return Field("", "checkbox")
            case "integer" | "number":
                return _number(node)
            case "string":
                return _text(node)
            case "array" if isinstance(node.get("prefixItems"), list):
                return self.fixed(node, depth)
            case "array" if isinstance(node.get("items"), Mapping):
                return self.array(node, depth)
        if isinstance(node.get("properties"), Mapping):
            return self.group(node, depth)
        if node.get("type") == "object" and isinstance(node.get("additionalProperties"), Mapping):
            return Field("", "map", item=self.read(node["additionalProperties"], "", True, depth + 1))
        return Field("", "json")

    def group(self, node: dict[str, Any], depth: int) -> Field:
        if self.around.count(id(node["properties"])) >= MAX_WITHIN:
            return Field("", "json")
        self.around.append(id(node["properties"]))
        needed = node.get("required") or ()
        members = node["properties"].items()
        fields = tuple(self.read(s, k, k in needed, depth + 1) for k, s in members)
        self.around.pop()
        return Field("", "group", fields=fields)

    def fixed(self, node: dict[str, Any], depth: int) -> Field:
        """An array whose entries have a schema each; with more entries than those it is answered as JSON."""
        parts = node["prefixItems"]
        if node.get("maxItems", 0 if node.get("items") is False else None) is None:
            return Field("", "json")
        members = [self.read(p, str(i), True, depth + 1) for i, p in enumerate(parts)]
        titles = [p.get("title", str(i)) for i, p in enumerate(parts, 1)]
        return Field("", "tuple", fields=tuple(replace(m, title=t) for m, t in zip(members, titles, strict=True)))

    def array(self, node: dict[str, Any], depth: int) -> Field:
        item = self.read(node["items"], "", True, depth + 1)
        fewest, most = node.get("minItems"), node.get("maxItems")
        if item.kind == "dropdown" and node.get("uniqueItems"):
            return Field("", "choices", options=item.options, min_items=fewest, max_items=most)
        return Field("", "list", item=item, min_items=fewest, max_items=most)

    def variant(self, ways: list[dict[str, Any]], node: dict[str, Any], depth: int) -> Field:
        if isinstance(node.get("properties"), Mapping):  # what all ways have in common
            common: dict[str, Any] = {k: node[k] for k in ("type", "properties", "required") if k in node}
            ways = [_merged(common, way) for way in ways]
        if all("const" in w for w in ways):
            options = (Option(w["const"], _label(w.get("title", w["const"]))) for w in ways)
            return Field("", "dropdown", options=tuple(options))
        if {w.get("type") for w in ways} == {"integer", "number"}:
            return Field("", "number")
        if (number := decimal_way(ways)) is not None:
            return replace(_number(number), exact=True)
        shapes = tuple(self.read(w, str(i), True, depth + 1) for i, w in enumerate(ways))
        named = (replace(s, title=_variant_title(s, w)) for s, w in zip(shapes, ways, strict=True))
        return Field("", "variant", fields=tuple(named))


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A schema that says what both say; of objects, with the members of both."""
    new = {**one, **other}
    if isinstance(one.get("properties"), Mapping) and isinstance(other.get("properties"), Mapping):
        new["properties"] = {**one["properties"], **other["properties"]}
    if one.get("required") and other.get("required"):
        new["required"] = [*dict.fromkeys((*one["required"], *other["required"]))]
    return new


def decimal_way(ways: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of a number that may also be a text, as Pydantic describes ``Decimal``, the way of the number.

    Example:
        >>> decimal_way([{"type": "number", "minimum": 0}, {"type": "string"}])
        {'type': 'number', 'minimum': 0}
    """
    kinds = {way.get("type"): way for way in ways}
    if kinds.keys() != {"number", "string"} or len(ways) != 2 or kinds["string"].keys() - {"type", "pattern"}:
        return None
    return kinds["number"]


def _number(node: Mapping[str, Any]) -> Field:
    integer = node.get("type") == "integer"
    low = _bound(node, "minimum", "exclusiveMinimum", integer, 1)
    high = _bound(node, "maximum", "exclusiveMaximum", integer, -1)
    step = node.get("multipleOf")
    kind: Kind = "number" if low is None or high is None else "slider"
    if step is None and kind == "slider" and not integer and low is not None and high is not None:
        step = _nice_step(high - low)
    return Field("", kind, integer=integer, minimum=low, maximum=high, step=step)


def _bound(node: Mapping[str, Any], closed: str, opened: str, integer: bool, inward: int) -> float | None:
    """A bound that a value may take. An open bound of reals stays as it is: the validator refuses the end itself."""
    if (bound := node.get(closed)) is not None:
        return bound  # type: ignore[no-any-return]
    bound = node.get(opened)
    return bound + inward if bound is not None and integer else bound


def _nice_step(span: float) -> float:
    """A hundredth of the span, rounded down to a power of ten."""
    step = 1.0
    while step * 100 > span and step > 1e-9:
        step /= 10
    while step * 1000 <= span:
        step *= 10
    return round(step, 10)


def _text(node: Mapping[str, Any]) -> Field:
    longest, default = node.get("maxLength"), node.get("default")
    kind: Kind = _FORMATS.get(str(node.get("format")), "text")
    if node.get("writeOnly"):
        kind = "secret"
    long = (longest or 0) > LONG_TEXT or (isinstance(default, str) and ("\n" in default or len(default) > LONG_TEXT))
    if kind == "text" and long:
        kind = "textarea"
    pattern = str(node.get("pattern") or "")
    return Field("", kind, min_length=node.get("minLength"), max_length=longest, pattern=pattern)


def _title(key: str) -> str:
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _label(value: Any) -> str:
    return value if isinstance(value, str) else "none" if value is None else str(value)


def _variant_title(shape: Field, node: Mapping[str, Any]) -> str:
    """What a way is called: its title, else the constant that marks it, else its type."""
    if node.get("title"):
        return str(node["title"])
    marks = [str(f.default) for f in shape.fields if f.kind == "const"]
    return marks[0] if marks else _KINDS.get(str(node.get("type")), shape.kind)


_KINDS = {
    "string": "Text", "number": "Number", "integer": "Whole number", "boolean": "Yes or no", "array": "List",
    "object": "Object",
}  # fmt: skip
