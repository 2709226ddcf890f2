"""``stream_events``: a run of a graph as an object to read from. It is made of the parts that ``stream`` yields."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from langgraph_nb.pregel.binding import Config
from langgraph_nb.pregel.nested import enclosing, next_place
from langgraph_nb.pregel.parts import Parts
from langgraph_nb.stream.view import EventModes

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    from langgraph_nb.runtime import RunControl
    from langgraph_nb.stream.mux import StreamMux, TransformerFactory
    from langgraph_nb.stream.run_stream import AsyncGraphRunStream, GraphRunStream
    from langgraph_nb.types import All

_OWN = ("stream_mode", "subgraphs")
"""The options of ``stream`` that follow from the transformers."""


class EventRuns(Parts):
    """How a compiled graph streams its events."""

    @overload  # type: ignore[override]
    def stream_events(
        self, input: Any, config: Config | None = None, *, version: Literal["v1", "v2"] = "v2", **kwargs: Any
    ) -> Iterator[StreamEvent]: ...
    @overload
    def stream_events(
        self, input: Any, config: Config | None = None, *, version: Literal["v3"],
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        control: RunControl | None = None, transformers: Sequence[TransformerFactory] | None = None, **kwargs: Any,
    ) -> GraphRunStream: ...  # fmt: skip

    def stream_events(
        self,
        input: Any,
        config: Config | None = None,
        *,
        version: Literal["v1", "v2", "v3"] = "v2",
        transformers: Sequence[TransformerFactory] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the graph and read what happens, as it happens, in as many ways as one likes.

        Args:
            input: As for ``invoke``.
            config: As for ``invoke``.
            version: ``"v3"``. The older ones are LangChain's own, and awaited: ``astream_events``.
            transformers: What events are made into, besides what they are for every run of this graph: classes of
                ``StreamTransformer``, or functions of a namespace that make one.
            kwargs: What ``stream`` takes, but for ``stream_mode`` and ``subgraphs``, which follow from the
                transformers.

        Returns:
            A ``GraphRunStream``. Nothing runs until something is read from it.

        Raises:
            TypeError: For a transformer that is no class or function, and for ``stream_mode`` and ``subgraphs``.
            RuntimeError: For a transformer that has to be awaited.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
            >>> with graph.stream_events({}, version="v3") as run:
            ...     for name, item in run.interleave("values", "messages"):
            ...         print(name, item)
            values {}
            values {'x': 1}
        """
        if version != "v3":
            from langchain_core import runnables

            langchains: Any = runnables.Runnable
            return langchains.stream_events(self, input, config, version=version, **kwargs)
        from langgraph_nb.stream.run_stream import GraphRunStream

        mux = self._mux(config, transformers, kwargs, is_async=False)
        options = _asked(mux, kwargs)
        return GraphRunStream(self.stream(input, cast("RunnableConfig | None", config), **options), mux)

    @overload  # type: ignore[override]
    def astream_events(
        self, input: Any, config: Config | None = None, *, version: Literal["v1", "v2"] = "v2", **kwargs: Any
    ) -> AsyncIterator[StreamEvent]: ...
    @overload
    def astream_events(
        self, input: Any, config: Config | None = None, *, version: Literal["v3"],
        interrupt_before: All | Sequence[str] | None = None, interrupt_after: All | Sequence[str] | None = None,
        control: RunControl | None = None, transformers: Sequence[TransformerFactory] | None = None, **kwargs: Any,
    ) -> Awaitable[AsyncGraphRunStream]: ...  # fmt: skip

    def astream_events(
        self,
        input: Any,
        config: Config | None = None,
        *,
        version: Literal["v1", "v2", "v3"] = "v2",
        transformers: Sequence[TransformerFactory] | None = None,
        **kwargs: Any,
    ) -> Any:
        """``stream_events`` for a run that is awaited: ``run = await graph.astream_events(..., version="v3")``.

        With the older versions it yields LangChain's events.
        """
        if version != "v3":
            from langchain_core import runnables

            langchains: Any = runnables.Runnable
            return langchains.astream_events(self, input, config, version=version, **kwargs)
        _check_options(kwargs)
        return self._arun(input, config, transformers, kwargs)

    async def _arun(
        self, input: Any, config: Config | None, transformers: Sequence[TransformerFactory] | None, options: Any
    ) -> AsyncGraphRunStream:
        from langgraph_nb.stream.run_stream import AsyncGraphRunStream

        mux = self._mux(config, transformers, options, is_async=True)
        options = _asked(mux, options)
        return AsyncGraphRunStream(self.astream(input, cast("RunnableConfig | None", config), **options), mux)

    def _mux(
        self,
        config: Config | None,
        transformers: Sequence[TransformerFactory] | None,
        options: dict[str, Any],
        is_async: bool,
    ) -> StreamMux:
        """What the events of a run go through."""
        from langgraph_nb.stream.mux import StreamMux
        from langgraph_nb.stream.transformers import ALWAYS

        _check_options(options)
        factories = [*ALWAYS, *_factories(self.stream_transformers), *_factories(transformers)]
        parent = enclosing(config)
        scope = () if parent is None else next_place(parent, self.checkpointer)
        return StreamMux(factories=factories, is_async=is_async, scope=scope)


def _asked(mux: StreamMux, options: dict[str, Any]) -> dict[str, Any]:
    """The options of the stream that the transformers need."""
    return {**options, "stream_mode": EventModes(mux.modes), "subgraphs": True, "version": "v2"}


def _check_options(options: dict[str, Any]) -> None:
    if own := [name for name in _OWN if name in options]:
        raise TypeError(
            f"stream_events(version='v3') / astream_events(version='v3') do not accept {', '.join(own)}; v3 owns these "
            "(stream_mode is built from the transformer mux, subgraphs is forced True so nested namespaces flow "
            "through scoped muxes)."
        )


def _factories(given: Sequence[Any] | None) -> Sequence[TransformerFactory]:
    """What makes transformers, checked."""
    from langgraph_nb.stream.transformer import StreamTransformer

    for factory in given or ():
        what = "stream_events(version='v3') transformers must be scope-aware callables, got"
        if isinstance(factory, StreamTransformer):
            raise TypeError(
                f"{what} pre-built instance {type(factory).__name__}. Pass the transformer class or a factory like "
                "`lambda scope: MyTransformer(scope, ...)`."
            )
        if not callable(factory):
            raise TypeError(f"{what} {type(factory).__name__}.")
    return given or ()
