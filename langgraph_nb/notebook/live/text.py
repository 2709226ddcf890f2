"""Values as text, at bounded cost: what people see of states, writes and questions, whatever size they have.

Output is plain text, the same each time for the same value; secrets are masked. This file must not know of events,
widgets or graphs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from textwrap import fill
from typing import Any

__all__ = [
    "MASK", "brief", "call_text", "clipped", "indented", "is_message", "is_secret_key", "labelled", "message_role",
    "message_text", "text_of", "tool_calls",
]  # fmt: skip

MASK = "•••"
FULL = 4_000
"""Characters of a value shown in full."""
BRIEF = 160
"""Characters of a value shown in one line."""
WIDTH = 76
MAX_ITEMS = 40
MAX_DEPTH = 5

_SECRET = re.compile(
    r"(api[_-]?key|password|passwd|secret|credential|(access|auth|bearer|refresh)[_-]?token|authorization)s?$", re.I
)
_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "HumanMessageChunk": "user"}


def is_secret_key(key: object) -> bool:
    """Whether what is stored under this name is not to be shown.

    Example:
        >>> is_secret_key("OPENAI_API_KEY"), is_secret_key("max_tokens")
        (True, False)
    """
    return isinstance(key, str) and _SECRET.search(key) is not None


def clipped(text: str, limit: int) -> str:
    """``text`` in at most about ``limit`` characters, with what is left out counted."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def brief(value: Any, limit: int = BRIEF) -> str:
    """A value in one line.

    Example:
        >>> brief({"kind": "refund", "api_key": "sk-1"})
        "{'kind': 'refund', 'api_key': •••}"
    """
    text = value if isinstance(value, str) else _flat(value, limit, 0)
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def text_of(value: Any, limit: int = FULL) -> str:
    """A value in as many lines as it needs; a string is its own text.

    Example:
        >>> text_of(["a", 1])
        "['a', 1]"
    """
    if isinstance(value, str):
        return clipped(value, limit)
    return clipped(_tall(value, limit, 0), limit)


def labelled(label: str, text: str) -> str:
    """A text with its name: in one line, or above it.

    Example:
        >>> labelled("n", "1"), labelled("poem", "roses\\nviolets")
        ('n: 1', 'poem:\\nroses\\nviolets')
    """
    return text if not label else f"{label}:\n{text}" if "\n" in text else f"{label}: {text}"


def indented(text: str) -> list[str]:
    """The lines of a text, moved in."""
    return [f"  {line}" for line in text.splitlines()]


# -- the printer: like pprint, but it stops ---------------------------------------------------------------------------


def _tall(value: Any, limit: int, depth: int) -> str:
    inner = "  " * (depth + 1)
    if is_message(value):
        return _flat(value, limit, depth).replace("\n", f"\n{inner}")
    flat = _flat(value, WIDTH * 2, depth)
    if len(flat) + 2 * depth <= WIDTH and "…" not in flat:
        return flat
    if depth >= MAX_DEPTH or not isinstance(value, Mapping | list | tuple):
        return _flat(value, limit, depth)
    opening, closing = "{}" if isinstance(value, Mapping) else "[]" if isinstance(value, list) else "()"
    if not isinstance(value, Mapping) and all(_is_short(v) for v in value[:MAX_ITEMS]):
        return _filled(_flat(value, limit, depth), inner)
    lines: list[str] = []
    used = 0
    for text in _members(value, lambda v: _tall(v, limit, depth + 1)):
        lines.append(f"{inner}{text},")
        used += len(lines[-1])
        if used > limit:
            break
    left = len(value) - len(lines)
    if left > 0:
        lines.append(f"{inner}… {left:,} more")
    return "\n".join((opening, *lines, "  " * depth + closing))


def _is_short(value: Any) -> bool:
    return len(value) <= 40 if isinstance(value, str) else value is None or isinstance(value, int | float)


