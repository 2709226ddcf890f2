"""Actors: the nodes of a graph that is put together by hand, from channels and who reads and writes them.

A builder collects what an actor reads, calls and writes; ``pregel.compile_actors`` makes a plan of actors. A compiled
graph shows its nodes as actors too. Knows nothing of how a graph runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from langgraph_nb.constants import TASKS
from langgraph_nb.errors import InvalidUpdateError
from langgraph_nb.graph.callables import CallSpec, call_spec, part_spec
from langgraph_nb.pregel.plan import Write
from langgraph_nb.pregel.runnable import RunnableSurface
from langgraph_nb.runtime import Runtime
from langgraph_nb.scope import current_scope
from langgraph_nb.types import CachePolicy, RetryPolicy, Send, Timeout, TimeoutPolicy

__all__ = ["ChannelWrite", "ChannelWriteEntry", "NodeBuilder", "PregelNode"]

SKIP_WRITE = object()
"""What a mapper returns for nothing to be written."""
PASSTHROUGH = object()
"""The value of a write that passes on what the node returned."""


class ChannelWriteEntry(NamedTuple):
    """A write of an actor.

    Example:
        >>> ChannelWriteEntry("total", mapper=len).write("abc")
        [('total', 3)]
    """

    channel: str
    """The channel to write to."""
    value: Any = PASSTHROUGH
    """What to write; by default what the actor's code returned."""
    skip_none: bool = False
    """Whether ``None`` is not written."""
    mapper: Callable[[Any], Any] | None = None
    """Makes what is written from the value."""

    def write(self, result: Any) -> list[Write]:
        """What is written for a result: one write or none.

        Raises:
            InvalidUpdateError: For the channel of pending tasks.
        """
        if self.channel == TASKS:
            raise InvalidUpdateError("Cannot write to the reserved channel TASKS")
        value = result if self.value is PASSTHROUGH else self.value
        if self.mapper is not None:
            value = self.mapper(value)
        skipped = value is SKIP_WRITE or (self.skip_none and value is None)
        return [] if skipped else [(self.channel, value)]


class ChannelWrite:
    """The writes of an actor, one after the other."""

    def __init__(self, writes: Sequence[ChannelWriteEntry | Send]) -> None:
        self.writes = list(writes)

    def write(self, result: Any) -> list[Write]:
        """What is written for a result."""
        return [
            write
            for entry in self.writes
            for write in ([(TASKS, entry)] if isinstance(entry, Send) else entry.write(result))
        ]

    def __repr__(self) -> str:
        return f"ChannelWrite<{','.join(w.node if isinstance(w, Send) else w.channel for w in self.writes)}>"


class Steps(RunnableSurface[Any, Any]):
    """An actor's code: what is called one after the other, each with what the one before returned."""

    def __init__(self, calls: Sequence[CallSpec]) -> None:
        self.calls = tuple(calls)
        self.name = calls[0].name if calls else ""

    @property
    def func(self) -> Callable[..., Any] | None:
        """The function, where it is a single one that is not awaited."""
        return self.calls[0].sync if len(self.calls) == 1 else None

    @property
    def afunc(self) -> Callable[..., Any] | None:
        """The function, where it is a single one that is awaited."""
        return self.calls[0].coroutine if len(self.calls) == 1 else None

    def __repr__(self) -> str:
        return f"Steps({', '.join(spec.name for spec in self.calls)})"

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Call it, outside of a graph.

        Raises:
            TypeError: When some of it has to be awaited.
        """
        for spec in self.calls:
            if spec.sync is None:
                raise TypeError(
                    f'No synchronous function provided to "{spec.name}".\nEither initialize with a synchronous '
                    "function or invoke via the async API (ainvoke, astream, etc.)"
                )
            input = spec.sync(input, **_offered(spec, config, kwargs))
        return input

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """``invoke``, awaited."""
        for spec in self.calls:
            offered = _offered(spec, config, kwargs)
            if spec.coroutine is not None:
                input = await spec.coroutine(input, **offered)
            else:
                assert spec.sync is not None
                input = spec.sync(input, **offered)
        return input


def _offered(spec: CallSpec, config: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What code that is called by hand gets besides its input: of the task around it, or what there is without one."""
    scope = current_scope.get()
    runtime: Runtime[Any] = Runtime() if scope is None else scope.runtime
    offers = {
        "config": config or {},
        "runtime": runtime,
        "writer": runtime.stream_writer,
        "store": runtime.store,
        "previous": runtime.previous,
    }
    return {**{name: offers.get(name) for name in spec.injects}, **given}


