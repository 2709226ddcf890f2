"""What tracers record of a node, where its ``TracePolicy`` says something else than what the node is given and returns.

Only tracers are told that; other handlers, and those that feed streams, hear what really went in and came out.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.types import TracePolicy

Calls = Generator[tuple[CallSpec, Any, dict[str, Any]], Any, Any]


def begin_recorded(policy: TracePolicy, manager: Any, name: str, value: Any) -> Calls:
    """Report the beginning of a node's run, to tracers with what is recorded in the place of its input."""
    shown = _recorded(policy.process_inputs, value)
    if shown is value:
        return (yield _call(partial(manager.on_chain_start, None, name=name), value))
    others, tracers = _split(manager)
    run = yield _call(partial(others.on_chain_start, None, name=name), value)
    yield _call(partial(tracers.on_chain_start, None, name=name, run_id=run.run_id), shown)
    run.handlers = manager.handlers
    return run


def end_recorded(policy: TracePolicy, run: Any, value: Any) -> Calls:
    """Report the end of it."""
    shown = _recorded(policy.process_outputs, value)
    if shown is value:
        return (yield _call(run.on_chain_end, value))
    others, tracers = _split(run)
    yield _call(tracers.on_chain_end, shown)
    yield _call(others.on_chain_end, value)


def _call(method: Callable[[Any], Any], value: Any) -> tuple[CallSpec, Any, dict[str, Any]]:
    return CallSpec("trace", method, None), value, {}


def _recorded(transform: Callable[[Any], Any] | None, value: Any) -> Any:
    """What is recorded of a value: a run goes on when the function fails that should say so."""
    if transform is None:
        return value
    try:
        return transform(value)
    except Exception as error:
        warnings.warn(f"A TracePolicy failed, so the value is recorded as it is: {error!r}", stacklevel=2)
        return value


def _split(manager: Any) -> tuple[Any, Any]:
    """The same manager for all that are no tracers, and for tracers alone."""
    from langchain_core.tracers._streaming import _StreamingCallbackHandler
    from langchain_core.tracers.base import BaseTracer

    others, tracers = copy.copy(manager), copy.copy(manager)
    tracers.handlers = [
        handler
        for handler in manager.handlers
        if isinstance(handler, BaseTracer) and _StreamingCallbackHandler not in type(handler).__mro__
    ]
    others.handlers = [handler for handler in manager.handlers if handler not in tracers.handlers]
    return others, tracers
