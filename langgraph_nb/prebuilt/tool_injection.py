"""What a tool asks for besides what the model gives: the state, the store, the run.

It is read once from the tool's signature, and filled in for each call. What is filled in is not shown to the model, and
what the model gives in its place is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Generic, Union, get_args, get_origin, get_type_hints

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg
from langchain_core.tools.base import (
    _DirectlyInjectedToolArg,
    _is_injected_arg_type,
    get_all_basemodel_annotations,
)
from typing_extensions import TypeVar

from langgraph_nb.records import record
from langgraph_nb.runtime import ExecutionInfo, ServerInfo
from langgraph_nb.store.base import BaseStore
from langgraph_nb.stream.tools import output_writer
from langgraph_nb.types import StreamWriter

if TYPE_CHECKING:
    from langchain_core.messages import ToolCall

StateT = TypeVar("StateT", default=Any)
ContextT = TypeVar("ContextT", default=Any)


@dataclass
class ToolRuntime(_DirectlyInjectedToolArg, Generic[ContextT, StateT]):
    """The run, as a tool sees it: declare a parameter ``runtime: ToolRuntime``.

    Example:
        >>> from langchain_core.tools import tool
        >>> @tool
        ... def whoami(runtime: ToolRuntime) -> str:
        ...     "Says who asks."
        ...     return runtime.state["user"]
        >>> sorted(whoami.tool_call_schema.model_fields)  # the model is not asked for it
        []
    """

    state: StateT
    """The state of the graph, as the model's answer left it."""
    context: ContextT
    """What ``invoke(..., context=)`` was given."""
    config: RunnableConfig
    stream_writer: StreamWriter
    """Writes to the ``custom`` stream."""
    tool_call_id: str | None
    store: BaseStore | None
    tools: list[BaseTool] = field(default_factory=list)
    """All tools of the node."""
    execution_info: ExecutionInfo | None = None
    server_info: ServerInfo | None = None

    def emit_output_delta(self, delta: Any) -> None:
        """Tell the ``tools`` stream of a part of the output, before there is all of it."""
        if (writer := output_writer.get()) is not None:
            writer(delta)


class InjectedState(InjectedToolArg):
    """Annotates a parameter of a tool that is the graph's state, or one key of it.

    Args:
        field: The key; without one, the whole state.

    Example:
        >>> from langchain_core.tools import tool
        >>> @tool
        ... def greet(greeting: str, user: Annotated[str, InjectedState("user")]) -> str:
        ...     "Greets the user."
        ...     return f"{greeting}, {user}!"
        >>> sorted(greet.tool_call_schema.model_fields)
        ['greeting']
    """

    def __init__(self, field: str | None = None) -> None:
        self.field = field


class InjectedStore(InjectedToolArg):
    """Annotates a parameter of a tool that is the store which the graph was compiled with.

    Example:
        >>> from langchain_core.tools import tool
        >>> @tool
        ... def remember(fact: str, store: Annotated[Any, InjectedStore()]) -> str:
        ...     "Remembers a fact."
        ...     store.put(("facts",), fact, {})
        ...     return "noted"
        >>> sorted(remember.tool_call_schema.model_fields)
        ['fact']
    """


@record
class Needs:
    """The parameters of a tool that are filled in."""

    state: dict[str, str | None]
    """Parameter -> the key of the state that it is, ``None`` for the whole."""
    optional: frozenset[str]
    """Those of them that have a default, for a state without the key."""
    store: str | None
    runtime: str | None
    hidden: frozenset[str]
    """All that the model may not give, those that others fill in among them."""

    @property
    def names(self) -> frozenset[str]:
        """Those that are filled in here."""
        others = (name for name in (self.store, self.runtime) if name)
        return frozenset((*self.state, *others))

    def __bool__(self) -> bool:
        return bool(self.hidden or self.names)


def needs_of(tool: BaseTool) -> Needs:
    """What a tool's schema and its function's signature ask for."""
    schema = tool.get_input_schema()
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    hints = {
        **(get_type_hints(function, include_extras=True) if function else {}),
        **get_all_basemodel_annotations(schema),
    }
    state = {name: mark for name, hint in hints.items() if (mark := _mark(hint, InjectedState))}
    keys = {name: getattr(mark, "field", None) or None for name, mark in state.items()}
    fields: dict[str, Any] = getattr(schema, "model_fields", {})
    return Needs(
        state=keys,
        optional=frozenset(n for n, key in keys.items() if key and n in fields and not fields[n].is_required()),
        store=_last(name for name, hint in hints.items() if _mark(hint, InjectedStore)),
        runtime=_last(name for name, hint in hints.items() if name == "runtime" or _mark(hint, ToolRuntime)),
        hidden=frozenset(name for name, hint in hints.items() if _is_injected_arg_type(hint)),
    )


def _last(names: Any) -> str | None:
    return next(reversed([*names]), None)


def _mark(hint: Any, kind: type) -> Any:
    """The annotation of a kind in a type: an instance of it, or ``True`` for the bare class; ``None`` without one.

    Raises:
        ValueError: When there are several.
    """
    marks = [part for part in get_args(hint) if _is_mark(part, kind)]
    if len(marks) > 1:
        raise ValueError(
            f"A tool argument should not be annotated with {kind.__name__} more than once. Found: {marks}"
        )
    return marks[0] if marks else True if _is_mark(hint, kind) else None


def _is_mark(part: Any, kind: type) -> bool:
    origin = get_origin(part)
    if origin in (Union, Annotated):
        return any(_is_mark(inner, kind) for inner in get_args(part))
    candidate = part if origin is None else origin
    return isinstance(candidate, kind) or (isinstance(candidate, type) and issubclass(candidate, kind))


def filled(call: ToolCall, needs: Needs, runtime: ToolRuntime[Any, Any], messages_key: str) -> ToolCall:
    """The call with what its tool asks for.

    Raises:
        ValueError: Without a store for a tool that wants one; or with a list of messages for one that wants more.
        KeyError: When the state lacks a key; of a state that is no dict, ``AttributeError``.
    """
    given: dict[str, Any] = {name: value for name, value in call["args"].items() if name not in needs.hidden}
    if needs.state:
        given.update(_from_state(call["name"], needs, runtime.state, messages_key))
    if needs.store:
        if runtime.store is None:
            raise ValueError(
                "Cannot inject store into tools with InjectedStore annotations - please compile your graph with a "
                "store."
            )
        given[needs.store] = runtime.store
    if needs.runtime:
        given[needs.runtime] = runtime
    return {**call, "args": given}


def _from_state(tool: str, needs: Needs, state: Any, messages_key: str) -> dict[str, Any]:
    if isinstance(state, list):
        state = _state_of_messages(tool, [*needs.state.values()], state, messages_key)
    given = {}
    for name, key in needs.state.items():
        if not key:
            given[name] = state
        elif key in state if isinstance(state, dict) else hasattr(state, key):
            given[name] = state[key] if isinstance(state, dict) else getattr(state, key)
        elif name not in needs.optional:
            raise KeyError(key) if isinstance(state, dict) else AttributeError(key)
    return given


def _state_of_messages(tool: str, keys: list[str | None], messages: list[Any], messages_key: str) -> dict[str, Any]:
    """A state of nothing but messages, for tools that want no more of it."""
    if keys == [messages_key] or keys[0] is None:
        return {messages_key: messages}
    named = ", ".join(key for key in keys if key)
    raise ValueError(
        f"Invalid input to ToolNode. Tool {tool} requires graph state dict as input."
        f" State should contain fields {named}."
    )
