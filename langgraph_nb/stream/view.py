"""What one call of ``stream`` sees: which modes, of which graphs, in which shape, and what is printed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from langgraph_nb.constants import INTERRUPT, START
from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.called import namespace_around
from langgraph_nb.pregel.events import CheckpointMade, CustomData, Event, RunFinished, StepStarted
from langgraph_nb.pregel.source import Source
from langgraph_nb.stream.projections import NEEDS, Projection, check_modes, projection

VERSIONS = ("v1", "v2")
WRAPPED = ("checkpoints", "tasks")
"""The modes that ``debug`` is made of."""

Namespace = tuple[str, ...]
Clock = Callable[[], str]
"""The time, ISO 8601 in UTC."""
Modes = str | Sequence[str]


class EventModes(list[str]):
    """The modes that an event stream is made from: messages come by content blocks."""


class View:
    """The stream of one call.

    Args:
        modes: What to yield: one mode, or several, and then each chunk says which it is of.
        printed: The modes to print.
        inside: Whether graphs inside of nodes are seen too; each chunk then says where it is from.
        version: ``"v1"`` for bare chunks and tuples, ``"v2"`` for dicts that say all of it.
        clock: Read for ``debug``.

    Raises:
        ValueError: For an unknown mode or version.
    """

    def __init__(
        self, modes: Modes, printed: Modes = (), inside: bool = False, version: str = "v1", clock: Clock | None = None
    ) -> None:
        self.several = not isinstance(modes, str)
        self.shown, self.printed = frozenset(_listed(modes)), frozenset(_listed(printed))
        self.inside = inside
        self.by_blocks = isinstance(modes, EventModes)
        """Whether models are to be heard by content blocks, and not by tokens."""
        self.clock = clock
        self.own: Namespace = ()
        """Where the graph is that was called."""
        self.sources: Mapping[Namespace, Source] = {}
        """Namespace -> the graph there; grows while the run goes on."""
        check_modes([*_listed(modes), *_listed(printed)])
        if version not in VERSIONS:
            raise ValueError(f"Unknown version {version!r} of the stream's format. {did_you_mean(version, VERSIONS)}")
        self._bare = isinstance(modes, str) and not (printed or inside or version == "v2" or modes == "debug")
        """Whether chunks are yielded as they are."""
        self._shape = self._part if version == "v2" else self._tuple if inside or self.several else _bare
        wanted = self.shown | self.printed
        self._debugs = "debug" in wanted
        wrapped = WRAPPED if self._debugs else ()
        self._modes = [mode for mode in NEEDS if mode != "debug" and (mode in wanted or mode in wrapped)]
        self._projections: dict[Namespace, dict[type, list[tuple[str, Projection]]]] = {}
        self._direct: dict[type, Projection] = {}
        """What makes a chunk that is yielded as it is of a kind of event."""

    @property
    def needs(self) -> frozenset[type]:
        """The kinds of events that it is made from."""
        return frozenset().union(*(NEEDS[mode] for mode in self._modes))

    def chunks(self, namespace: Namespace, event: Event) -> Iterable[Any]:
        """What an event looks like to the caller. What is to be printed of it is printed."""
        project = self._direct.get(type(event))
        if project is not None and namespace == self.own:
            return project(event)
        projections = self._projections.get(namespace)
        if projections is None:
            if namespace != self.own and not self.inside:  # somebody else wants to know of that graph
                return ()
            projections = self._projections[namespace] = self._projections_of(namespace)
            if self._bare:
                self._direct = {kind: found[0][1] for kind, found in projections.items()}
        return self._shaped(namespace, event, projections.get(type(event), ()))

    def _shaped(self, namespace: Namespace, event: Event, found: Iterable[tuple[str, Projection]]) -> Iterator[Any]:
        if type(event) is CustomData:
            namespace = namespace_around(event.task, namespace)
        for mode, project in found:
            for chunk in project(event):
                if mode in self.printed:
                    self._print(namespace, mode, chunk)
                if mode in self.shown:
                    yield self._shape(namespace, mode, chunk)
                if self._debugs and mode in WRAPPED:
                    yield from self._debug_chunks(namespace, event, chunk)

    def print(self, namespace: Namespace, event: Event) -> None:
        """Only print what is to be printed of an event."""
        for _ in self.chunks(namespace, event):
            pass

    def _projections_of(self, namespace: Namespace) -> dict[type, list[tuple[str, Projection]]]:
        """Kind of event -> the projections that it is for."""
        projections = [(mode, projection(mode, self.sources[namespace])) for mode in self._modes]
        # where a graph inside of a node pauses, the one around it does
        kinds = self.needs - {RunFinished} if namespace else self.needs
        return {kind: [pair for pair in projections if kind in NEEDS[pair[0]]] for kind in kinds}

    def _debug_chunks(self, namespace: Namespace, event: Any, payload: dict[str, Any]) -> Iterator[Any]:
        """A chunk of ``tasks`` or ``checkpoints`` with what it is, and when it was."""
        assert self.clock is not None
        kind = "task_result" if "result" in payload else "task" if "input" in payload else "checkpoint"
        step = event.step if isinstance(event, (StepStarted, CheckpointMade)) else event.task.step
        chunk = {"step": step, "timestamp": self.clock(), "type": kind, "payload": payload}
        if "debug" in self.printed:
            self._print(namespace, "debug", chunk)
        if "debug" in self.shown:
            yield self._shape(namespace, "debug", chunk)

    def _print(self, namespace: Namespace, mode: str, chunk: Any) -> None:
        where = f"\033[1;30;33m[graph={namespace}]\033[0m " if self.inside and namespace else ""
        print(f"\033[1m[{mode}]\033[0m {where}{chunk!r}")

    # -- the shape of a chunk -----------------------------------------------------------------------------------------

    def _tuple(self, namespace: Namespace, mode: str, chunk: Any) -> Any:
        if not self.inside:
            return mode, chunk
        return (namespace, mode, chunk) if self.several else (namespace, chunk)

    def _part(self, namespace: Namespace, mode: str, chunk: Any) -> dict[str, Any]:
        """A chunk in the form of ``version="v2"``, its values as instances of the graph's schema."""
        if mode == "values":
            return {"type": mode, "ns": namespace, **self._values_part(namespace, chunk)}
        if mode == "checkpoints":
            chunk = self._with_instance(namespace, chunk)
        elif mode == "debug" and chunk["type"] == "checkpoint":
            chunk = {**chunk, "payload": self._with_instance(namespace, chunk["payload"])}
        return {"type": mode, "ns": namespace, "data": chunk}

    def _values_part(self, namespace: Namespace, values: Any) -> dict[str, Any]:
        """Values as an instance, and what is asked apart from them."""
        if not isinstance(values, dict):
            return {"data": values, "interrupts": ()}
        coerce = self.sources[self.own].output and self.sources[namespace].output
        data = {key: value for key, value in values.items() if key != INTERRUPT}
        return {"data": coerce(data) if coerce else data, "interrupts": values.get(INTERRUPT, ())}

    def _with_instance(self, namespace: Namespace, payload: dict[str, Any]) -> dict[str, Any]:
        """A checkpoint with its values as an instance. Before the input is taken in there may be too few for one."""
        coerce = self.sources[self.own].state and self.sources[namespace].state
        if not coerce or START in payload["next"] or not isinstance(payload["values"], dict):
            return payload
        return {**payload, "values": coerce(payload["values"])}


def _bare(namespace: Namespace, mode: str, chunk: Any) -> Any:
    return chunk


def _listed(modes: Modes) -> tuple[str, ...]:
    return (modes,) if isinstance(modes, str) else tuple(modes)