def _filled(flat: str, inner: str) -> str:
    """A list of plain things, many to a line."""
    body = fill(flat[1:-1], WIDTH, initial_indent=inner, subsequent_indent=inner, break_long_words=False)
    return f"{flat[0]}\n{body}\n{inner[2:]}{flat[-1]}"


def _flat(value: Any, limit: int, depth: int) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= limit else f"{value[:limit]}…")
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if is_message(value):
        said = " → ".join(filter(None, (clipped(message_text(value), limit), *tool_calls(value))))
        return f"{message_role(value)}: {said}"
    if isinstance(value, Mapping):
        return _between("{", value, "}", limit, depth)
    if isinstance(value, list | tuple | set | frozenset):
        opening, closing = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
        return _between(opening, value, closing, limit, depth)
    if is_dataclass(value) and not isinstance(value, type):
        pairs = {f.name: getattr(value, f.name, None) for f in fields(value) if f.repr}
        return _record(type(value).__name__, pairs, limit, depth)
    if depth and (array := _array(value)):
        return array
    if isinstance(shown := getattr(type(value), "model_fields", None), Mapping):
        return _record(type(value).__name__, {k: getattr(value, k, None) for k in shown}, limit, depth)
    return _repr(value)


def _between(opening: str, value: Any, closing: str, limit: int, depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"{opening}…{closing}"
    parts: list[str] = []
    used = 0
    for part in _members(value, lambda v: _flat(v, limit, depth + 1)):
        parts.append(part)
        used += len(part) + 2
        if used > limit:
            break
    left = len(value) - len(parts)
    return f"{opening}{', '.join(parts)}{f', … {left:,} more' if left > 0 else ''}{closing}"


def _members(value: Any, show: Callable[[Any], str]) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, item in islice(value.items(), MAX_ITEMS):
            yield f"{key!r}: {MASK if is_secret_key(key) else show(item)}"
    else:
        for item in islice(value, MAX_ITEMS):
            yield show(item)


def _record(name: str, pairs: dict[str, Any], limit: int, depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"{name}(…)"
    some = islice(pairs.items(), MAX_ITEMS)
    shown = (f"{k}={MASK if is_secret_key(k) else _flat(v, limit, depth + 1)}" for k, v in some)
    return f"{name}({', '.join(shown)})"


def _array(value: Any) -> str:
    """An array or a table inside of something else: its kind and size."""
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or not all(isinstance(n, int) for n in shape):
        return ""
    size, of = " × ".join(f"{n:,}" for n in shape), getattr(value, "dtype", "")
    return f"<{type(value).__name__} {size} {of}".rstrip() + ">"


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:  # a user's __repr__; what it raises is worth showing, not dying of
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


# -- messages, by their shape: langchain-core is not imported to look at what is not a message ------------------------


def is_message(value: Any) -> bool:
    """Whether a value is a langchain-core message, by its shape."""
    kind = getattr(value, "type", None)
    return isinstance(kind, str) and hasattr(value, "content") and hasattr(value, "additional_kwargs")


def message_role(message: Any) -> str:
    """``user``, ``assistant``, ``system`` or ``tool``."""
    kind = str(message.type)
    return _ROLES.get(kind, kind)


def message_text(message: Any) -> str:
    """The text of a message's content, whichever form the content has."""
    content = message.content
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    return "".join(p if isinstance(p, str) else str(p.get("text", "")) for p in parts if isinstance(p, str | dict))


def call_text(name: str, args: Mapping[str, Any]) -> str:
    """A call of a tool in one line.

    Example:
        >>> call_text("look", {"q": "x", "api_key": "sk-1"})
        'look(q=x, api_key=•••)'
    """
    return f"{name}({', '.join(f'{k}={MASK if is_secret_key(k) else brief(v, 60)}' for k, v in args.items())})"


def tool_calls(message: Any) -> list[str]:
    """The tools that a message asks for, each as a call in one line."""
    return [call_text(c["name"], c.get("args") or {}) for c in getattr(message, "tool_calls", None) or ()]
