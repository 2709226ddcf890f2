"""What can be asked of any graph that runs, here or elsewhere. Nothing of how it does that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Self

from langgraph_nb.types import All, Command, StateSnapshot, StateUpdate, StreamMode
from langgraph_nb.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph

__all__ = ("PregelProtocol", "StreamProtocol")


class PregelProtocol(ABC, Generic[StateT, ContextT, InputT, OutputT]):
    """A graph that runs. Every class that has these methods is one, whether it says so or not.

    Where a method has a name with ``a`` before it, that one is awaited.

    Example:
        >>> from langgraph_nb.pregel import Pregel
        >>> issubclass(Pregel, PregelProtocol), issubclass(dict, PregelProtocol)
        (True, False)
    """

    @classmethod
    def __subclasshook__(cls, other: type) -> Any:
        if cls is not PregelProtocol:
            return NotImplemented
        return all(hasattr(other, name) for name in PregelProtocol.__abstractmethods__) or NotImplemented

    @abstractmethod
    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """The same graph with a config that every run starts from."""

    @abstractmethod
    def get_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """The graph to draw; with ``xray`` its graphs inside too, that many levels deep."""

    @abstractmethod
    async def aget_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """``get_graph``, awaited."""

    @abstractmethod
    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """The state of a thread; with ``subgraphs`` those of the graphs inside too."""

    @abstractmethod
    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """``get_state``, awaited."""

    @abstractmethod
    def get_state_history(
        self, config: RunnableConfig, *, filter: dict[str, Any] | None = None, before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:  # fmt: skip
        """The states of a thread, the latest first."""

    @abstractmethod
    def aget_state_history(
        self, config: RunnableConfig, *, filter: dict[str, Any] | None = None, before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:  # fmt: skip
        """``get_state_history``, to be iterated with ``async for``."""

    @abstractmethod
    def bulk_update_state(self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]) -> RunnableConfig:
        """Several updates: those of one superstep are applied together."""

    @abstractmethod
    async def abulk_update_state(
        self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """``bulk_update_state``, awaited."""

    @abstractmethod
    def update_state(self, config: RunnableConfig, values: Any, as_node: str | None = None) -> RunnableConfig:
        """Write to a thread as if a node had."""

    @abstractmethod
    async def aupdate_state(self, config: RunnableConfig, values: Any, as_node: str | None = None) -> RunnableConfig:
        """``update_state``, awaited."""

    @abstractmethod
    def stream(
        self, input: InputT | Command[Any] | None, config: RunnableConfig | None = None, *,
        context: ContextT | None = None, stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False, version: Literal["v1", "v2"] = "v1",
    ) -> Iterator[Any]:  # fmt: skip
        """Run the graph and yield what happens."""

    @abstractmethod
    def astream(
        self, input: InputT | Command[Any] | None, config: RunnableConfig | None = None, *,
        context: ContextT | None = None, stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False, version: Literal["v1", "v2"] = "v1",
    ) -> AsyncIterator[Any]:  # fmt: skip
        """``stream``, to be iterated with ``async for``."""

    @abstractmethod
    def invoke(
        self, input: InputT | Command[Any] | None, config: RunnableConfig | None = None, *,
        context: ContextT | None = None, interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None, version: Literal["v1", "v2"] = "v1",
    ) -> Any:  # fmt: skip
        """Run the graph to its end, or until it pauses."""

    @abstractmethod
    async def ainvoke(
        self, input: InputT | Command[Any] | None, config: RunnableConfig | None = None, *,
        context: ContextT | None = None, interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None, version: Literal["v1", "v2"] = "v1",
    ) -> Any:  # fmt: skip
        """``invoke``, awaited."""


StreamChunk = tuple[tuple[str, ...], str, Any]
"""(namespace, mode, payload)"""


class StreamProtocol:
    """Where a stream's chunks go, and the modes that are wanted there.

    Args:
        __call__: Takes one chunk: its namespace, its mode, its payload.
        modes: The modes that it wants.

    Example:
        >>> chunks = []
        >>> stream = StreamProtocol(chunks.append, {"values"})
        >>> stream(((), "values", {"n": 1}))
        >>> chunks
        [((), 'values', {'n': 1})]
    """

    __slots__ = ("modes", "__call__")

    modes: set[StreamMode]
    __call__: Callable[[StreamChunk], None]

    def __init__(self, __call__: Callable[[StreamChunk], None], modes: set[StreamMode]) -> None:
        self.__call__ = __call__
        self.modes = modes
