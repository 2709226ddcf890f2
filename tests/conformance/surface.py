"""What a program can see of a public name without running anything: signatures, fields, members, base classes.

Each fact is a line of text (``Send takes timeout=None``), the same for both packages, so that two surfaces are compared
by comparing lines; what only we have is an addition. Annotations are left out: they are for type checkers
(``tests/typing``).
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from typing_extensions import is_typeddict

from .harness import THEIRS

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
METHODS = (staticmethod, classmethod, property)


def public_names(module: Any) -> list[str]:
    """The names in ``__all__``; of a module without, what is defined in it and does not begin with an underscore."""
    named = getattr(module, "__all__", None)
    if named is not None:
        return sorted(named)
    own = (name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__)
    return sorted(name for name in own if not name.startswith("_"))


def facts(package: str, module: str, name: str) -> list[str]:
    """What can be seen of one name of a package; empty when it is not there."""
    try:
        value = getattr(importlib.import_module(f"{package}.{module}"), name)
    except (ModuleNotFoundError, AttributeError):
        return []
    return [line.replace(package + ".", "") for line in _facts(name, value, package)]


def _facts(name: str, value: Any, package: str) -> Iterator[str]:
    if is_typeddict(value):
        for key in value.__annotations__:
            yield f"{name} has the {'required' if key in value.__required_keys__ else 'optional'} key {key!r}"
    elif isinstance(value, type) and get_origin(value) is None:
        yield from _class_facts(name, value, package)
    elif get_origin(value) is Literal:
        yield from (f"{name} may be {word!r}" for word in get_args(value))
    elif inspect.isroutine(value):
        yield from _signature(name, value)
    elif isinstance(value, (str, int)):
        yield f"{name} = {value!r}"
    elif type(value).__name__ == "TypeVar":
        default = getattr(value, "__default__", None)
        yield f"{name}: covariant={value.__covariant__} contravariant={value.__contravariant__} default={default!r}"
    else:
        yield f"{name} is there"


def _class_facts(name: str, cls: type, package: str) -> Iterator[str]:
    yield f"{name} is there"
    if issubclass(cls, BaseException):
        yield f"{name} is a {' < '.join(base.__name__ for base in cls.__mro__)}"
    if issubclass(cls, enum.Enum):
        yield from (f"{name}.{member.name} = {member.value!r}" for member in cls)
        return
    if dataclasses.is_dataclass(cls):
        yield f"{name} has the fields {', '.join(field.name for field in dataclasses.fields(cls))}"
    elif hasattr(cls, "_fields"):
        yield f"{name} has the fields {', '.join(cls._fields)}"
    if not getattr(cls, "_is_protocol", False):
        yield from _signature(name, cls)
        if cls.__hash__ is not None:
            yield f"{name} can be hashed"
    for member, value in sorted(_members(cls, package).items()):
        if isinstance(value, property):
            yield f"{name}.{member} is a property"
        else:
            yield from _signature(f"{name}.{member}", getattr(cls, member))


def _members(cls: type, package: str) -> dict[str, Any]:
    """The public methods and properties that the package itself gives a class."""
    return {
        name: value
        for base in reversed(cls.__mro__)
        if base.__module__.partition(".")[0] == package
        for name, value in vars(base).items()
        if not name.startswith("_") and (inspect.isroutine(value) or isinstance(value, METHODS))
    }


def _signature(name: str, value: Any) -> Iterator[str]:
    """One line for each parameter; optional ones that only one package has are no difference to a call of the other."""
    yield f"{name} can be called"
    try:
        parameters = [*inspect.signature(value).parameters.values()]
    except (ValueError, TypeError):  # what it inherits from tells nothing
        return
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in VARIADIC]
    yield f"{name} needs {', '.join(needed) or 'nothing'}"
    for place, parameter in enumerate(parameters, 1):
        if parameter.kind is parameter.VAR_KEYWORD:
            yield f"{name} takes more by name"
        elif parameter.kind is parameter.VAR_POSITIONAL:
            yield f"{name} takes more by position"
        elif parameter.default is not parameter.empty:
            where = "" if parameter.kind is parameter.KEYWORD_ONLY else f" as number {place}"
            yield f"{name} takes {parameter.name}={_shown(parameter.default)}{where}"


def _shown(default: Any) -> str:
    """A default value; of a function or a marker that nobody can name, that it is one."""
    if inspect.isroutine(default):
        return "a function" if default.__name__.startswith("_") else default.__name__
    return "a marker" if type(default) is object else repr(default)


def lacking(package: str, module: str, name: str) -> list[str]:
    """The facts of LangGraph's name that do not hold in ``package``."""
    theirs, ours = facts(THEIRS, module, name), set(facts(package, module, name))
    return [line for line in theirs if line not in ours]
