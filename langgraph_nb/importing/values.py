"""Reads the values that LangGraph's savers stored, and runs nothing that the data says.

LangGraph stores objects as the name of a class and the arguments to call it with. Here such a name only chooses among
what is known: builtin and standard types, LangGraph's own words (which become ours), langchain-core's messages and
documents, and the classes that the caller passed. What is named otherwise is refused, or comes back as plain data.

This file knows no database.
"""

from __future__ import annotations

import ipaddress
import json
import pathlib
import re
import warnings
from collections import deque
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import ormsgpack

from langgraph_nb.checkpoint.serde.allowed import AllowedClasses
from langgraph_nb.checkpoint.serde.base import CorruptData, UnknownTypeError, UnknownTypeWarning
from langgraph_nb.types import Command, Interrupt, Overwrite, Send

__all__ = ["OnUnknown", "ValueReader"]

OnUnknown = Literal["raise", "data"]

_ONE, _POSITIONAL, _NAMED, _METHOD, _PYDANTIC_V1, _PYDANTIC, _ARRAY, _DELTA_SNAPSHOT = range(8)
"""LangGraph's extension codes: an object made from one argument, several, named ones, by a method; models; arrays."""

_FROM_ONE: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("collections", "deque"): deque,
    ("uuid", "UUID"): UUID,
    ("decimal", "Decimal"): Decimal,
    ("zoneinfo", "ZoneInfo"): ZoneInfo,
    **{
        ("ipaddress", name): getattr(ipaddress, name)
        for name in ("IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network")
    },
}
_PATHS = ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")


def _path(name: str, parts: list[str]) -> pathlib.PurePath:
    known: Any = {"PurePosixPath": pathlib.PurePosixPath, "PureWindowsPath": pathlib.PureWindowsPath}
    windows = pathlib.PureWindowsPath if not isinstance(pathlib.Path(), pathlib.WindowsPath) else pathlib.Path
    return known.get(name, windows if name == "WindowsPath" else pathlib.Path)(*parts)  # type: ignore[no-any-return]


def _send(node: str, arg: Any, timeout: Any = None) -> Send:
    return Send(node, arg, timeout=timeout)


_FROM_SEVERAL: dict[tuple[str, str], Callable[..., Any]] = {
    ("re", "compile"): re.compile,
    ("datetime", "timedelta"): timedelta,
    ("datetime", "date"): date,
    ("datetime", "timezone"): timezone,
    ("langgraph.types", "Send"): _send,
    **{(module, name): lambda *parts, name=name: _path(name, list(parts))
       for module in ("pathlib", "pathlib._local") for name in _PATHS},
}  # fmt: skip
_FROM_NAMED: dict[tuple[str, str], Callable[..., Any]] = {
    ("datetime", "time"): time,
    ("langgraph.types", "Interrupt"): Interrupt,
    ("langgraph.types", "Command"): Command,
    ("langgraph.types", "Overwrite"): Overwrite,
}


