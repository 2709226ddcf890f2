"""What packages look for in a node's config: functions to read and to write the state, and the ``Runtime``.

They are put into the ``configurable`` values of every task's config while the alias is installed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from langgraph_nb.alias.private._internal._constants import CONFIG_KEY_READ, CONFIG_KEY_RUNTIME, CONFIG_KEY_SEND
from langgraph_nb.scope import TaskScope, carried

__all__ = ["carry", "drop"]


def _read(scope: TaskScope, select: str | list[str], fresh: bool = False) -> Any:
    """The value of a channel, or a dict of several; ``fresh``: with what the task has written already."""
    values = scope.channel_values(fresh)
    return values.get(select) if isinstance(select, str) else {key: values[key] for key in select if key in values}


def _send(scope: TaskScope, writes: list[tuple[str, Any]]) -> None:
    for channel, value in writes:
        scope.write(channel, value)


_CARRIED = {
    CONFIG_KEY_READ: lambda scope: partial(_read, scope),
    CONFIG_KEY_SEND: lambda scope: partial(_send, scope),
    CONFIG_KEY_RUNTIME: lambda scope: scope.runtime,
}


def carry() -> None:
    """From now on configs have them."""
    carried.update(_CARRIED)


def drop() -> None:
    """From now on they have not."""
    for key in _CARRIED:
        carried.pop(key, None)
