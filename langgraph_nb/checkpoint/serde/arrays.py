"""Words for numpy arrays and scalars."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack


def _array_parts(array: Any) -> list[Any]:
    np = sys.modules["numpy"]
    dtype = array.dtype
    if dtype.kind == "O":
        return ["O", list(array.shape), list(array.ravel())]
    if dtype.kind not in "biufcSUmMV":
        raise UnstorableValue(f"a numpy array of dtype {dtype}", "Convert it with astype(object) or tolist().")
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    described = np.lib.format.dtype_to_descr(dtype)
    return [described, list(array.shape), array.tobytes(order), *("F" if order == "F" else "")]


_DTYPE = re.compile(r"[<>|][biufcSUmMV]\d{1,9}(\[\w{1,9}\])?")


def _is_plain(described: Any) -> bool:
    """Whether numpy reads this as a dtype of plain data; its own parser takes much more than it writes."""
    if isinstance(described, str):
        return _DTYPE.fullmatch(described) is not None
    return isinstance(described, list | tuple) and all(_is_plain(field[1]) for field in described)


def _build_array(parts: list[Any]) -> Any:
    import numpy as np

    described, shape, data, *order = parts
    if described == "O":
        array = np.empty(len(data), dtype=object)
        array[:] = data
        return array.reshape(shape)
    if type(data) is not bytes or not _is_plain(described):
        raise CorruptData(f"Stored data holds an array of {described!r}, which is never written.")
    flat = np.frombuffer(bytearray(data), dtype=np.lib.format.descr_to_dtype(described))
    return flat.reshape(shape, order="F" if order else "C")


def _encode_array(array: Any, pack: Pack) -> Ext:
    return Ext(wire.NDARRAY, pack(_array_parts(array)))


def _encode_scalar(scalar: Any, pack: Pack) -> Ext:
    return Ext(wire.NP_SCALAR, pack(_array_parts(sys.modules["numpy"].asarray(scalar))))


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for numpy's arrays and scalars, once the program has imported numpy."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if cls is numpy.ndarray:
        return _encode_array
    return _encode_scalar if issubclass(cls, numpy.generic) else None


LISTED_DECODERS: dict[int, Callable[[list[Any]], Any]] = {
    wire.NDARRAY: _build_array,
    wire.NP_SCALAR: lambda parts: _build_array(parts)[()],
}
