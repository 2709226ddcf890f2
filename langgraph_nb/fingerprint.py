"""Bytes that are equal for equal values, whatever order their keys are in and whichever objects they share.

What a cache asks for: the input of a node, as a key. Nothing that is made here is ever read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def default_cache_key(*args: Any, **kwargs: Any) -> str | bytes:
    """The key of a call: equal for calls with equal arguments.

    Raises:
        TypeError: For an argument that has no value of its own, such as an open file.

    Example:
        >>> default_cache_key({"a": 1, "b": [2]}) == default_cache_key({"b": [2], "a": 1})
        True
    """
    from hashlib import blake2b  # loads OpenSSL, which importing a graph's words does not need

    return blake2b(_encoded((args, kwargs)), digest_size=16).hexdigest()


def _encoded(value: Any) -> bytes:
    kind = type(value)
    if kind in _PLAIN:
        return _framed(kind.__name__, (value if kind is bytes else repr(value).encode("utf-8", "surrogatepass"),))
    if isinstance(value, Mapping):
        return _framed(_name(kind, "dict"), sorted(_encoded(k) + _encoded(v) for k, v in value.items()))
    if isinstance(value, Set):
        return _framed(_name(kind, "set"), sorted(map(_encoded, value)))
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return _framed("list", map(_encoded, value))
    if hasattr(value, "tobytes"):  # numpy and its like
        shape = getattr(value, "shape", None), str(getattr(value, "dtype", ""))
        return _framed(_name(kind), (_encoded(shape), value.tobytes()))
    return _framed(_name(kind), (_parts_of(value),))


def _name(kind: type, plain: str = "") -> str:
    """How a class is told from others; the builtin mappings and sets are all one."""
    if plain and kind.__module__ in ("builtins", "collections"):
        return plain
    return f"{kind.__module__}.{kind.__qualname__}"


def _parts_of(value: Any) -> bytes:
    """What an object is made of, as it would be copied or pickled."""
    if named := getattr(value, "__qualname__", None):  # a class or a function
        if "<" in named:
            raise TypeError(f"{value!r} cannot be told from others like it. Give the policy a key: key_func=...")
        return _encoded((value.__module__, named))
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, str):  # the name of a global
        return _encoded(reduced)
    _, args, state, items, pairs = (*reduced, None, None, None)[:5]
    if args and isinstance(args[0], type) and args[0] is type(value):
        args = args[1:]
    return _encoded((args, state, None if items is None else list(items), None if pairs is None else dict(pairs)))


def _framed(kind: str, parts: Iterable[bytes]) -> bytes:
    """Parts with their lengths, so that no two values run together."""
    named = (kind.encode("utf-8"), *parts)
    return b"".join(len(part).to_bytes(8) + part for part in named)
