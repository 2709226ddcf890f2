"""The node that runs the tools which a model has called.

What calls there are is found by ``tool_calls``, what a tool asks for is filled in by ``tool_injection``; what it
returns is checked by ``tool_results``, and what it raises is worded by ``tool_errors``. Each step is written once, for
plain and for awaited runs (``steps``).
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import get_config_list
from langchain_core.tools import BaseTool
from langchain_core.tools import tool as create_tool
from pydantic import ValidationError
from typing_extensions import TypedDict, Unpack

from langgraph_nb.errors import GraphBubbleUp, GraphInterrupt, is_invalid_resume
from langgraph_nb.prebuilt.quiet import calling_tool, quiet
from langgraph_nb.prebuilt.steps import Call, Steps, Together, arun, run
from langgraph_nb.prebuilt.tool_calls import Form, ToolCallWithContext, calls_in, state_in, tools_condition
from langgraph_nb.prebuilt.tool_errors import (
    INVALID_TOOL_NAME_ERROR_TEMPLATE,
    TOOL_CALL_ERROR_TEMPLATE,
    TOOL_EXECUTION_ERROR_TEMPLATE,
    TOOL_INVOCATION_ERROR_TEMPLATE,
    Handling,
    ToolInvocationError,
    invocation_error,
    is_handled,
    words_for,
)
from langgraph_nb.prebuilt.tool_injection import InjectedState, InjectedStore, ToolRuntime, filled, needs_of
from langgraph_nb.prebuilt.tool_results import checked, combined, msg_content_output
from langgraph_nb.runtime import DEFAULT_RUNTIME, Runtime
from langgraph_nb.scope import current_scope
from langgraph_nb.types import Command

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "INVALID_TOOL_NAME_ERROR_TEMPLATE", "TOOL_CALL_ERROR_TEMPLATE", "TOOL_EXECUTION_ERROR_TEMPLATE",
    "TOOL_INVOCATION_ERROR_TEMPLATE", "AsyncToolCallWrapper", "InjectedState", "InjectedStore", "ToolCallRequest",
    "ToolCallWithContext", "ToolCallWrapper", "ToolInvocationError", "ToolNode", "ToolRuntime", "msg_content_output",
    "tools_condition",
]  # fmt: skip


class _Overrides(TypedDict, total=False):
    tool_call: ToolCall
    tool: BaseTool
    state: Any


@dataclass
class ToolCallRequest:
    """A tool call that is about to be made, as ``wrap_tool_call`` sees it.

    Example:
        >>> call = ToolCall(name="add", args={"a": 1}, id="1")
        >>> request = ToolCallRequest(call, None, {}, None)
        >>> request.override(tool_call={**call, "args": {"a": 2}}).tool_call["args"]
        {'a': 2}
    """

    tool_call: ToolCall
    tool: BaseTool | None
    """The tool, if the node has one of that name."""
    state: Any
    runtime: ToolRuntime[Any, Any]

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self, name):
            warnings.warn(
                f"Setting attribute '{name}' on ToolCallRequest is deprecated. Use the override() method instead to "
                "create a new instance with modified values.",
                DeprecationWarning,
                stacklevel=2,
            )
        object.__setattr__(self, name, value)

    def override(self, **overrides: Unpack[_Overrides]) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **overrides)


Answer = ToolMessage | Command[Any]
ToolCallWrapper = Callable[[ToolCallRequest, Callable[[ToolCallRequest], Answer]], Answer]
"""Called with a request and a function that makes the call, as often as it is called. Returns what came of it."""
AsyncToolCallWrapper = Callable[[ToolCallRequest, Callable[[ToolCallRequest], Awaitable[Answer]]], Awaitable[Answer]]
"""The same, awaited."""
Wrapper = ToolCallWrapper | AsyncToolCallWrapper


def _invocation_errors_only(error: Exception) -> str:
    """How errors are handled by default: the model may correct its call; a tool that fails fails the run."""
    if isinstance(error, ToolInvocationError):
        return error.message
    raise error


class ToolNode(Runnable[Any, Any]):
    """A node that makes the tool calls of the last message of a model, all at once, and returns their messages.

    Tools may be given what the model does not know: the state (``InjectedState``), the store (``InjectedStore``), the
    run (``ToolRuntime``). They may return a ``Command`` in place of a value, and may ask with ``interrupt``.

    Args:
        tools: Tools, or functions to make tools of.
        name: What the node is called.
        tags: For tracers.
        handle_tool_errors: Which errors are told to the model: ``True`` for all, a text to tell it of all, a class or a
            tuple of classes for these, a function for those that its first parameter is annotated with, in the words
            that it returns; ``False`` for none. By default, arguments that do not fit a tool's schema.
        messages_key: The key of the messages in the state.
        wrap_tool_call: Called around each call: ``wrap_tool_call(request, execute)``.
        awrap_tool_call: The same for awaited runs; without it, ``wrap_tool_call`` is called there too.

    Example:
        >>> from langchain_core.messages import AIMessage
        >>> def add(a: int, b: int) -> int:
        ...     "Adds."
        ...     return a + b
        >>> call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "1", "type": "tool_call"}
        >>> ToolNode([add]).invoke({"messages": [AIMessage("", tool_calls=[call])]})
        {'messages': [ToolMessage(content='3', name='add', tool_call_id='1')]}
    """

    name: str | None = "tools"

    def __init__(
        self,
        tools: Sequence[BaseTool | Callable[..., Any]],
        *,
        name: str = "tools",
        tags: list[str] | None = None,
        handle_tool_errors: Handling = _invocation_errors_only,
        messages_key: str = "messages",
        wrap_tool_call: ToolCallWrapper | None = None,
        awrap_tool_call: AsyncToolCallWrapper | None = None,
    ) -> None:
        self.name = name
        self.tags = tags
        self._tools = {t.name: t for t in (t if isinstance(t, BaseTool) else create_tool(t) for t in tools)}
        self._needs = {name: needs_of(tool) for name, tool in self._tools.items()}
        self._quiet = {name: quiet(tool) for name, tool in self._tools.items()}
        self._handling = handle_tool_errors
        self._messages_key = messages_key
        self._wrap = wrap_tool_call
        self._awrap = awrap_tool_call

    @property
    def tools_by_name(self) -> dict[str, BaseTool]:
        """Name -> tool."""
        return self._tools

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Make the calls in ``input``: a state, a list of messages, or a list of tool calls.

        Returns:
            The tools' messages, in a list or under the key of the messages, as ``input`` had them.
        """
        __tracebackhide__ = True
        return run(self._steps(self._wrap, input, config, **kwargs))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """``invoke``, awaited."""
        __tracebackhide__ = True
        return await arun(self._steps(self._awrap or self._wrap, input, config, **kwargs))

    def _steps(
        self, wrapper: Wrapper | None, given: Any, config: RunnableConfig | None, runtime: Runtime[Any] | None = None
    ) -> Steps[Any]:
        __tracebackhide__ = True
        calls, form = calls_in(given, self._messages_key)
        state = state_in(given)
        runtime = runtime or _runtime_of(config)
        configs = [config or {}] if len(calls) == 1 else get_config_list(config, len(calls))
        parts = [
            self._call(wrapper, call, form, self._runtime_for(call, state, own, runtime))
            for call, own in zip(calls, configs, strict=True)
        ]
        if len(parts) == 1:
            results = [(yield from parts[0])]
        else:
            results = yield from _together(parts, (config or {}).get("max_concurrency"))
        return combined(results, form, self._messages_key)

    def _runtime_for(
        self, call: ToolCall, state: Any, config: RunnableConfig, runtime: Runtime[Any]
    ) -> ToolRuntime[Any, Any]:
        return ToolRuntime(
            state=state,
            tool_call_id=call["id"],
            config=config,
            context=runtime.context,
            store=runtime.store,
            stream_writer=runtime.stream_writer,
            tools=[*self._tools.values()],
            execution_info=runtime.execution_info,
            server_info=runtime.server_info,
        )

    def _call(
        self, wrapper: Wrapper | None, call: ToolCall, form: Form, runtime: ToolRuntime[Any, Any]
    ) -> Steps[Any]:
        """Make one call, through the wrapper if there is one. A tool that the node lacks may be the wrapper's own."""
        __tracebackhide__ = True
        request = ToolCallRequest(call, self._tools.get(call["name"]), runtime.state, runtime)
        if wrapper is None:
            return (yield from self._execute(request, form))
        try:
            return (yield self._wrapped(wrapper, request, form))
        except GraphBubbleUp:
            raise
        except Exception as error:
            if not self._handling or is_invalid_resume(error):
                raise
            return _failed(call, words_for(error, self._handling))

    def _wrapped(self, wrapper: Wrapper, request: ToolCallRequest, form: Form) -> Call:
        """The call of a wrapper, with a function that makes the tool's, in the wrapper's way of waiting."""

        def execute(request: ToolCallRequest) -> Any:
            return run(self._execute(request, form))

        async def aexecute(request: ToolCallRequest) -> Any:
            return await arun(self._execute(request, form))

        if wrapper is self._wrap:
            return Call(wrapper, None, (request, execute))
        return Call(wrapper, wrapper, (request, aexecute))

    def _execute(self, request: ToolCallRequest, form: Form) -> Steps[Any]:
        """Have the tool do it."""
        __tracebackhide__ = True
        call, tool, config = request.tool_call, request.tool, request.runtime.config
        if tool is None:
            return self._no_such_tool(call)
        known = tool is self._tools.get(call["name"])
        needs = self._needs[call["name"]] if known else needs_of(tool)
        whole = filled(call, needs, request.runtime, self._messages_key) if needs else call
        try:
            try:
                response = yield calling_tool(tool, self._quiet[call["name"]] if known else None, whole, config)
            except ValidationError as error:
                if is_invalid_resume(error):
                    raise
                raise invocation_error(error, call, needs.names) from error
            return checked(response, call, form, self._messages_key)
        except GraphBubbleUp:
            raise
        except Exception as error:
            if is_invalid_resume(error) or not is_handled(error, self._handling):
                raise
            return _failed(call, words_for(error, self._handling))

    def _no_such_tool(self, call: ToolCall) -> ToolMessage:
        name = call["name"]
        if name in self._tools:
            raise TypeError(f"Tool {name} is not registered with ToolNode")
        known = ", ".join(self._tools)
        return _failed(call, INVALID_TOOL_NAME_ERROR_TEMPLATE.format(requested_tool=name, available_tools=known))


def _failed(call: ToolCall, text: str) -> ToolMessage:
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def _together(parts: Sequence[Steps[Any]], limit: int | None) -> Steps[Any]:
    """Make calls at once; one after the other where tools that ask get answers, so that none gets another one's."""
    __tracebackhide__ = True
    scope = current_scope.get()
    if scope is None:
        return (yield Together(parts, limit))
    since = scope.asked
    try:
        return (yield Together(parts, 1 if scope.is_answered else limit))
    except GraphInterrupt as question:
        raise scope.asked_first(question, since) from None


def _runtime_of(config: RunnableConfig | None) -> Runtime[Any]:
    """The runtime of the task that runs, or what a caller outside of a graph has put into the config."""
    scope = current_scope.get()
    if scope is not None:
        return scope.runtime
    given = (config or {}).get("configurable", {}).get("__pregel_runtime")
    return given if isinstance(given, Runtime) else DEFAULT_RUNTIME
