"""The classes that the graphs of this program declare: in the schemas of their states, their channels and tasks.

Stored data may name them wherever it may name classes at all. What declares them is only noted when it is made, and
read when data names a class that is not known otherwise. Knows no graph and no data.
"""

from __future__ import annotations

from threading import RLock
from types import FunctionType
from typing import Any, get_args, get_type_hints
from weakref import WeakSet, WeakValueDictionary

Address = tuple[str, str]
"""(module, qualified name)"""

_sources: WeakSet[Any] = WeakSet()
"""What was not read yet: schemas, and functions with annotations."""
_classes: WeakValueDictionary[Address, type] = WeakValueDictionary()
_reading = RLock()


def declare(source: Any) -> None:
    """Note that a graph declares the classes in a schema, an annotation, or the annotations of a function.

    Example:
        >>> class Person: ...
        >>> declare(list[Person] | None)
        >>> declared(Person.__module__, "Person") is Person
        True
    """
    if isinstance(source, type | FunctionType):
        _sources.add(source)
    else:  # an annotation, which nobody keeps
        _read(source, {})


def declared(module: str, qualname: str) -> type | None:
    """The class of this name that a graph declares."""
    with _reading:
        while _sources:
            _read(_sources.pop(), {})
    return _classes.get((module, qualname))


def _read(source: Any, seen: dict[int, Any]) -> None:
    """Take note of the classes in an annotation, and in theirs."""
    if id(source) in seen:
        return
    seen[id(source)] = source
    if isinstance(source, type):
        _classes[source.__module__, source.__qualname__] = source
    parts = [getattr(source, "__supertype__", None), getattr(source, "__value__", None), *get_args(source)]
    if isinstance(source, type) or callable(source):
        parts.extend(_hints(source))
    for part in parts:
        if part is not None and not (isinstance(part, type) and part.__module__ == "builtins" and not get_args(part)):
            _read(part, seen)


def _hints(source: Any) -> list[Any]:
    """The annotations of a class or function; none if they name what is not there."""
    try:
        return [*get_type_hints(source, include_extras=True).values()]
    except Exception:  # annotations may be anything, and are no matter of life and death
        return []
