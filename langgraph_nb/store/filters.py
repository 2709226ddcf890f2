"""Filters of searches: what a document must have, key by key."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from langgraph_nb.errors import did_you_mean

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le,
}  # fmt: skip
_EQUALITY: dict[str, Callable[[Any, Any], bool]] = {"$eq": operator.eq, "$ne": operator.ne}


def passes(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether a document has what a filter wants.

    Args:
        value: The document.
        wanted: Key -> value; or ``{operator: value}`` with ``$eq``, ``$ne``, ``$gt``, ``$gte``, ``$lt``, ``$lte``; or a
            filter for what is nested there. Numbers are compared as numbers; what has no order does not pass.

    Raises:
        ValueError: For an operator that there is none of.

    Example:
        >>> passes({"stars": 5, "by": {"name": "Ada"}}, {"stars": {"$gte": 4}, "by": {"name": "Ada"}})
        True
        >>> passes({"title": "without stars"}, {"stars": {"$gte": 4}})
        False
    """
    return not wanted or all(_fits(value.get(key), item) for key, item in wanted.items())


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        if any(key.startswith("$") for key in wanted):
            return all(_compares(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, dict) and passes(value, wanted)
    if isinstance(wanted, (list, tuple)):
        alike = isinstance(value, (list, tuple)) and len(value) == len(wanted)
        return alike and all(map(_fits, value, wanted))
    return bool(value == wanted)


def _compares(value: Any, name: str, operand: Any) -> bool:
    if name in _EQUALITY:
        return _EQUALITY[name](value, operand)
    if name not in _ORDER:
        raise ValueError(f"Unsupported operator: {name}. {did_you_mean(name, [*_EQUALITY, *_ORDER])}")
    try:
        return _ORDER[name](float(value), float(operand))
    except (TypeError, ValueError):  # no numbers: texts have an order too
        return isinstance(value, str) and isinstance(operand, str) and _ORDER[name](value, operand)
