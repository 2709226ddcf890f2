"""Who wants to hear of types that stored data names. Knows no format."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import NotRequired, TypedDict

__all__ = ["SerdeEvent", "SerdeEventListener", "emit_serde_event", "register_serde_event_listener"]

_logger = logging.getLogger(__name__)


class SerdeEvent(TypedDict):
    """A type that stored data names.

    Example:
        >>> SerdeEvent(kind="msgpack_blocked", module="shop", name="Order")["kind"]
        'msgpack_blocked'
    """

    kind: str
    """``msgpack_blocked``: it was read as plain data, or refused. ``msgpack_unregistered_allowed``: it is of the
    program's own, though nobody has listed it. ``msgpack_method_blocked``: data written by LangGraph names a method."""
    module: str
    name: str
    method: NotRequired[str]


SerdeEventListener = Callable[[SerdeEvent], None]
_listeners: tuple[SerdeEventListener, ...] = ()
"""Replaced as a whole, so that it can be read from any thread."""


def register_serde_event_listener(listener: SerdeEventListener) -> Callable[[], None]:
    """Have a function hear of types that stored data names.

    Args:
        listener: The function. What it raises is logged, and goes no further.

    Returns:
        Call this to have it hear no more.

    Example:
        >>> heard = []
        >>> stop = register_serde_event_listener(heard.append)
        >>> emit_serde_event({"kind": "msgpack_blocked", "module": "shop", "name": "Order"})
        >>> stop()
        >>> heard[0]["name"]
        'Order'
    """
    global _listeners
    _listeners = (*_listeners, listener)

    def unregister() -> None:
        global _listeners
        left = list(_listeners)
        with suppress(ValueError):
            left.remove(listener)
        _listeners = tuple(left)

    return unregister


def emit_serde_event(event: SerdeEvent) -> None:
    """Tell all listeners.

    Example:
        >>> emit_serde_event({"kind": "msgpack_blocked", "module": "shop", "name": "Order"})
    """
    for listener in _listeners:
        try:
            listener(event)
        except Exception:
            _logger.warning("Serde listener failed", exc_info=True)