class PregelNode:
    """An actor: which channels it reads, which make it run, what it calls, what it writes.

    ``invoke`` calls its code by itself, without the graph.

    Args:
        channels: The channel whose value it gets, or those that it gets in a dict, as far as they have a value.
        triggers: The channels that make it run when they are written.
        mapper: Makes its input from what it reads.
        writers: What it writes.
        tags: Tags of its runs.
        metadata: Metadata of its runs, shown in streams.
        bound: Its code: a function, a LangChain Runnable or a compiled graph; by default it passes on its input.
        retry_policy: When to run it again after a failure.
        cache_policy: How long its results are kept.
        timeout: How long an attempt may take.

    Example:
        >>> PregelNode(channels="a", triggers=["a"], bound=lambda a: a + 1).invoke(1)
        2
    """

    def __init__(
        self,
        *,
        channels: str | list[str],
        triggers: Sequence[str],
        mapper: Callable[[Any], Any] | None = None,
        writers: list[ChannelWrite] | None = None,
        tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        bound: Any = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy[Any] | None = None,
        timeout: Timeout = None,
    ) -> None:
        self.channels = channels
        self.triggers = list(triggers)
        self.mapper = mapper
        self.writers = list(writers or ())
        self.tags = tags
        self.metadata = metadata
        self.steps = _steps(bound)
        self.retry_policy = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else retry_policy
        self.cache_policy = cache_policy
        self.timeout = TimeoutPolicy.coerce(timeout)

    @property
    def bound(self) -> Any:
        """Its code: the Runnable or graph itself where it is one, else what calls it."""
        calls = self.steps.calls
        return calls[0].runnable if len(calls) == 1 and calls[0].runnable is not None else self.steps

    @property
    def subgraphs(self) -> list[Any]:
        """The graphs among its code."""
        return [spec.graph for spec in self.steps.calls if spec.graph is not None]

    def copy(self, update: dict[str, Any]) -> PregelNode:
        """The same actor with some of its parameters changed."""
        names = ("channels", "triggers", "mapper", "writers", "tags", "metadata", "bound", "retry_policy",
                 "cache_policy", "timeout")  # fmt: skip
        return PregelNode(**{**{name: getattr(self, name) for name in names}, **update})

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Call its code by itself."""
        return self.bound.invoke(input, self._config(config), **kwargs)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """``invoke``, awaited."""
        return await self.bound.ainvoke(input, self._config(config), **kwargs)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Call its code by itself and yield what it gives."""
        stream = getattr(self.bound, "stream", None)
        if stream is None:
            yield self.invoke(input, config, **kwargs)
        else:
            yield from stream(input, self._config(config), **kwargs)

    async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """``stream``, to be iterated with ``async for``."""
        stream = getattr(self.bound, "astream", None)
        if stream is None:
            yield await self.ainvoke(input, config, **kwargs)
        else:
            async for item in stream(input, self._config(config), **kwargs):
                yield item

    def _config(self, config: Any) -> dict[str, Any]:
        given = dict(config or {})
        given["metadata"] = {**(self.metadata or {}), **(given.get("metadata") or {})}
        given["tags"] = [*(self.tags or ()), *(given.get("tags") or ())]
        return given


