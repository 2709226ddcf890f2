"""What a server of LangGraph's protocol is asked, and what it answers, as values of this package.

Pure: nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from langgraph_nb.constants import INTERRUPT
from langgraph_nb.errors import GraphInterrupt, ParentCommand
from langgraph_nb.types import Command, GraphOutput, Interrupt, PregelTask, Send, StateSnapshot

__all__ = [
    "Chunks", "RemoteException", "asked_input", "checkpoint_of", "config_of", "output_of", "sendable", "snapshot_of",
]  # fmt: skip

COORDINATES = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
PRIVATE = "__pregel_"
MESSAGES = "messages-tuple"
"""What the server calls the mode ``messages``."""


class RemoteException(Exception):
    """A graph on a server has failed; holds what the server said.

    Example:
        >>> RemoteException({"error": "ValueError", "message": "no"}).args[0]["message"]
        'no'
    """


# -- what is sent ------------------------------------------------------------------------------------------------------


def sendable(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a config a server can be told: no callbacks, no objects, and nothing of where this process keeps things.

    Example:
        >>> sendable({"configurable": {"thread_id": "1", "user": "a", "f": print}, "run_name": "r", "tags": ["t"]})
        {'configurable': {'user': 'a'}, 'tags': ['t']}
    """
    told: dict[str, Any] = {}
    given = config.get("configurable") or {}
    told["configurable"] = _plain(
        {k: v for k, v in given.items() if k not in COORDINATES and not str(k).startswith(PRIVATE)}
    )
    if config.get("recursion_limit") is not None:
        told["recursion_limit"] = config["recursion_limit"]
    if tags := [tag for tag in config.get("tags") or () if isinstance(tag, str)]:
        told["tags"] = tags
    if metadata := _plain(config.get("metadata") or {}):
        told["metadata"] = metadata
    return told


def _plain(value: Any) -> Any:
    """JSON data; what is none is left out."""
    if isinstance(value, str | int | float | bool | UUID):
        return value
    if isinstance(value, Mapping):
        pairs = ((k, _plain(v)) for k, v in value.items() if isinstance(k, str))
        return {k: v for k, v in pairs if v is not None}
    if isinstance(value, list | tuple | set):
        return [v for v in map(_plain, value) if v is not None]
    return None


def asked_input(given: Any) -> dict[str, Any]:
    """The input of a run, or the command that it begins with."""
    if not isinstance(given, Command):
        return {"input": given, "command": None}
    told = {"update": given.update, "resume": given.resume, "goto": _goto(given.goto)}
    return {"input": None, "command": {key: value for key, value in told.items() if value is not None}}


def _goto(target: Any) -> Any:
    if isinstance(target, Send):
        return {"node": target.node, "input": target.arg}
    return [_goto(one) for one in target] if isinstance(target, list | tuple) else target


def checkpoint_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The checkpoint that a config names.

    Raises:
        ValueError: It names no thread.
    """
    named = config.get("configurable") or {}
    if "thread_id" not in named:
        raise ValueError('A graph on a server is asked about a thread. Name it: {"configurable": {"thread_id": "1"}}.')
    return {key: named[key] for key in COORDINATES if key in named}


# -- what comes back ---------------------------------------------------------------------------------------------------


def config_of(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """The config that names a checkpoint of the server's."""
    return {"configurable": {key: checkpoint.get(key) for key in COORDINATES}}


def snapshot_of(state: Mapping[str, Any]) -> StateSnapshot:
    """A thread's state."""
    parent = state.get("parent_checkpoint")
    tasks = tuple(_task(task) for task in state["tasks"])
    return StateSnapshot(
        values=state["values"],
        next=tuple(state["next"] or ()),
        config=config_of(state["checkpoint"]),  # type: ignore[arg-type]
        metadata=state["metadata"],
        created_at=state["created_at"],
        parent_config=config_of(parent) if parent else None,  # type: ignore[arg-type]
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _task(task: Mapping[str, Any]) -> PregelTask:
    inner, checkpoint = task.get("state"), task.get("checkpoint")
    return PregelTask(
        id=task["id"],
        name=task["name"],
        path=(),
        error=Exception(task["error"]) if task.get("error") else None,
        interrupts=_interrupts(task.get("interrupts")),
        state=snapshot_of(inner) if inner else {"configurable": checkpoint} if checkpoint else None,
        result=task.get("result"),
    )


def _interrupts(found: Any) -> tuple[Interrupt, ...]:
    return tuple(Interrupt(**{k: v for k, v in one.items() if k in ("value", "id")}) for one in found or ())


def output_of(values: Any) -> GraphOutput[Any]:
    """The last values of a run, in version 2."""
    value, interrupts = _parted(values)
    return GraphOutput(value=value, interrupts=interrupts)


def _parted(values: Any) -> tuple[Any, tuple[Interrupt, ...]]:
    """Values without the questions in them."""
    if not isinstance(values, dict) or INTERRUPT not in values:
        return values, ()
    return {key: value for key, value in values.items() if key != INTERRUPT}, _interrupts(values[INTERRUPT])


class Chunks:
    """What a caller gets of the events of a run.

    Args:
        modes: The modes that are asked for; a text for a single one.
        subgraphs: Whether events of graphs inside are asked for.
        version: ``v1`` or ``v2``.
        inside: Whether the run is a node's: its questions are then the node's.
    """

    def __init__(self, modes: str | Sequence[str] | None, subgraphs: bool, version: str, inside: bool) -> None:
        self._single = modes is None or isinstance(modes, str)
        self._modes = (modes or "updates",) if isinstance(modes, str | None) else tuple(modes)
        self._subgraphs, self._version, self._inside = subgraphs, version, inside

    @property
    def asked(self) -> list[str]:
        """The modes to ask the server for: updates are always needed, because they tell of questions."""
        named = [MESSAGES if mode == "messages" else mode for mode in self._modes]
        return named if "updates" in named else [*named, "updates"]

    def of(self, event: str, data: Any) -> Iterator[Any]:
        """What one event is to the caller: a chunk, or nothing.

        Raises:
            RemoteException: The run has failed.
            ParentCommand: It has a command for the graph around.
            GraphInterrupt: It asks, in a node.
        """
        mode, *namespace = event.split("|")
        if mode == "error":
            raise RemoteException(data)
        if mode == "command":
            raise ParentCommand(Command(**data))
        if self._inside and mode == "updates" and isinstance(data, dict) and INTERRUPT in data:
            raise GraphInterrupt(_interrupts(data[INTERRUPT]))
        if mode not in self._modes or (namespace and not self._subgraphs):
            return
        yield self._chunk(tuple(namespace), mode, tuple(data) if mode == "messages" else data)

    def _chunk(self, namespace: tuple[str, ...], mode: str, data: Any) -> Any:
        if self._version == "v2":
            data, interrupts = _parted(data) if mode == "values" else (data, ())
            return {"type": mode, "ns": namespace, "data": data, "interrupts": interrupts}
        parts = (*([namespace] if self._subgraphs else []), *([] if self._single else [mode]), data)
        return data if len(parts) == 1 else parts
