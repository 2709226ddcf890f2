"""What a checkpoint says besides its channels' values, and its metadata, on the way to a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from langgraph_nb.checkpoint.rows.forms import Form
from langgraph_nb.checkpoint.serde.base import SerializerProtocol
from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.wire import FORMAT, pack_plain

_USUAL: Final = frozenset(("v", "id", "ts", "channel_versions", "versions_seen", "updated_channels"))
_GRAPH: Final = frozenset(("graph",))
_PLAIN: Final = frozenset((str, int, float))
ROOT: Final = pack_plain({"parents": {}})
"""The rest of the metadata, mostly."""


@dataclass(slots=True)
class Head:
    """What a checkpoint and its metadata say, ready to be stored. The dicts are the caller's."""

    said: Mapping[str, Any]
    """The checkpoint, without its channels' values."""
    source: str | None
    step: int | None
    """Of the metadata, if they are a text and a number."""
    rest: Form
    """The rest of the metadata; needs no blob."""


def head_of(serde: SerializerProtocol, said: Mapping[str, Any], metadata: Mapping[str, Any]) -> Head:
    """Serialise metadata, so that what is the same as before can be told by its bytes."""
    source, step = metadata.get("source"), metadata.get("step")
    if type(source) is str and type(step) is int:
        if len(metadata) == 3 and metadata.get("parents") == {} and type(serde) is JsonPlusSerializer:
            return Head(said, source, step, ROOT)
        rest = {key: value for key, value in metadata.items() if key not in ("source", "step")}
    else:
        source, step, rest = None, None, {**metadata}
    kind, data = serde.dumps_typed(rest)
    return Head(said, source, step, data if kind == FORMAT else [kind, data])


def is_plain(said: Mapping[str, Any]) -> bool:
    """Whether what a checkpoint says can be spelled with texts and numbers."""
    updated = said.get("updated_channels")
    return (
        said.keys() - _GRAPH == _USUAL
        and type(said.get("graph", "")) is str
        and type(said["v"]) is int
        and type(said["ts"]) is str
        and (updated is None or (type(updated) is list and {*map(type, updated)} <= {str}))
        and _are_plain(said["channel_versions"])
        and all(type(node) is str and _are_plain(seen) for node, seen in said["versions_seen"].items())
    )


def _are_plain(versions: Any) -> bool:
    return {*map(type, versions)} <= {str} and _PLAIN.issuperset(map(type, versions.values()))
