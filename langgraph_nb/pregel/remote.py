"""A graph that runs on a server of LangGraph's protocol, called like one that runs here.

The server is reached with ``langgraph_sdk``'s clients, one for plain calls and one for awaited ones. What is sent and
what is made of the answers is ``remote_answers``'; this file says which call of the client a method is.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Self

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.graph import Edge, Node

from langgraph_nb.pregel.binding import merged, whole
from langgraph_nb.pregel.drawable import DrawableGraph
from langgraph_nb.pregel.protocol import PregelProtocol
from langgraph_nb.pregel.remote_answers import (
    Chunks,
    RemoteException,
    asked_input,
    checkpoint_of,
    config_of,
    output_of,
    sendable,
    snapshot_of,
)
from langgraph_nb.scope import current_scope
from langgraph_nb.types import All, StateSnapshot, StreamMode

if TYPE_CHECKING:
    from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

__all__ = ("RemoteException", "RemoteGraph")

logger = logging.getLogger(__name__)
Headers = dict[str, str] | None


class RemoteGraph(PregelProtocol[Any, Any, Any, Any], Runnable[Any, Any]):
    """A graph on a server: it is invoked, streamed, looked at and updated like one here, and can be a node.

    Args:
        assistant_id: The assistant or the graph, by the name or the id that the server knows.
        url: Where the server is. Clients are made for it.
        api_key: For it; by default what the environment says (``LANGGRAPH_API_KEY``).
        headers: To be sent with each request.
        client: For awaited calls, in place of ``url``.
        sync_client: For plain calls, in place of ``url``.
        config: What every call starts from.
        name: How it is called here; by default as on the server.
        distributed_tracing: Whether the server is told of the LangSmith trace that a call is part of.

    Raises:
        ImportError: There is a ``url``, and ``langgraph-sdk`` is not installed.

    Example:
        >>> RemoteGraph("agent").name
        'agent'
    """

    name: str

    def __init__(
        self,
        assistant_id: str,
        /,
        *,
        url: str | None = None,
        api_key: str | None = None,
        headers: Headers = None,
        client: LangGraphClient | None = None,
        sync_client: SyncLangGraphClient | None = None,
        config: RunnableConfig | None = None,
        name: str | None = None,
        distributed_tracing: bool = False,
    ) -> None:
        self.assistant_id = assistant_id
        self.name = name or assistant_id
        self.config = config
        self.distributed_tracing = distributed_tracing
        if url is not None:
            sdk = _sdk()
            client = client or sdk.get_client(url=url, api_key=api_key, headers=headers)
            sync_client = sync_client or sdk.get_sync_client(url=url, api_key=api_key, headers=headers)
        self.client = client
        self.sync_client = sync_client

    def copy(self, update: dict[str, Any]) -> Self:
        """The same graph with some attributes replaced."""
        new = object.__new__(type(self))
        new.__dict__.update({**self.__dict__, **update})
        return new

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        base: Any = self.config or {}
        own = merged(merged(base, whole(config)), whole(kwargs))  # type: ignore[arg-type]
        return self.copy({"config": {**own, "configurable": own.get("configurable", {})}})

    # -- running ------------------------------------------------------------------------------------------------------

    def stream(  # type: ignore[override]
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        headers: Headers = None,
        params: Any = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Run the graph and yield what happens, as a graph here does.

        Raises:
            RemoteException: The run failed.
        """
        chunks = Chunks(stream_mode, subgraphs, version, _in_a_node())
        asked = {"context": context, "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, **kwargs}
        request = self._request(input, config, chunks, subgraphs, headers, asked)
        for part in self._plain().runs.stream(**request, params=params):
            yield from chunks.of(part.event, part.data)

    async def astream(  # type: ignore[override]
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        headers: Headers = None,
        params: Any = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """``stream``, to be iterated with ``async for``."""
        chunks = Chunks(stream_mode, subgraphs, version, _in_a_node())
        asked = {"context": context, "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, **kwargs}
        request = self._request(input, config, chunks, subgraphs, headers, asked)
        async for part in self._awaited().runs.stream(**request, params=params):
            for chunk in chunks.of(part.event, part.data):
                yield chunk

    def invoke(
        self, input: Any, config: RunnableConfig | None = None, *, context: Any = None,
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        headers: Headers = None, params: Any = None, version: Literal["v1", "v2"] = "v1", **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Run the graph to its end, or until it pauses.

        Args:
            input: The input, or a ``Command``.
            config: Names the thread, if the server is to keep one.
            context: What nodes find in ``Runtime.context``.
            interrupt_before: Pause before these nodes.
            interrupt_after: Pause after these nodes.
            headers: To be sent with the request.
            params: Of the request's address.
            version: ``v2`` for a ``GraphOutput``.
            **kwargs: What else the client's ``runs.stream`` takes.

        Raises:
            RemoteException: The run failed.
        """
        asked: dict[str, Any] = {
            "context": context, "interrupt_before": interrupt_before, "interrupt_after": interrupt_after,
            "headers": headers, "params": params, **kwargs,
        }  # fmt: skip
        return _last([*self.stream(input, config, stream_mode="values", **asked)], version)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, *, context: Any = None,
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        headers: Headers = None, params: Any = None, version: Literal["v1", "v2"] = "v1", **kwargs: Any,
    ) -> Any:  # fmt: skip
        """``invoke``, awaited."""
        asked: dict[str, Any] = {
            "context": context, "interrupt_before": interrupt_before, "interrupt_after": interrupt_after,
            "headers": headers, "params": params, **kwargs,
        }  # fmt: skip
        return _last([chunk async for chunk in self.astream(input, config, stream_mode="values", **asked)], version)

    def stream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: Literal["v1", "v2", "v3"] = "v2",
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        control: Any = None, transformers: Sequence[Any] | None = None, headers: Headers = None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Not there: what happens on a server is read with ``stream``.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("What happens in a graph on a server is read with stream(..., stream_mode=[...]).")

    def astream_events(
        self, input: Any, config: RunnableConfig | None = None, *, version: Literal["v1", "v2", "v3"] = "v2",
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        control: Any = None, transformers: Sequence[Any] | None = None, headers: Headers = None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Not there, like ``stream_events``."""
        return self.stream_events(input, config)

    def _request(
        self,
        input: Any,
        config: RunnableConfig | None,
        chunks: Chunks,
        subgraphs: bool,
        headers: Headers,
        asked: Mapping[str, Any],
    ) -> dict[str, Any]:
        whole_config: Any = merged(self.config, whole(config))  # type: ignore[arg-type]
        return {
            "thread_id": (whole_config.get("configurable") or {}).get("thread_id"),
            "assistant_id": self.assistant_id,
            **asked_input(input),
            "config": sendable(whole_config),
            "stream_mode": chunks.asked,
            "stream_subgraphs": subgraphs,
            "if_not_exists": "create",
            "headers": self._traced(headers),
            **asked,
        }

    # -- threads ------------------------------------------------------------------------------------------------------

    def get_state(
        self, config: RunnableConfig, *, subgraphs: bool = False, headers: Headers = None, params: Any = None
    ) -> StateSnapshot:
        """The state of a thread; with ``subgraphs`` those of the graphs inside too.

        Raises:
            ValueError: The config names no thread.
        """
        request = self._asked_about(config, headers, params)
        return snapshot_of(self._plain().threads.get_state(**request, subgraphs=subgraphs))

    async def aget_state(
        self, config: RunnableConfig, *, subgraphs: bool = False, headers: Headers = None, params: Any = None
    ) -> StateSnapshot:
        """``get_state``, awaited."""
        request = self._asked_about(config, headers, params)
        return snapshot_of(await self._awaited().threads.get_state(**request, subgraphs=subgraphs))

    def get_state_history(
        self, config: RunnableConfig, *, filter: dict[str, Any] | None = None, before: RunnableConfig | None = None,
        limit: int | None = None, headers: Headers = None, params: Any = None,
    ) -> Iterator[StateSnapshot]:  # fmt: skip
        """The states of a thread, the latest first; ten, if no ``limit`` is given."""
        request = {**self._asked_about(config, headers, params), **_page(filter, before, limit)}
        yield from map(snapshot_of, self._plain().threads.get_history(**request))

    async def aget_state_history(
        self, config: RunnableConfig, *, filter: dict[str, Any] | None = None, before: RunnableConfig | None = None,
        limit: int | None = None, headers: Headers = None, params: Any = None,
    ) -> AsyncIterator[StateSnapshot]:  # fmt: skip
        """``get_state_history``, to be iterated with ``async for``."""
        request = {**self._asked_about(config, headers, params), **_page(filter, before, limit)}
        for state in await self._awaited().threads.get_history(**request):
            yield snapshot_of(state)

    def update_state(
        self, config: RunnableConfig, values: Any, as_node: str | None = None, *, headers: Headers = None,
        params: Any = None,
    ) -> RunnableConfig:  # fmt: skip
        """Write to a thread as if a node had; the config of the checkpoint that was made."""
        request = {**self._asked_about(config, headers, params), "values": values, "as_node": as_node}
        return config_of(self._plain().threads.update_state(**request)["checkpoint"])  # type: ignore[return-value]

    async def aupdate_state(
        self, config: RunnableConfig, values: Any, as_node: str | None = None, *, headers: Headers = None,
        params: Any = None,
    ) -> RunnableConfig:  # fmt: skip
        """``update_state``, awaited."""
        request = {**self._asked_about(config, headers, params), "values": values, "as_node": as_node}
        return config_of((await self._awaited().threads.update_state(**request))["checkpoint"])  # type: ignore[return-value]

    def bulk_update_state(self, config: RunnableConfig, updates: Any) -> RunnableConfig:
        """Not there: a server takes one update at a time.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("A server takes one update at a time: call update_state for each.")

    async def abulk_update_state(self, config: RunnableConfig, updates: Any) -> RunnableConfig:
        """Not there, like ``bulk_update_state``."""
        return self.bulk_update_state(config, updates)

    def _asked_about(self, config: RunnableConfig, headers: Headers, params: Any) -> dict[str, Any]:
        checkpoint = checkpoint_of(merged(self.config, whole(config)))  # type: ignore[arg-type]
        thread = checkpoint["thread_id"]
        return {"thread_id": thread, "checkpoint": checkpoint, "headers": self._traced(headers), "params": params}

    # -- drawing ------------------------------------------------------------------------------------------------------

    def get_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False, headers: Headers = None,
        params: Any = None,
    ) -> DrawableGraph:  # fmt: skip
        """The graph to draw; with ``xray`` its graphs inside too, that many levels deep."""
        return _drawable(
            self._plain().assistants.get_graph(self.assistant_id, xray=xray, headers=headers, params=params)
        )

    async def aget_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False, headers: Headers = None,
        params: Any = None,
    ) -> DrawableGraph:  # fmt: skip
        """``get_graph``, awaited."""
        found = self._awaited().assistants.get_graph(self.assistant_id, xray=xray, headers=headers, params=params)
        return _drawable(await found)

    # -- clients ------------------------------------------------------------------------------------------------------

    def _plain(self) -> Any:
        if self.sync_client is None:
            raise ValueError(
                "Sync client is not initialized: please provide `url` or `sync_client` when initializing `RemoteGraph`."
            )
        return self.sync_client

    def _awaited(self) -> Any:
        if self.client is None:
            raise ValueError(
                "Async client is not initialized: please provide `url` or `client` when initializing `RemoteGraph`."
            )
        return self.client

    def _traced(self, headers: Headers) -> Headers:
        """Headers with those of the trace that this call is part of."""
        if not self.distributed_tracing:
            return headers
        tree = import_module("langsmith").get_current_run_tree()
        return {**(headers or {}), **(tree.to_headers() if tree is not None else {})}


def _sdk() -> Any:
    try:
        return import_module("langgraph_sdk")
    except ImportError as error:
        raise ImportError(
            "A graph on a server is called with langgraph_sdk, which is not installed. Install it: "
            "pip install langgraph-nb[remote]"
        ) from error


def _in_a_node() -> bool:
    return current_scope.get() is not None


def _last(values: Sequence[Any], version: str) -> Any:
    if not values:
        logger.warning("No events received from remote graph")
        return None
    return output_of(values[-1]) if version == "v2" else values[-1]


def _page(filter: dict[str, Any] | None, before: RunnableConfig | None, limit: int | None) -> dict[str, Any]:
    until = checkpoint_of(before) if before else None
    return {"limit": limit if limit is not None else 10, "before": until, "metadata": filter}


def _drawable(found: Mapping[str, Any]) -> DrawableGraph:
    """A picture's graph of what a server tells of one."""
    nodes = {
        node["id"]: Node(id=node["id"], name=_name(node), data=node.get("data"), metadata=node.get("metadata"))
        for node in found["nodes"]
    }
    edges = [
        Edge(str(edge["source"]), str(edge["target"]), edge.get("data"), edge.get("conditional", False))
        for edge in found["edges"]
    ]
    return DrawableGraph(nodes=nodes, edges=edges)


def _name(node: Mapping[str, Any]) -> str:
    data = node.get("data")
    return str(data["name"] if isinstance(data, dict) and "name" in data else node["id"])
