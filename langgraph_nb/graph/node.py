"""What a node may be, for type checkers: a function of the state that also takes what the runtime fills in by name.

Nothing is checked with these when a program runs; ``callables.py`` reads signatures then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from langgraph_nb.typing import ContextT, NodeInputT, NodeInputT_contra

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig

    from langgraph_nb.errors import NodeError
    from langgraph_nb.runtime import Runtime
    from langgraph_nb.store.base import BaseStore
    from langgraph_nb.types import StreamWriter

    class _Node(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra) -> Any: ...

    class _WithConfig(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, config: RunnableConfig) -> Any: ...

    class _WithWriter(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, writer: StreamWriter) -> Any: ...

    class _WithStore(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, store: BaseStore) -> Any: ...

    class _WithWriterStore(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, writer: StreamWriter, store: BaseStore) -> Any: ...

    class _WithConfigWriter(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, config: RunnableConfig, writer: StreamWriter) -> Any: ...

    class _WithConfigStore(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, config: RunnableConfig, store: BaseStore) -> Any: ...

    class _WithConfigWriterStore(Protocol[NodeInputT_contra]):
        def __call__(
            self, state: NodeInputT_contra, *, config: RunnableConfig, writer: StreamWriter, store: BaseStore
        ) -> Any: ...

    class _WithRuntime(Protocol[NodeInputT_contra, ContextT]):
        def __call__(self, state: NodeInputT_contra, *, runtime: Runtime[ContextT]) -> Any: ...

    class _Handler(Protocol[NodeInputT_contra]):
        def __call__(self, state: NodeInputT_contra, *, error: NodeError) -> Any: ...

    StateNode = (
        _Node[NodeInputT]
        | _WithConfig[NodeInputT]
        | _WithWriter[NodeInputT]
        | _WithStore[NodeInputT]
        | _WithWriterStore[NodeInputT]
        | _WithConfigWriter[NodeInputT]
        | _WithConfigStore[NodeInputT]
        | _WithConfigWriterStore[NodeInputT]
        | _WithRuntime[NodeInputT, ContextT]
        | Runnable[NodeInputT, Any]
    )
    """A node that reads ``NodeInputT``."""
    ErrorHandler = StateNode[NodeInputT, ContextT] | _Handler[NodeInputT]
    """What takes the place of a node that has failed."""
