"""The wire format ``nb1``: MessagePack with extension types for what MessagePack has no word for.

Theory of operation. ``pack`` hands the whole value to ormsgpack, which calls back for each object that is not exactly
a str, int, float, bool, None, list, dict or bytes. The callback looks up the object's class and answers with an
extension: a code and a payload, which is packed the same way. That is the fast path, and it is right for almost all.
ormsgpack refuses lone surrogates and keys that are no strings, and would store a bytearray as bytes; then ``pack``
starts again and walks the whole value itself (``_spell_out``): it finds the words for those too, or says where the
value is that has none. Only the outermost call starts again, so the price is at most twice the work, however deep.

Codes are part of the stored form: they are never changed or used again for something else.
This file knows no class but the builtin ones; the files beside it bring encoders and decoders for families of types.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import ormsgpack

from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue

_to_json: Callable[[Any], bytes] | None
try:
    import orjson

    _to_json = orjson.dumps
except ImportError:  # comes with langchain-core, but not everywhere
    _to_json = None

FORMAT: Final = "nb1"

TUPLE, SET, FROZENSET, DEQUE, ORDERED_DICT, DEFAULT_DICT, MAP = range(7)
BIG_INT, COMPLEX, BYTEARRAY, RANGE, STR, ELLIPSIS, SLICE = range(10, 17)
DATETIME, DATE, TIME, TIMEDELTA, TIMEZONE, ZONEINFO, UUID, TEXT = range(20, 28)
MESSAGE, PYDANTIC, DATACLASS, NAMEDTUPLE, ENUM, BUILTIN_SUBCLASS, TYPE, ALIAS, MESSAGES = range(40, 49)
PYDANTIC_V1, URL = range(49, 51)
NDARRAY, NP_SCALAR, DATAFRAME, SERIES, INDEX, PD_ARRAY, PD_SCALAR, POLARS = range(60, 68)
SEND, INTERRUPT, ITEM = range(80, 83)

Pack = Callable[[Any], bytes]
Encoder = Callable[[Any, Pack], ormsgpack.Ext]

_OPTIONS = (
    ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_UUID
    | ormsgpack.OPT_PASSTHROUGH_BIG_INT
)
_MAX_DEPTH = 200
"""ormsgpack gives up at 255 levels of lists and dicts."""
_MIN_INT, _MAX_INT = -(2**63), 2**64 - 1
_LEAVES = frozenset((str, int, float, bool, type(None), bytes))


def packer(encode: Encoder) -> Pack:
    """The pack function for an encoder of all objects of classes that MessagePack does not know."""
    packb = ormsgpack.packb

    def encode_fast(obj: Any) -> ormsgpack.Ext:
        try:
            return encode(obj, fast)
        except BaseException as e:
            _raised.in_encoder = e
            raise

    def fast(obj: Any) -> bytes:
        data = packb(obj, encode_fast, _OPTIONS)
        # What precedes bytes in MessagePack; a bytearray would look the same.
        if (0xC4 in data or 0xC5 in data or 0xC6 in data) and not _is_json(obj) and _has_buffers(obj):
            raise TypeError("a bytearray must be spelled out")
        return data

    def encode_slowly(obj: Any) -> ormsgpack.Ext:
        return encode(obj, slow)

    def slow(obj: Any) -> bytes:
        return packb(_spell_out(obj, encode_slowly, 0), None, _OPTIONS)

    def pack(obj: Any) -> bytes:
        try:
            return fast(obj)
        except (TypeError, ValueError, RecursionError) as e:
            error, raised = str(e), _raised.__dict__.pop("in_encoder", None)
            if raised is not None and not isinstance(raised, Exception):  # Ctrl-C says nothing about the value
                raise raised from None
        if raised is None and error.startswith(_NOT_ENCODED) and _works(fast, obj):
            raise KeyboardInterrupt  # it came just as a callback was called
        try:
            return slow(obj)
        except RecursionError:
            raise _too_deep() from None

    return pack


def _works(fast: Pack, obj: Any) -> bool:
    """Whether this can be encoded, now that it is tried again."""
    try:
        fast(obj)
    except Exception:
        _raised.__dict__.pop("in_encoder", None)
        return False
    return True


def _is_json(obj: Any) -> bool:
    """Whether orjson can write this. It tells at no cost that there is no bytearray in it, as in almost all values."""
    if _to_json is None:
        return False
    try:
        _to_json(obj)
    except TypeError:
        return False
    return True


def _has_buffers(obj: Any) -> bool:
    """Whether a bytearray or memoryview is somewhere in these lists and dicts."""
    kind = type(obj)
    if kind is dict:
        obj = obj.values()
    elif kind is not list:
        return kind is bytearray or kind is memoryview
    kinds = set(map(type, obj))
    if bytearray in kinds or memoryview in kinds:
        return True
    return (list in kinds or dict in kinds) and any(map(_has_buffers, obj))


def _spell_out(obj: Any, encode: Callable[[Any], ormsgpack.Ext], depth: int) -> Any:
    """The same value in words that ormsgpack takes; raises ``UnstorableValue`` with the path to what has none."""
    if depth > _MAX_DEPTH:
        raise _too_deep()
    kind = type(obj)
    if kind is str:
        return obj if _is_utf8(obj) else ormsgpack.Ext(STR, obj.encode("utf-8", "surrogatepass"))
    if kind is dict:
        return _spell_out_dict(obj, encode, depth)
    if kind is list:
        return [_step(i, v, encode, depth) for i, v in enumerate(obj)]
    if kind in _LEAVES and not (kind is int and not _MIN_INT <= obj <= _MAX_INT):
        return obj
    if kind is bytearray:
        return ormsgpack.Ext(BYTEARRAY, bytes(obj))
    if kind is memoryview:
        raise UnstorableValue("a memoryview", "Store bytes(view) instead.")
    try:
        return encode(obj)
    except UnstorableValue as e:
        if kind is not tuple:  # the first step is a position in the payload, which says nothing to the reader
            del e.path[:1]
        raise


def _spell_out_dict(obj: dict[Any, Any], encode: Callable[[Any], ormsgpack.Ext], depth: int) -> Any:
    if all(type(k) is str and _is_utf8(k) for k in obj):
        return {k: _step(k, v, encode, depth) for k, v in obj.items()}
    flat = []
    for k, v in obj.items():
        flat.append(_step(k, k, encode, depth))
        flat.append(_step(k, v, encode, depth))
    return ormsgpack.Ext(MAP, ormsgpack.packb(flat, None, _OPTIONS))


def _step(key: Any, value: Any, encode: Callable[[Any], ormsgpack.Ext], depth: int) -> Any:
    try:
        return _spell_out(value, encode, depth + 1)
    except UnstorableValue as e:
        e.path.insert(0, key)
        raise


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> UnstorableValue:
    return UnstorableValue(
        f"a value nested deeper than {_MAX_DEPTH} levels, or one that contains itself",
        "Flatten it, or store ids that refer to its parts.",
    )


def ext(code: int, data: bytes) -> bytes:
    """An extension value in MessagePack."""
    return _head(code, len(data)) + data


@lru_cache(4096)
def _head(code: int, size: int) -> bytes:
    if size < 1 << 8:
        return bytes((0xC7, size, code))
    if size < 1 << 16:
        return b"\xc8" + size.to_bytes(2) + bytes((code,))
    return b"\xc9" + size.to_bytes(4) + bytes((code,))


EXT_HEADS: Final = {0xC7: 3, 0xC8: 4, 0xC9: 6}
"""First byte of an extension value -> how long its head is, whose last byte is the code."""


def pack_plain(obj: Any) -> bytes:
    """Pack strings, numbers, lists and dicts with string keys, and nothing else."""
    return ormsgpack.packb(obj)


def unpack_plain(data: bytes) -> Any:
    """The inverse of ``pack_plain``."""
    return ormsgpack.unpackb(data)


def unpack(data: bytes, ext_hook: Callable[[int, bytes], Any], failed: Exception | None = None) -> Any:
    """The value that ``data`` spells; ``CorruptData`` if it spells none.

    Args:
        data: What was packed.
        ext_hook: Turns extensions into values (``guarded_decoder``).
        failed: What a first try raised. Where this one succeeds, Ctrl-C had come just as a callback was called.
    """
    try:
        value = ormsgpack.unpackb(data, ext_hook=ext_hook)
    except ormsgpack.MsgpackDecodeError as e:
        if (error := _raised.__dict__.pop("in_hook", None)) is not None:
            raise error from None
        if failed is None and str(e) == _HOOK_FAILED:
            return unpack(data, ext_hook, e)
        raise CorruptData(f"Stored data cannot be read: {e}. Restore it from a backup.") from None
    if failed is not None and str(failed) == _HOOK_FAILED:
        raise _raised.__dict__.pop("in_hook", None) or KeyboardInterrupt
    return value


_HOOK_FAILED, _NOT_ENCODED = "ext_hook failed", "Type is not msgpack serializable"
"""What ormsgpack says of a callback that raised."""


_raised = threading.local()
"""ormsgpack forgets what a callback raised, so callbacks leave it here."""


def guarded_decoder(decode: Callable[[int, bytes], Any]) -> Callable[[int, bytes], Any]:
    """``decode`` as an ``ext_hook`` whose errors ``unpack`` raises again."""

    def ext_hook(code: int, data: bytes) -> Any:
        try:
            return decode(code, data)
        except BaseException as e:
            _raised.in_hook = e
            raise

    return ext_hook