class ValueReader:
    """Values from the bytes in which LangGraph's serializer has stored them.

    Args:
        classes: The program's classes that may be in the data: Pydantic models, dataclasses, named tuples, enums. They
            are called with what was stored, as LangGraph would: pass only what you trust with that.
        unknown: What to do about other classes: ``"raise"``, or take the ``"data"`` that they were to be made from.

    Example:
        >>> ValueReader().read("msgpack", bytes.fromhex("83a16101a16202a16303"))
        {'a': 1, 'b': 2, 'c': 3}
    """

    def __init__(self, classes: Collection[type] = (), unknown: OnUnknown = "raise") -> None:
        self._given = {(cls.__module__, cls.__name__): cls for cls in classes}
        self._core = AllowedClasses(None, "data")
        self._unknown = unknown
        self._told: set[tuple[str, str]] = set()
        self._error: BaseException | None = None

    def read(self, kind: str | None, data: bytes | None) -> Any:
        """The value.

        Args:
            kind: How it is stored: ``msgpack``, ``json``, ``bytes``, ``bytearray``, ``null``.
            data: The bytes.

        Raises:
            UnknownTypeError: It holds an object of a class that is not known here.
            CorruptData: It cannot be read: damaged, encrypted, or pickled.
        """
        data = b"" if data is None else bytes(data)
        if kind in ("null", None):
            return None
        if kind == "bytes":
            return data
        if kind == "bytearray":
            return bytearray(data)
        if kind == "msgpack":
            return self._unpack(data)
        if kind == "json":
            return json.loads(data, object_hook=self._json_object)
        if "+" in str(kind):
            raise CorruptData(f"It is encrypted ({kind}). Pass read=, a function of (kind, bytes) that decrypts it.")
        raise CorruptData(f"It is stored as {kind!r}, which may run code when it is read, or is not known here.")

    def _unpack(self, data: bytes) -> Any:
        try:
            return ormsgpack.unpackb(data, ext_hook=self._guarded, option=ormsgpack.OPT_NON_STR_KEYS)
        except ormsgpack.MsgpackDecodeError as error:
            if (raised := self._error) is not None:  # ormsgpack forgets what a callback raised
                self._error = None
                raise raised from None
            raise CorruptData(f"It cannot be read: {error}.") from None

    def _guarded(self, code: int, data: bytes) -> Any:
        try:
            return self._object(code, self._unpack(data))
        except BaseException as error:
            self._error = self._error or error
            raise

    def _object(self, code: int, parts: Any) -> Any:
        if code == _DELTA_SNAPSHOT:
            return parts
        if not _ONE <= code <= _ARRAY:
            raise CorruptData(f"It holds a value of the kind {code}, which is not known here.")
        try:
            return _array(*parts) if code == _ARRAY else self._make(code, *parts[:3])
        except (UnknownTypeError, CorruptData):
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, re.error) as error:
            what = "An array" if code == _ARRAY else f"A {parts[0]}.{parts[1]}"
            raise CorruptData(f"{what} cannot be made of what was stored: {error}.") from error

    def _make(self, code: int, module: str, name: str, given: Any) -> Any:
        address = module, name
        if code == _ONE and address in _FROM_ONE:
            return _FROM_ONE[address](given)
        if code == _POSITIONAL and address in _FROM_SEVERAL:
            return _FROM_SEVERAL[address](*given)
        if code == _NAMED and address in _FROM_NAMED:
            return _FROM_NAMED[address](**given)
        if code == _METHOD and address == ("datetime", "datetime"):
            return datetime.fromisoformat(given)
        if (cls := self._find(code, module, name)) is not None:
            return _call(cls, code, given)
        return self._not_known(module, name, given)

    def _find(self, code: int, module: str, name: str) -> type | None:
        """The class that data names, if it may be called."""
        if (cls := self._given.get((module, name))) is not None:
            return cls
        if code in (_PYDANTIC, _PYDANTIC_V1) and module.startswith("langchain_core."):
            with warnings.catch_warnings(action="ignore", category=UnknownTypeWarning):
                return self._core.find(module, name, lambda found: True)
        return None

    def _not_known(self, module: str, name: str, given: Any) -> Any:
        message = (
            f"A {module}.{name} is stored, which is not known here. Pass the class (classes=[...]; on the command line "
            f"--classes {module})"
        )
        if self._unknown == "raise":
            raise UnknownTypeError(f"{message}, or take such objects as plain data (unknown=\"data\").")
        if (module, name) not in self._told:
            self._told.add((module, name))
            warnings.warn(f"{message}. It was read as plain data.", UnknownTypeWarning, stacklevel=2)
        return given

    def _json_object(self, found: dict[str, Any]) -> Any:
        """An object of the format that LangGraph wrote before MessagePack."""
        if found.get("lc") not in (1, 2) or found.get("type") != "constructor" or not found.get("id"):
            return found
        *modules, name = found["id"]
        module, args, kwargs = ".".join(modules), found.get("args") or [], found.get("kwargs") or {}
        if found["lc"] == 1:
            module = _module_of_message(name) or module
            return self._make(_PYDANTIC, module, name, kwargs)
        if kwargs:
            code = _NAMED if (module, name) in _FROM_NAMED else _PYDANTIC
            return self._make(code, module, name, kwargs)
        if len(args) == 1 and (module, name) in _FROM_ONE:
            return self._make(_ONE, module, name, args[0])
        return self._make(_POSITIONAL, module, name, args)


def _call(cls: Any, code: int, given: Any) -> Any:
    if code in (_NAMED, _PYDANTIC, _PYDANTIC_V1):
        return cls(**given)
    if code == _POSITIONAL and not issubclass(cls, Enum):
        return cls(*given)
    return cls(given)


def _array(dtype: str, shape: list[int], order: Literal["C", "F"], data: bytes) -> Any:
    import numpy

    kind = numpy.dtype(dtype)
    if kind.hasobject:
        raise CorruptData("It holds an array of objects, which would have to be unpickled.")
    return numpy.frombuffer(data, dtype=kind).reshape(shape, order=order).copy(order=order)


def _module_of_message(name: str) -> str | None:
    """Where langchain-core has a class that old data names by where it was once."""
    from langchain_core import messages

    cls = vars(messages).get(name) or getattr(messages, name, None)
    return cls.__module__ if isinstance(cls, type) else None
