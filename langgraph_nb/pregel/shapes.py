"""The shape of a plan: kinds of channels and types of values as texts that are the same in every process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from langgraph_nb.channels import (
    AnyValue,
    BinaryOperatorAggregate,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    UntrackedValue,
)
from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.constants import START
from langgraph_nb.shape import Shape, is_key

if TYPE_CHECKING:
    from langgraph_nb.pregel.plan import NodePlan

_OF_VALUES = frozenset(
    kind.__name__ for kind in (AnyValue, BinaryOperatorAggregate, DeltaChannel, EphemeralValue, LastValue)
)
"""Kinds that are stored as the value itself, so that each can read what another has stored."""
_STORED_NOT_AT_ALL = UntrackedValue.__name__


def shape_of(
    nodes: Collection[NodePlan], channels: Mapping[str, BaseChannel[Any, Any, Any]], migrations: int
) -> Shape:
    """The shape of a graph of these nodes and channels."""
    return Shape(
        nodes={node.name: tuple(sorted(node.triggers)) for node in nodes if node.name != START},
        keys={name: kind_of(channel) for name, channel in channels.items() if is_key(name)},
        edges={node.name: tuple(sorted({to for to, _ in node.edges})) for node in nodes if node.edges},
        migrations=migrations,
    )


def kind_of(channel: BaseChannel[Any, Any, Any]) -> str:
    """A channel's kind, and the type of its value.

    Example:
        >>> kind_of(LastValue(dict[str, int | None]))
        'LastValue[dict[str, int | NoneType]]'
    """
    return f"{type(channel).__name__}[{_type_name(channel.typ)}]"


def can_read(old: str, new: str) -> bool:
    """Whether a channel of the new kind can take over what one of the old kind has stored.

    Example:
        >>> can_read("LastValue[int]", "BinaryOperatorAggregate[int]"), can_read("LastValue[list]", "Topic[int]")
        (True, False)
    """
    before, after = class_of(old), class_of(new)
    return before == after or after == _STORED_NOT_AT_ALL or {before, after} <= _OF_VALUES


def class_of(kind: str) -> str:
    """The class in the name of a kind of channel."""
    return kind.partition("[")[0]


def _type_name(kind: Any) -> str:
    """A type's name without anything that differs from process to process, as the reducers in annotations do."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type_name(args[0])
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin in (Union, UnionType):
        return " | ".join(map(_type_name, args))
    if isinstance(kind, (list, tuple)):  # the parameters of a Callable
        return f"[{', '.join(map(_type_name, kind))}]"
    if isinstance(kind, str):
        return kind
    if isinstance(kind, TypeVar):
        return kind.__name__
    name = getattr(origin or kind, "__qualname__", None) or getattr(kind, "_name", None) or type(kind).__qualname__
    name = str(name).rpartition("<locals>.")[2]
    return f"{name}[{', '.join(map(_type_name, args))}]" if args else name
