"""Paths into documents, and the texts that are found there: ``title``, ``a.b[*].c``, ``tags[-1]``, ``*``, ``{a,b}``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_CLOSING = {"[": "]", "{": "}"}


def tokenize_path(path: str) -> list[str]:
    """The parts of a path: names, ``[index]``, ``*``, and ``{one,or,other}``.

    Example:
        >>> tokenize_path("sections[*].{title,meta.author}")
        ['sections', '[*]', '{title,meta.author}']
    """
    tokens: list[str] = []
    name, at = "", 0
    while at < len(path):
        character, end = path[at], at + 1
        if character in _CLOSING:
            end = _end_of_group(path, at)
        if character in _CLOSING or character == ".":
            tokens += [name] if name else []
            name = ""
        if character in _CLOSING:
            tokens.append(path[at:end])
        elif character != ".":
            name += character
        at = end
    return [*tokens, name] if name else tokens


def _end_of_group(path: str, start: int) -> int:
    """Where the bracket at ``start`` is closed; the end of the path if it is not."""
    opening, closing, depth = path[start], _CLOSING[path[start]], 0
    for at in range(start, len(path)):
        depth += (path[at] == opening) - (path[at] == closing)
        if depth == 0:
            return at + 1
    return len(path)


def get_text_at_path(obj: Any, path: str | list[str]) -> list[str]:
    """The texts at a path of a document; values that are no text in the form of JSON.

    Args:
        obj: The document.
        path: A path, or its tokens. Empty or ``"$"`` is the whole document.

    Example:
        >>> get_text_at_path({"tags": ["a", "b"], "n": 1}, "tags[*]")
        ['a', 'b']
        >>> get_text_at_path({"tags": ["a", "b"], "n": 1}, "$")
        ['{"n": 1, "tags": ["a", "b"]}']
    """
    if isinstance(obj, Mapping) and not isinstance(obj, dict):
        obj = dict(obj)
    if not path or path == "$":
        return [_as_json(obj)]
    tokens = tokenize_path(path) if isinstance(path, str) else path
    return [text for value in _values_at(obj, tokens) for text in _texts(value)]


def _values_at(obj: Any, tokens: list[str]) -> Iterator[Any]:
    if not tokens:
        yield obj
        return
    token, rest = tokens[0], tokens[1:]
    if token.startswith("{") and token.endswith("}"):  # what follows such a group is not looked at
        for field in token[1:-1].split(","):
            yield from _field(obj, tokenize_path(field.strip()))
        return
    for inner in _step(obj, token):
        yield from _values_at(inner, rest)


def _step(obj: Any, token: str) -> Iterator[Any]:
    """What one token other than a group leads to."""
    if token.startswith("[") and token.endswith("]"):
        yield from _elements(obj, token[1:-1]) if isinstance(obj, list) else ()
    elif token == "*":
        yield from obj.values() if isinstance(obj, dict) else obj if isinstance(obj, list) else ()
    elif isinstance(obj, dict) and token in obj:
        yield obj[token]


def _elements(items: list[Any], index: str) -> Iterator[Any]:
    if index == "*":
        yield from items
        return
    try:
        yield items[int(index)]
    except (ValueError, IndexError):  # no such element: nothing to find
        return


def _field(obj: Any, names: list[str]) -> Iterator[Any]:
    for name in names:
        if not isinstance(obj, dict) or name not in obj:
            return
        obj = obj[name]
    if names:
        yield obj


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (str, int, float, bool)):
        yield str(value)
    elif isinstance(value, (list, dict)):
        yield _as_json(value)


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
