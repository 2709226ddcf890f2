"""Items as databases keep them: documents as JSON, namespaces as text. Knows no database.

A document comes back as it was, or is refused before anything is stored: JSON has no tuples, no NaN, no dates and only
texts as keys, and what it would make of others is something else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from langgraph_nb.checkpoint.serde.base import UnstorableValue
from langgraph_nb.store.base import GetOp, ListNamespacesOp, Op, PutOp, SearchOp, validate_op_namespace
from langgraph_nb.store.index import last_puts

Namespace = tuple[str, ...]
MINUTE = 60.0
_OPERATIONS = (GetOp, ListNamespacesOp, PutOp, SearchOp)
_LEVELS = 200
"""How deep a document may be nested; the parser of JSON stops at a depth that depends on who calls it."""
_PLAIN = frozenset((str, int, bool, type(None)))
_HINT = "A store keeps JSON: dicts with text keys, lists, texts, numbers, True, False and None."


def dump(document: Mapping[str, Any]) -> str:
    """A document as JSON.

    Raises:
        UnstorableValue: Something in it would not come back as it is.

    Example:
        >>> dump({"n": 1.0, "tags": ["a", None]})
        '{"n":1.0,"tags":["a",null]}'
        >>> dump({"at": (1, 2)})
        Traceback (most recent call last):
            ...
        langgraph_nb.refusals.UnstorableValue: Cannot store a tuple at ['at']. A store keeps JSON: dicts \
with text keys, lists, texts, numbers, True, False and None.
    """
    document = dict(document)
    _check(document, ())
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates: JSON can say it in letters of ASCII only
        return json.dumps(document, separators=(",", ":"))
    return text


def _check(value: Any, path: tuple[Any, ...]) -> None:
    kind = type(value)
    if kind in _PLAIN:
        return
    if len(path) > _LEVELS:
        raise UnstorableValue(f"what is nested deeper than {_LEVELS} levels", "Store it in several items.", path)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise UnstorableValue(f"the key {key!r}, which is no text,", _HINT, path)
            _check(item, (*path, key))
    elif kind is list:
        for place, item in enumerate(value):
            _check(item, (*path, place))
    elif kind is not float:
        raise UnstorableValue(f"a {kind.__name__}", _HINT, path)
    elif not math.isfinite(value):
        raise UnstorableValue(f"the number {value!r}", _HINT, path)


Documents = Mapping[tuple[Namespace, str], str]
"""(namespace, key) -> the document as JSON."""


def checked(ops: Iterable[Op], write: Callable[[Mapping[str, Any]], str] = dump) -> Documents:
    """The documents that a batch stores, after all of the batch has been looked at.

    Raises:
        UnstorableValue: A document would not come back as it is.
        InvalidNamespaceError: For a label that cannot be one.
        ValueError: For what is no operation.
    """
    for op in ops:
        if type(op) not in _OPERATIONS:
            known = "It is a GetOp, PutOp, SearchOp or ListNamespacesOp."
            raise ValueError(f"Unknown operation type: {type(op)}. {known}")
        validate_op_namespace(op)
    return {(op.namespace, op.key): write(op.value) for op in last_puts(ops) if op.value is not None}


def as_text(namespace: Namespace) -> str:
    """A namespace as one text. Labels have no periods, so that whatever is below it begins with this text.

    Example:
        >>> as_text(("users", "ada")), as_labels("users.ada.")
        ('users.ada.', ('users', 'ada'))
    """
    return "".join(f"{label}." for label in namespace)


def as_labels(text: str) -> Namespace:
    """The namespace that ``as_text`` was given."""
    return tuple(text.split(".")[:-1])


def below(prefix: Namespace) -> tuple[str, str]:
    """Between which texts a namespace and those below it are: from the first on, before the second.

    Example:
        >>> below(("users",))
        ('users.', 'users/')
    """
    return (as_text(prefix), as_text(prefix)[:-1] + "/") if prefix else ("", "\U0010ffff")


def as_time(seconds: float) -> datetime:
    """A time stamp as a time."""
    return datetime.fromtimestamp(seconds, UTC)
