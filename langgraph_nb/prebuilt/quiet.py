"""Calling tools and models where nobody listens to LangChain's callbacks: without the managers, contexts and inspected
signatures that only serve reporting.

Only what is exactly LangChain's own is called so, where that gives the same. All else is called as anybody calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any, get_args, get_type_hints

import langchain_core.tools.base as tools_base
from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableBinding, RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool

from langgraph_nb.prebuilt.steps import Call, on_helper_loop
from langgraph_nb.records import record

REPORTS = ("callbacks", "run_manager")
"""The parameters of a tool's function that LangChain fills with what it reports to."""
_as_message: Callable[..., Any] | None = getattr(tools_base, "_format_output", None)


def is_heard(config: RunnableConfig) -> bool:
    """Whether somebody may listen: there are handlers, or no task that says that there are none."""
    callbacks: Any = config.get("callbacks")
    return callbacks is None or bool(getattr(callbacks, "handlers", callbacks))


@record
class QuietTool:
    """A tool whose function can be called as it is."""

    tool: StructuredTool
    config: str | None
    """The parameter of the function that is the config."""

    def call(self, call: ToolCall, config: RunnableConfig) -> Any:
        """What calling the tool gives."""
        __tracebackhide__ = True
        args, kwargs = self._arguments(call, config)
        return self._result(copy_context().run(self.tool.func, *args, **kwargs), call)  # type: ignore[arg-type]

    async def acall(self, call: ToolCall, config: RunnableConfig) -> Any:
        """The same, awaited."""
        __tracebackhide__ = True
        args, kwargs = self._arguments(call, config)
        return self._result(await self.tool.coroutine(*args, **kwargs), call)  # type: ignore[misc]

    def _arguments(self, call: ToolCall, config: RunnableConfig) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = self.tool._to_args_and_kwargs({**call["args"]}, call["id"])
        return args, kwargs if self.config is None else {**kwargs, self.config: config}

    def _result(self, content: Any, call: ToolCall) -> Any:
        assert _as_message is not None
        return _as_message(content, None, call["id"], self.tool.name, "success")


def quiet(tool: BaseTool) -> QuietTool | None:
    """The tool, if its function can be called as it is; ``None`` where more happens around it."""
    if type(tool) is not StructuredTool or _as_message is None:
        return None
    handled = tool.handle_tool_error or tool.handle_validation_error or tool.response_format != "content"
    if handled or tool.callbacks or tool.verbose:
        return None
    hints = [get_type_hints(function) for function in (tool.func, tool.coroutine) if function is not None]
    if any(name in found for found in hints for name in REPORTS):
        return None
    configs = {name for found in hints for name, hint in found.items() if _is_config(hint)}
    return QuietTool(tool, next(iter(configs), None)) if len(configs) < 2 else None


def _is_config(hint: Any) -> bool:
    return hint is RunnableConfig or RunnableConfig in get_args(hint)


def calling_tool(tool: BaseTool, quietly: QuietTool | None, call: ToolCall, config: RunnableConfig) -> Call:
    """The call of a tool. One that can only be awaited is, also where there is no loop."""
    whole: Any = {**call, "type": "tool_call"}
    heard = quietly is None or is_heard(config)
    only_awaited = getattr(tool, "coroutine", None) is not None and getattr(tool, "func", None) is None
    if only_awaited:
        awaited = tool.ainvoke if heard else quietly.acall  # type: ignore[union-attr]
        return Call(on_helper_loop(awaited), awaited, (whole, config))
    if heard:
        return Call(tool.invoke, tool.ainvoke, (whole, config))
    assert quietly is not None
    return Call(quietly.call, tool.ainvoke if quietly.tool.coroutine is None else quietly.acall, (whole, config))


def asking(model: Any, given: Any, config: RunnableConfig) -> Call:
    """The call of a model; where only tools are bound to it, that of the model itself."""
    plain = isinstance(model, RunnableBinding) and type(model).invoke is RunnableBinding.invoke
    if not plain or model.config or model.config_factories:
        return Call(model.invoke, model.ainvoke, (given, config))
    bound = model.bound
    return Call(partial(bound.invoke, **model.kwargs), partial(bound.ainvoke, **model.kwargs), (given, config))
