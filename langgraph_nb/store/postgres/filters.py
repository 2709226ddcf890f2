"""Filters of searches as SQL: the same that ``store.filters`` says in Python. Keys and values are parameters only."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from langgraph_nb.errors import did_you_mean

_ORDER = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"


class Conditions:
    """A filter's conditions on a document, and their parameters.

    Args:
        wanted: The filter.

    Example:
        >>> found = Conditions({"theme": "dark"})
        >>> found.sql
        "(coalesce((i.value -> %(f0)s::text)::jsonb, 'null') = ANY(%(f1)s::jsonb[]))"
        >>> found.parameters
        {'f0': 'theme', 'f1': ['"dark"']}
    """

    def __init__(self, wanted: Mapping[str, Any] | None) -> None:
        self.parameters: dict[str, Any] = {}
        self.sql = self._all(
            self._fits(f"(i.value -> {self._bind(key, 'text')})::jsonb", value) for key, value in (wanted or {}).items()
        )

    def _bind(self, value: Any, kind: str) -> str:
        name = f"f{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{kind}"

    @staticmethod
    def _all(conditions: Any) -> str:
        return " AND ".join(f"({condition})" for condition in conditions) or "TRUE"

    def _fits(self, value: str, wanted: Any) -> str:
        if isinstance(wanted, dict):
            if any(key.startswith("$") for key in wanted):
                return self._all(self._compares(value, name, operand) for name, operand in wanted.items())
            inside = [self._fits(f"({value} -> {self._bind(key, 'text')})", item) for key, item in wanted.items()]
            return f"jsonb_typeof({value}) = 'object' AND {self._all(inside)}"
        if isinstance(wanted, (list, tuple)):
            inside = [self._fits(f"({value} -> {place})", item) for place, item in enumerate(wanted)]
            same = f"jsonb_array_length({value}) = {len(wanted)} AND {self._all(inside)}"
            return f"CASE jsonb_typeof({value}) WHEN 'array' THEN {same} ELSE FALSE END"
        return self._equals(value, wanted)

    def _compares(self, value: str, name: str, operand: Any) -> str:
        if name == "$eq":
            return self._equals(value, operand)
        if name == "$ne":
            return f"NOT ({self._equals(value, operand)})"
        if name not in _ORDER:
            raise ValueError(f"Unsupported operator: {name}. {did_you_mean(name, ['$eq', '$ne', *_ORDER])}")
        return self._ordered(value, _ORDER[name], operand)

    def _equals(self, value: str, wanted: Any) -> str:
        """As in Python: what is missing equals None, and 1 equals True."""
        alike: list[Any] = [wanted]
        if isinstance(wanted, (bool, int, float)) and wanted in (0, 1):
            alike = [int(wanted), bool(wanted)]
        try:
            written = [json.dumps(item, allow_nan=False) for item in alike]
        except (TypeError, ValueError):  # no document has such a value
            return "FALSE"
        return f"coalesce({value}, 'null') = ANY({self._bind(written, 'jsonb[]')})"

    def _ordered(self, value: str, operator: str, operand: Any) -> str:
        text, cases = f"({value} #>> '{{}}')", []
        try:
            number = float(operand)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isnan(number):
            limit = self._bind(repr(operand) if type(operand) is int else repr(number), "numeric")
            is_number = f"{text} ~ {self._bind(_NUMBER, 'text')}"
            cases += [
                f"WHEN jsonb_typeof({value}) = 'boolean' THEN ({value} = 'true')::int {operator} {limit}",
                f"WHEN jsonb_typeof({value}) IN ('number', 'string') AND {is_number} "
                f"THEN {text}::numeric {operator} {limit}",
            ]
        if isinstance(operand, str):
            bound = self._bind(operand, "text")
            cases.append(f"WHEN jsonb_typeof({value}) = 'string' THEN {text} COLLATE \"C\" {operator} {bound}")
        return f"CASE {' '.join(cases)} ELSE FALSE END" if cases else "FALSE"
