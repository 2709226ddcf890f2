"""How type checkers see the methods that run a graph: what goes in and comes out is of the graph's schemas.

At run time this adds nothing to :class:`Pregel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from langgraph_nb.pregel.main import Pregel
from langgraph_nb.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.runtime import RunControl
    from langgraph_nb.types import All, Command, Durability, GraphOutput, StreamMode, StreamPart

    Config = RunnableConfig | dict[str, Any]
    Keys = str | Sequence[str]
    Nodes = All | Sequence[str]
    Modes = StreamMode | Sequence[StreamMode]


class TypedRuns(Pregel[StateT, ContextT, InputT, OutputT]):
    """A graph whose input, output and context have types."""

    if TYPE_CHECKING:

        @overload
        def invoke(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *, version: Literal["v2"],
            context: ContextT | None = None, stream_mode: Literal["values"] = "values", print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, **kwargs: Any,
        ) -> GraphOutput[OutputT]: ...  # fmt: skip
        @overload
        def invoke(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *,
            context: ContextT | None = None, stream_mode: Modes = "values", print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, version: Literal["v1", "v2"] = "v1", **kwargs: Any,
        ) -> Any: ...  # fmt: skip
        def invoke(self, *args: Any, **kwargs: Any) -> Any: ...

        @overload
        async def ainvoke(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *, version: Literal["v2"],
            context: ContextT | None = None, stream_mode: Literal["values"] = "values", print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, **kwargs: Any,
        ) -> GraphOutput[OutputT]: ...  # fmt: skip
        @overload
        async def ainvoke(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *,
            context: ContextT | None = None, stream_mode: Modes = "values", print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, version: Literal["v1", "v2"] = "v1", **kwargs: Any,
        ) -> Any: ...  # fmt: skip
        async def ainvoke(self, *args: Any, **kwargs: Any) -> Any: ...

        @overload  # type: ignore[override]
        def stream(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *, version: Literal["v2"],
            context: ContextT | None = None, stream_mode: Modes | None = None, print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, subgraphs: bool = False, debug: bool | None = None, **kwargs: Any,
        ) -> Iterator[StreamPart[StateT, OutputT]]: ...  # fmt: skip
        @overload
        def stream(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *,
            context: ContextT | None = None, stream_mode: Modes | None = None, print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, subgraphs: bool = False, debug: bool | None = None,
            version: Literal["v1", "v2"] = "v1", **kwargs: Any,
        ) -> Iterator[Any]: ...  # fmt: skip
        def stream(self, *args: Any, **kwargs: Any) -> Any: ...

        @overload  # type: ignore[override]
        def astream(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *, version: Literal["v2"],
            context: ContextT | None = None, stream_mode: Modes | None = None, print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, subgraphs: bool = False, debug: bool | None = None, **kwargs: Any,
        ) -> AsyncIterator[StreamPart[StateT, OutputT]]: ...  # fmt: skip
        @overload
        def astream(
            self, input: InputT | Command[Any] | None, config: Config | None = None, *,
            context: ContextT | None = None, stream_mode: Modes | None = None, print_mode: Modes = (),
            output_keys: Keys | None = None, interrupt_before: Nodes | None = None,
            interrupt_after: Nodes | None = None, durability: Durability | None = None,
            control: RunControl | None = None, subgraphs: bool = False, debug: bool | None = None,
            version: Literal["v1", "v2"] = "v1", **kwargs: Any,
        ) -> AsyncIterator[Any]: ...  # fmt: skip
        def astream(self, *args: Any, **kwargs: Any) -> Any: ...