def _steps(bound: Any) -> Steps:
    if isinstance(bound, Steps):
        return bound
    return Steps(() if bound is None else (call_spec(bound),))


class NodeBuilder:
    """Puts an actor together, call by call.

    Example:
        >>> node = NodeBuilder().subscribe_only("a").do(lambda a: a + a).write_to("b").build()
        >>> node.triggers, node.invoke("x")
        (['a'], 'xx')
    """

    def __init__(self) -> None:
        self._channels: str | list[str] = []
        self._triggers: list[str] = []
        self._tags: list[str] = []
        self._metadata: dict[str, Any] = {}
        self._writes: list[ChannelWriteEntry] = []
        self._calls: list[CallSpec] = []
        self._retry_policy: list[RetryPolicy] = []
        self._cache_policy: CachePolicy[Any] | None = None
        self._timeout: TimeoutPolicy | None = None

    def subscribe_only(self, channel: str) -> Self:
        """Run when this channel is written, with its value as the input.

        Raises:
            ValueError: When it subscribes to something else already.
        """
        if self._channels:
            raise ValueError(
                "Cannot subscribe to single channels when other channels are already subscribed to"
            )
        self._channels = channel
        self._triggers.append(channel)
        return self

    def subscribe_to(self, *channels: str, read: bool = True) -> Self:
        """Run when one of these channels is written, with a dict of their values as the input.

        Args:
            channels: Names of channels.
            read: Whether they are in the input; otherwise they only make it run.

        Raises:
            ValueError: When it subscribes to a single channel.
        """
        if isinstance(self._channels, str):
            raise ValueError("Cannot subscribe to channels when subscribed to a single channel")
        if read:
            self._channels.extend(channels)
        self._triggers.extend(channels)
        return self

    def read_from(self, *channels: str) -> Self:
        """Have these channels in the input too; they do not make it run."""
        assert isinstance(self._channels, list), "Cannot read additional channels when subscribed to single channels"
        self._channels.extend(channels)
        return self

    def do(self, node: Any) -> Self:
        """Call this; of several, each with what the one before returned."""
        self._calls.append(part_spec(node))
        return self

    def write_to(self, *channels: str | ChannelWriteEntry, **kwargs: Any) -> Self:
        """Write what was returned to these channels.

        Args:
            channels: Names, or entries that say more.
            kwargs: For each channel a function of what was returned, or a value.
        """
        self._writes.extend(ChannelWriteEntry(c) if isinstance(c, str) else c for c in channels)
        self._writes.extend(
            ChannelWriteEntry(k, mapper=v) if callable(v) else ChannelWriteEntry(k, value=v) for k, v in kwargs.items()
        )
        return self

    def meta(self, *tags: str, **metadata: Any) -> Self:
        """Add tags and metadata to its runs."""
        self._tags.extend(tags)
        self._metadata.update(metadata)
        return self

    def add_retry_policies(self, *policies: RetryPolicy) -> Self:
        """Run it again after failures; of several policies, the first that matches counts."""
        self._retry_policy.extend(policies)
        return self

    def add_cache_policy(self, policy: CachePolicy[Any]) -> Self:
        """Keep its results and take them again."""
        self._cache_policy = policy
        return self

    def set_timeout(self, timeout: Timeout) -> Self:
        """Limit how long an attempt may take: seconds, a ``timedelta`` or a ``TimeoutPolicy``."""
        self._timeout = TimeoutPolicy.coerce(timeout)
        return self

    def build(self) -> PregelNode:
        """The actor."""
        return PregelNode(
            channels=self._channels,
            triggers=self._triggers,
            tags=self._tags,
            metadata=self._metadata,
            writers=[ChannelWrite(self._writes)],
            bound=Steps(self._calls),
            retry_policy=self._retry_policy,
            cache_policy=self._cache_policy,
            timeout=self._timeout,
        )
