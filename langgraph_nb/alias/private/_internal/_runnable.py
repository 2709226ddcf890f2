"""``RunnableCallable``: a function and its twin for event loops, as one LangChain Runnable.

As a node it is given what its signature asks for besides the state (config, runtime, store, writer), as functions are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.base import RunnableLike
from langchain_core.runnables.config import (
    ensure_config,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
    patch_config,
    set_config_context,
)
from langchain_core.runnables.utils import coro_with_context

from langgraph_nb.alias.private._internal._constants import CONFIG_KEY_RUNTIME
from langgraph_nb.constants import CONF
from langgraph_nb.graph.callables import call_spec
from langgraph_nb.scope import current_scope

__all__ = ["RunnableCallable", "RunnableLike"]

_OF_RUNTIME = {"writer": "stream_writer", "store": "store", "previous": "previous"}


class RunnableCallable(Runnable[Any, Any]):
    """A Runnable that calls ``func``, or ``afunc`` where it is awaited.

    Args:
        func: Called by ``invoke``, and by ``ainvoke`` where there is no ``afunc``.
        afunc: Called by ``ainvoke``.
        name: What tracers call it; default: the function's name.
        tags: Told to tracers.
        trace: Whether tracers hear of its calls.
        recurse: Whether a Runnable that is returned is called with the same input.
        explode_args: Whether the input is a pair of arguments and keyword arguments.
        kwargs: Given to every call.

    Raises:
        ValueError: There is neither function.
    """

    def __init__(
        self,
        func: Callable[..., Any] | None,
        afunc: Callable[..., Awaitable[Any]] | None = None,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        trace: bool = True,
        recurse: bool = True,
        explode_args: bool = False,
        **kwargs: Any,
    ) -> None:
        if func is None and afunc is None:
            raise ValueError("At least one of func or afunc must be provided.")
        self.name = name or _name_of(func or afunc)
        self.func = func
        self.afunc = afunc
        self.tags = tags
        self.trace = trace
        self.recurse = recurse
        self.explode_args = explode_args
        self.kwargs = kwargs
        self._spec = call_spec(func or afunc, self.name or "RunnableCallable")

    def __repr__(self) -> str:
        shown = ("tags", "recurse", "explode_args")
        return f"{self.get_name()}({', '.join(f'{key}={getattr(self, key)!r}' for key in shown)})"

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Call ``func``. Raises ``TypeError`` when there is none."""
        func = self.func
        if func is None:
            raise TypeError(
                f'No synchronous function provided to "{self.name}".\nEither initialize with a synchronous function or '
                "invoke via the async API (ainvoke, astream, etc.)"
            )
        config = ensure_config() if config is None else config
        args, kwargs = self._arguments(input, config, kwargs)
        result = self._traced(func, input, config, args, kwargs) if self.trace else func(*args, **kwargs)
        return result.invoke(input, config) if self.recurse and isinstance(result, Runnable) else result

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Await ``afunc``; without one, call ``func``."""
        afunc = self.afunc
        if afunc is None:
            return self.invoke(input, config, **kwargs)
        config = ensure_config() if config is None else config
        args, kwargs = self._arguments(input, config, kwargs)
        called = self._atraced(afunc, input, config, args, kwargs) if self.trace else afunc(*args, **kwargs)
        result = await called
        return await result.ainvoke(input, config) if self.recurse and isinstance(result, Runnable) else result

    def _arguments(
        self, input: Any, config: RunnableConfig, given: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, named = input if self.explode_args else ((input,), {})
        if not self._spec.injects:
            return args, {**self.kwargs, **named, **given}
        scope = current_scope.get()
        found = self._in_config(config) if scope is None else scope.injected(self._spec)
        if "config" in found:
            found["config"] = config
        return args, {**found, **self.kwargs, **named, **given}

    def _in_config(self, config: RunnableConfig) -> dict[str, Any]:
        """What the signature asks for, where no task runs: of a config that somebody has put together."""
        runtime = config.get(CONF, {}).get(CONFIG_KEY_RUNTIME)
        values = {"config": config, "runtime": runtime, "error": None, "writer": _unheard}
        if runtime is not None:
            values.update((name, getattr(runtime, key)) for name, key in _OF_RUNTIME.items())
        for name in self._spec.injects:
            if values.get(name) is None and name != "error":
                raise ValueError(f"Missing required config key '{_OF_RUNTIME.get(name, 'N/A')}' for '{self.name}'.")
        return {name: values[name] for name in self._spec.injects}

    def _traced(
        self, func: Callable[..., Any], input: Any, config: RunnableConfig, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        manager = get_callback_manager_for_config(config)
        run = manager.on_chain_start(None, input, name=config.get("run_name") or self.get_name(),
                                     run_id=config.pop("run_id", None))  # fmt: skip
        try:
            with _inside(config, run) as context:
                result = context.run(func, *args, **kwargs)
        except BaseException as error:
            run.on_chain_error(error)
            raise
        run.on_chain_end(result)
        return result

    async def _atraced(
        self, afunc: Callable[..., Any], input: Any, config: RunnableConfig, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        manager = get_async_callback_manager_for_config(config)
        run = await manager.on_chain_start(None, input, name=config.get("run_name") or self.get_name(),
                                           run_id=config.pop("run_id", None))  # fmt: skip
        try:
            with _inside(config, run) as context:
                coroutine = cast("Coroutine[Any, Any, Any]", afunc(*args, **kwargs))
                result = await coro_with_context(coroutine, context, create_task=True)
        except BaseException as error:
            await run.on_chain_error(error)
            raise
        await run.on_chain_end(result)
        return result


def _inside(config: RunnableConfig, run: Any) -> AbstractContextManager[Any]:
    """The context in which code reports to a run."""
    return set_config_context(patch_config(config, callbacks=run.get_child()))


def _unheard(_: Any) -> None:
    """The stream writer where nobody listens."""


def _name_of(function: Any) -> str | None:
    name = getattr(function, "__name__", None)
    return None if name == "<lambda>" else name
