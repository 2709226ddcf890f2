"""Which classes stored data may name. Data is not trusted: it never imports a module and never calls what it names.

A class that data names is looked up, never imported, and it counts only if

1. the program allowed it: by name or by passing the class itself (``allowed_msgpack_modules``, ``with_allowlist``),
   or by declaring it in the schema of a graph, in its channels, or in the annotations of a task or workflow, or
2. it belongs to langchain-core's messages or documents, or
3. it is in the namespace of a module that the program has already imported, under the name that it bears itself.
   A class that was defined inside a function, or a parametrised ``Model[int]``, is in no such namespace; it counts
   if this process has stored an instance of it.

Rule 3 can be switched off (``allowed_msgpack_modules=[...]`` or ``None``). Whatever the rule, the class must be of
the kind that the data claims (Pydantic model, dataclass, enum, named tuple, subclass of a builtin value type), which
is checked on the class itself, and its instances are put together field by field: neither ``__init__`` nor
``__new__``, ``__post_init__``, ``__setstate__``, ``__setattr__``, descriptors nor validators are called. Only for a
field that the data lacks is the class's own default factory called, without arguments, and what is a key or in a set is
hashed. So there is nothing that data could run. ``os.system`` is not a class; ``subprocess.Popen`` is of none of these
kinds. A class with a ``__del__``, which Python would call in the end, counts only by rule 1.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Literal
from weakref import WeakValueDictionary

from langgraph_nb.checkpoint.serde.base import CorruptData, UnknownTypeError, UnknownTypeWarning
from langgraph_nb.checkpoint.serde.event_hooks import emit_serde_event
from langgraph_nb.declared import declared

Address = tuple[str, str]
"""(module, qualified name)"""
AllowedTypes = Iterable[type | tuple[str, ...]] | Literal[True] | None
OnUnknown = Literal["data", "raise"]

_MESSAGE_MODULES = ("ai", "base", "chat", "function", "human", "modifier", "system", "tool")
_CORE_MODULES = frozenset(
    ["langchain_core.documents.base", *(f"langchain_core.messages.{name}" for name in _MESSAGE_MODULES)]
)
"""Imported when data names them: this list is ours, not the data's."""

_local_classes: WeakValueDictionary[Address, type] = WeakValueDictionary()
"""Classes that no namespace lists, of which this process has stored an instance."""


def address_of(cls: type) -> Address:
    """How stored data names a class."""
    address = cls.__module__, cls.__qualname__
    if _is_local(cls.__qualname__):
        _local_classes[address] = cls
    return address


def _is_local(qualname: str) -> bool:
    return "<locals>" in qualname or "[" in qualname


class AllowedClasses:
    """Finds the classes that stored data names, by the rules above.

    Args:
        allowed: ``True`` for all three rules; classes or ``(module, name)`` pairs for the first two; ``None`` for the
            second only.
        on_unknown: ``"data"`` reads what is not allowed as plain data, with a warning; ``"raise"`` refuses it.
    """

    def __init__(self, allowed: AllowedTypes = True, on_unknown: OnUnknown = "data") -> None:
        if on_unknown not in ("data", "raise"):
            raise ValueError(f"on_unknown is {on_unknown!r}, which is no choice. Use 'data' or 'raise'.")
        self.loaded_too = allowed is True
        self.on_unknown = on_unknown
        self._given: dict[Address, type | None] = {}
        if allowed is not True:
            self._given.update(map(_entry, allowed or ()))

    def extended(self, extra: Iterable[type | tuple[str, ...]]) -> AllowedClasses:
        """These rules and ``extra`` under rule 1; itself, if there is nothing new."""
        new = {address: cls for address, cls in map(_entry, extra) if self._given.get(address, self) is not cls}
        if not new:
            return self
        clone = AllowedClasses(True if self.loaded_too else None, self.on_unknown)
        clone._given = self._given | new
        return clone

    def find(self, module: str, qualname: str, is_kind: Callable[[type], bool]) -> type | None:
        """The class at this address, or ``None`` after a warning; ``UnknownTypeError`` if that is the choice."""
        if type(module) is not str or type(qualname) is not str:
            raise CorruptData("Stored data names a class by what is no name.")
        cls = self._look_up(module, qualname)
        if cls is not None and is_kind(cls):
            return cls
        self.unknown(module, qualname)
        return None

    def unknown(self, module: str, qualname: str) -> None:
        """Report that data names a class which is not there, not allowed, or has changed its shape."""
        emit_serde_event({"kind": "msgpack_blocked", "module": module, "name": qualname})
        message = (
            f"Stored data holds a {module}.{qualname}, which is not loaded or allowed in this program, or not the same "
            "any more. Import or define the class first, or pass it in "
            "JsonPlusSerializer(allowed_msgpack_modules=[...])."
        )
        if self.on_unknown == "raise":
            raise UnknownTypeError(message)
        warnings.warn(message + " It was read as plain data.", UnknownTypeWarning, stacklevel=2)

    def _look_up(self, module: str, qualname: str) -> type | None:
        address = (module, qualname)
        if address in self._given:
            given = self._given[address]
            return given if given is not None else _from_namespace(importlib.import_module(module), qualname)
        if module in _CORE_MODULES:
            return _from_namespace(importlib.import_module(module), qualname)
        if (found := declared(module, qualname)) is not None or not self.loaded_too:
            return found
        cls = _local_classes.get(address) if _is_local(qualname) else _loaded(address)
        if cls is None or static(cls, "__del__") is not None:
            return None
        emit_serde_event({"kind": "msgpack_unregistered_allowed", "module": module, "name": qualname})
        return cls


def _entry(item: type | tuple[str, ...]) -> tuple[Address, type | None]:
    if isinstance(item, type):
        return address_of(item), item
    module, *names = item
    return (module, ".".join(names)), None


def _loaded(address: Address) -> type | None:
    """The class at this address in a module that is imported, if that is its own name and no other."""
    cls = _from_namespace(sys.modules.get(address[0]), address[1])
    if cls is None or (_MODULE.__get__(cls), _QUALNAME.__get__(cls)) != address:
        return None
    return cls


# -- looking at classes without running their code: attributes of a module or a metaclass could be computed ------------

_MRO: Any = type.__dict__["__mro__"]
_DICT: Any = type.__dict__["__dict__"]
_MODULE: Any = type.__dict__["__module__"]
_QUALNAME: Any = type.__dict__["__qualname__"]
_MODULE_DICT: Any = vars(ModuleType)["__dict__"]


def _from_namespace(owner: Any, qualname: str) -> type | None:
    """Follow the names through namespaces only."""
    for name in qualname.split("."):
        if issubclass(type(owner), type):
            owner = _DICT.__get__(owner).get(name)
        elif issubclass(type(owner), ModuleType):
            owner = _MODULE_DICT.__get__(owner).get(name)
        else:
            return None
    return owner if issubclass(type(owner), type) else None


def static(cls: type, name: str) -> Any:
    """An attribute of a class as it is written down in it or its bases; ``None`` if it is not."""
    return next((held[name] for base in _MRO.__get__(cls) if name in (held := _DICT.__get__(base))), None)


def derives(cls: type, base: type) -> bool:
    """Whether a class has this base; abstract bases' hooks are not asked."""
    return any(one is base for one in _MRO.__get__(cls))
