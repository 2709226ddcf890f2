"""Graphs inside of a run: when each begins and how it ends, and a run stream of its own for each.

Both are told by the ``tasks`` stream: a graph inside has begun when a first task in its namespace is told of, and is
over when the task around it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from langgraph_nb.constants import NS_END
from langgraph_nb.errors import GraphDrained, GraphInterrupt
from langgraph_nb.stream.mux import Hooks, StreamMux, aperform, perform
from langgraph_nb.stream.run_stream import AsyncSubgraphRunStream, SubgraphRunStream
from langgraph_nb.stream.stream_channel import StreamChannel
from langgraph_nb.stream.transformer import ProtocolEvent, Scope, StreamTransformer

SubgraphStatus = Literal["started", "completed", "failed", "interrupted", "drained"]
Ended = tuple[Scope, SubgraphStatus, str | None]
"""(namespace, how, the error's text)"""


class LifecyclePayload(TypedDict, total=False):
    """That a graph inside has begun, or is over.

    Example:
        >>> over: LifecyclePayload = {"event": "failed", "namespace": ["inner:0f3a"], "error": "no luck"}
    """

    event: SubgraphStatus
    namespace: list[str]
    graph_name: NotRequired[str]
    """The node that it runs in, or its name as an agent."""
    trigger_call_id: NotRequired[str]
    """The task that it runs in."""
    cause: NotRequired[dict[str, str]]
    """The tool call that an agent inside was started by."""
    error: NotRequired[str]


class _TasksLifecycleBase(StreamTransformer):
    """Hears of tasks, and from them of graphs inside.

    LangChain's agents subclass it, so its names, the private ones too, are what they are called there.
    """

    required_stream_modes = ("tasks",)

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._seen: set[Scope] = set()
        self._open: dict[Scope, str] = {}
        """Namespace of a graph under way -> the task that it runs in."""
        self._lc_by_ns: dict[Scope, str | None] = {}
        """Namespace -> the name of the agent there."""
        self._pending_tool_calls: dict[str, str] = {}
        """Task -> the tool call that it performs."""
        self._pending_cause: dict[str, str] | None = None
        """Why the graph that begins now does; read by ``_on_started``."""

    def _should_track(self, ns: Scope) -> bool:
        """Whether a namespace is of interest."""
        raise NotImplementedError

    def _on_started(self, ns: Scope, graph_name: str | None, trigger_call_id: str | None) -> None:
        """A graph inside begins."""
        raise NotImplementedError

    def _on_terminal(self, ns: Scope, status: SubgraphStatus, error: str | None) -> None:
        """A graph inside is over."""
        raise NotImplementedError

    def process(self, event: ProtocolEvent) -> bool:
        """Take note of a task. Those who iterate the run are told of graphs instead."""
        for ended in self._noted(event):
            self._on_terminal(*ended)
        return event["method"] != "tasks"

    def _noted(self, event: ProtocolEvent) -> list[Ended]:
        """The graphs that are over with this event. If one begins, that is told on the way."""
        if event["method"] != "tasks":
            return []
        ns, data = tuple(event["params"]["namespace"]), event["params"]["data"]
        if "result" in data:
            return self._pop_terminal_transitions(ns, data)
        self._record_identity(ns, data)
        self._record_pending_tool_calls(data)
        self._handle_task_start(ns, data)
        return []

    def _record_identity(self, ns: Scope, data: dict[str, Any]) -> None:
        self._lc_by_ns.setdefault(ns, _agent_of(data))

    def _record_pending_tool_calls(self, data: dict[str, Any]) -> None:
        """Which tool call a task performs, by its input: one call with its surroundings, or a list of calls."""
        given, task = data.get("input"), data.get("id")
        calls = [given.get("tool_call")] if isinstance(given, dict) else given if isinstance(given, list) else []
        named = (call["id"] for call in calls if isinstance(call, dict) and isinstance(call.get("id"), str))
        if isinstance(task, str) and (found := next(named, None)) is not None:
            self._pending_tool_calls[task] = found

    def _handle_task_start(self, ns: Scope, data: dict[str, Any]) -> None:
        if ns in self._seen or not self._should_track(ns):
            return
        self._seen.add(ns)
        node, _, task = ns[-1].partition(NS_END)
        agent = _agent_of(data)
        call = self._pending_tool_calls.get(task) if agent is not None else None
        self._pending_cause = {"type": "toolCall", "tool_call_id": call} if call else None
        self._on_started(ns, (node or None) if agent is None else agent, task or None)
        if task:
            self._open[ns] = task

    def _pop_terminal_transitions(self, ns: Scope, data: dict[str, Any]) -> list[Ended]:
        """The graphs that were under way in a task that has ended."""
        over = [inside for inside, task in self._open.items() if inside[:-1] == ns and task == data.get("id")]
        for inside in over:
            del self._open[inside]
        return [(inside, *_ending(data)) for inside in over]

    def finalize(self) -> None:
        """What is still under way is complete."""
        for ns in self._closed():
            self._on_terminal(ns, "completed", None)

    def fail(self, err: BaseException) -> None:
        """What is still under way ends as the run does."""
        status, text = _status_of(err)
        for ns in self._closed():
            self._on_terminal(ns, status, text)

    def _closed(self) -> Iterator[Scope]:
        open, self._open = self._open, {}
        return iter(open)


def _agent_of(data: dict[str, Any]) -> str | None:
    """The name of the agent that a task belongs to."""
    name: str | None = (data.get("metadata") or {}).get("lc_agent_name")
    return name


def _ending(data: dict[str, Any]) -> tuple[SubgraphStatus, str | None]:
    """How a task has ended."""
    if data.get("interrupts"):
        return "interrupted", None
    error = data.get("error")
    return ("failed", str(error)) if error else ("completed", None)


def _status_of(error: BaseException) -> tuple[SubgraphStatus, str | None]:
    """How a run has ended."""
    if isinstance(error, GraphDrained):
        return "drained", None
    return ("interrupted", None) if isinstance(error, GraphInterrupt) else ("failed", str(error))


class LifecycleTransformer(_TasksLifecycleBase):
    """``run.lifecycle``: that graphs inside, at any depth, begin and end. It is part of every run.

    Those who iterate the run find the same as ``lifecycle`` events.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> inner = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> graph = StateGraph(dict).add_node("inner", inner).add_edge(START, "inner").compile()
        >>> for change in graph.stream_events({}, version="v3").lifecycle:
        ...     print(change["event"], change.get("graph_name"))
        started inner
        completed None
    """

    _native = True

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._channel: StreamChannel[LifecyclePayload] = StreamChannel("lifecycle")

    def init(self) -> dict[str, Any]:
        """The projection."""
        return {"lifecycle": self._channel}

    def _should_track(self, ns: Scope) -> bool:
        return len(ns) > len(self.scope) and ns[: len(self.scope)] == self.scope

    def _on_started(self, ns: Scope, graph_name: str | None, trigger_call_id: str | None) -> None:
        if trigger_call_id is None:  # its end could not be told
            return
        payload: LifecyclePayload = {"event": "started", "namespace": list(ns)}
        if graph_name:
            payload["graph_name"] = graph_name
        payload["trigger_call_id"] = trigger_call_id
        if self._pending_cause is not None:
            payload["cause"] = self._pending_cause
        self._channel.push(payload)

    def _on_terminal(self, ns: Scope, status: SubgraphStatus, error: str | None) -> None:
        payload: LifecyclePayload = {"event": status, "namespace": list(ns)}
        if error is not None:
            payload["error"] = error
        self._channel.push(payload)


class SubgraphTransformer(_TasksLifecycleBase):
    """``run.subgraphs``: a run stream for each graph inside, as it begins. It is part of every run.

    These are the graphs right inside; what is inside of them is found in their own ``subgraphs``.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> inner = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> graph = StateGraph(dict).add_node("inner", inner).add_edge(START, "inner").compile()
        >>> for inside in graph.stream_events({}, version="v3").subgraphs:
        ...     print(inside.graph_name, inside.output, inside.status)
        inner {'x': 1} completed
    """

    _native = True
    supports_sync = True

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[SubgraphRunStream | AsyncSubgraphRunStream] = StreamChannel()
        self._handles: dict[Scope, SubgraphRunStream | AsyncSubgraphRunStream] = {}
        self._mux: StreamMux | None = None

    def init(self) -> dict[str, Any]:
        """The projection."""
        return {"subgraphs": self._log}

    def _on_register(self, mux: StreamMux) -> None:
        self._mux = mux

    def _should_track(self, ns: Scope) -> bool:
        return len(ns) == len(self.scope) + 1 and ns[:-1] == self.scope

    def _on_started(self, ns: Scope, graph_name: str | None, trigger_call_id: str | None) -> None:
        if self._mux is None or self._mux._factories is None:
            return
        kind = AsyncSubgraphRunStream if self._mux.is_async else SubgraphRunStream
        handle = kind(self._mux._make_child(ns), path=ns, graph_name=graph_name, trigger_call_id=trigger_call_id)
        self._handles[ns] = handle
        self._log.push(handle)

    def _on_terminal(self, ns: Scope, status: SubgraphStatus, error: str | None) -> None:
        perform(self._ending_of(ns, status, error))

    def process(self, event: ProtocolEvent) -> bool:
        """Pass an event on to the graph that it is from."""
        return perform(self._passing(event))

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """``process``, awaited."""
        return await aperform(self._passing(event))

    def finalize(self) -> None:
        """What is still under way is complete."""
        perform(self._ending_all("completed", None))

    async def afinalize(self) -> None:
        """``finalize``, awaited."""
        await aperform(self._ending_all("completed", None))

    def fail(self, err: BaseException) -> None:
        """What is still under way ends as the run does."""
        perform(self._ending_all(*_status_of(err), err))

    async def afail(self, err: BaseException) -> None:
        """``fail``, awaited."""
        await aperform(self._ending_all(*_status_of(err), err))

    def _passing(self, event: ProtocolEvent) -> Hooks[bool]:
        for ended in self._noted(event):  # a graph that begins with this event hears it
            yield from self._ending_of(*ended)
        handle = self._handles.get(tuple(event["params"]["namespace"][: len(self.scope) + 1]))
        if handle is not None and not handle._mux._events._closed:
            handle._observe_event(event)
            yield from handle._mux.pushing(event)
        return event["method"] != "tasks"

    def _ending_of(
        self, ns: Scope, status: SubgraphStatus, text: str | None, error: BaseException | None = None
    ) -> Hooks[None]:
        """End a graph that is under way."""
        handle = self._handles.get(ns)
        if handle is None or handle._seen_terminal:
            return
        handle.status, handle.error, handle._seen_terminal = status, text, True
        if error is None and status == "failed":
            error = RuntimeError(text or "Subgraph failed")
        if not handle._mux._events._closed:
            yield from handle._mux.closing() if error is None else handle._mux.failing(error)

    def _ending_all(self, status: SubgraphStatus, text: str | None, error: BaseException | None = None) -> Hooks[None]:
        self._open.clear()
        for ns in self._handles:
            yield from self._ending_of(ns, status, text, error)
