"""Reading what a user gives as a node or a router: how to call it, what it wants besides the state, where it may go."""

from __future__ import annotations

import builtins
import collections.abc
import functools
import inspect
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from types import FunctionType, MethodType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from langgraph_nb.pregel.runnable import RunnableSurface
from langgraph_nb.records import record
from langgraph_nb.types import Command

INJECTABLE: dict[str, str] = {
    "config": "RunnableConfig",
    "runtime": "",
    "writer": "StreamWriter",
    "store": "BaseStore",
    "previous": "",
    "error": "NodeError",
}
"""Parameters, by name, that the runtime fills, with the type that an annotation has to name, where one counts."""


@record
class CallSpec:
    """How to call a piece of the user's code."""

    name: str
    sync: Callable[..., Any] | None
    """Called in the caller's thread or a worker's."""
    coroutine: Callable[..., Any] | None
    """Called on an event loop, gives an awaitable."""
    injects: tuple[str, ...] = ()
    """The parameters among ``INJECTABLE`` that it has."""
    graph: Any = None
    """The compiled graph, where the code is one."""
    runnable: Any = None
    """The Runnable, where the code is one; a compiled graph is."""
    reported: bool = False
    """Whether callbacks are told of each call: of functions that are a part of a node. What is the node is the node."""


def call_spec(code: Any, name: str = "") -> CallSpec:
    """How to call a function, a callable object, a LangChain Runnable or a compiled graph; what says it itself, does.

    Raises:
        TypeError: When it cannot be called.
    """
    if type(code) is CallSpec:
        return replace(code, name=name or code.name)
    name = name or name_of(code)
    code = coerced(code, name)
    if is_runnable(code):
        graph = code if is_graph(code) else None
        return CallSpec(name, code.invoke, code.ainvoke, ("config",), graph, code)
    if not callable(code):
        raise TypeError(f"Expected a Runnable, callable or dict. Instead got an unsupported type: {type(code)}")
    injects = _injected(code)
    return CallSpec(name, None, code, injects) if is_async(code) else CallSpec(name, code, None, injects)


def part_spec(code: Any, name: str = "") -> CallSpec:
    """How to call a part of a node: a router, or a step of several."""
    spec = call_spec(code, name)
    return replace(spec, reported=spec.runnable is None)


def coerced(code: Any, name: str) -> Any:
    """What LangChain makes of a dict of runnables, and of a generator: a Runnable. All else as it is."""
    if isinstance(code, dict):
        from langchain_core.runnables import RunnableParallel

        return RunnableParallel(code)
    if _is_generator(code):
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(code, name=name)
    return code


def _is_generator(code: Any) -> bool:
    if type(code) is FunctionType:
        return bool(code.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR))
    return inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code)


def is_runnable(code: Any) -> bool:
    """Whether it has LangChain's calling surface: a model, a prompt, a chain, or a compiled graph."""
    if type(code) is FunctionType:
        return False
    runnables = sys.modules.get("langchain_core.runnables.base")
    return isinstance(code, RunnableSurface) or (runnables is not None and isinstance(code, runnables.Runnable))


def is_graph(code: Any) -> bool:
    """Whether it is a compiled graph."""
    return isinstance(code, RunnableSurface) and hasattr(code, "plan")


def is_async(code: Any) -> bool:
    """Whether calling it gives an awaitable."""
    if type(code) is FunctionType:
        return bool(code.__code__.co_flags & inspect.CO_COROUTINE) or hasattr(code, "_is_coroutine_mark")
    while isinstance(code, functools.partial):
        code = code.func
    return inspect.iscoroutinefunction(code) or inspect.iscoroutinefunction(_call_method(code))


def _call_method(code: Any) -> Any:
    """What calling an object runs."""
    return getattr(type(code), "__call__", code)  # noqa: B004 - the method is wanted, not whether there is one


def name_of(code: Any) -> str:
    """The name that a node made of this code gets; of an object without a name its class's.

    Example:
        >>> def classify(state): ...
        >>> name_of(classify)
        'classify'
    """
    return str(code.get_name()) if is_runnable(code) else own_name(code)


def own_name(code: Any) -> str:
    """What the code calls itself, or what it is."""
    return str(getattr(code, "__name__", None) or type(code).__name__)


def _parameters(code: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of what can be given by position, and of what can be given by name."""
    if type(code) is FunctionType and not hasattr(code, "__wrapped__"):  # the common case, without inspect's machinery
        raw = code.__code__
        positional = raw.co_varnames[: raw.co_argcount]
        by_name = positional[raw.co_posonlyargcount :]
        return positional, by_name + raw.co_varnames[raw.co_argcount : raw.co_argcount + raw.co_kwonlyargcount]
    try:
        parameters = inspect.signature(code).parameters.values()
    except (ValueError, TypeError):  # builtins that do not tell
        return (), ()
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given_by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return (
        tuple(p.name for p in parameters if p.kind in by_position),
        tuple(p.name for p in parameters if p.kind in given_by_name),
    )


def _injected(code: Any) -> tuple[str, ...]:
    positional, by_name = _parameters(code)
    if by_name == positional[:1]:
        return ()
    named = set(by_name) - set(positional[:1])  # the first one is the state, whatever its name
    if not named:
        return ()
    wanted = named.intersection(INJECTABLE)
    if not wanted:
        return ()
    annotations = getattr(_function_of(code), "__annotations__", {})
    return tuple(name for name in INJECTABLE if name in wanted and _is_filled(name, annotations))


def _is_filled(name: str, annotations: dict[str, Any]) -> bool:
    """Whether a parameter of this name is for the runtime to fill: its annotation, if it has one, says so too."""
    typ = INJECTABLE[name]
    if name not in annotations:
        return name != "error"
    if not typ or _names(annotations[name], typ):
        return True
    if name == "config":
        warnings.warn(
            "The 'config' parameter should be typed as 'RunnableConfig' or 'RunnableConfig | None', not "
            f"'{annotations[name]}'. ",
            UserWarning,
            stacklevel=6,
        )
    return False


def _names(annotation: Any, typ: str) -> bool:
    """Whether an annotation names a type, alone or in a union; it need not be resolved, nor the type loaded."""
    if isinstance(annotation, str):
        return typ in re.findall(r"\w+", annotation)
    if any(base.__name__ == typ for base in getattr(annotation, "__mro__", ())):
        return True
    if typ == "StreamWriter" and get_origin(annotation) is collections.abc.Callable:
        return True
    return get_origin(annotation) in (Union, UnionType) and any(_names(part, typ) for part in get_args(annotation))


def _function_of(code: Any) -> Any:
    """The function with the signature."""
    while isinstance(code, functools.partial):
        code = code.func
    return code if isinstance(code, (FunctionType, MethodType)) else _call_method(code)


def _hint(code: Any, name: str) -> Any:
    """What the code annotates a parameter with, or what it returns; ``None`` without an annotation."""
    target = _function_of(code)
    try:
        given = (getattr(target, "__annotations__", None) or {}).get(name)
        if type(given) is str and not hasattr(target, "__wrapped__"):  # most name a class of the module, or of Python
            given = getattr(target, "__globals__", {}).get(given) or vars(builtins).get(given)
            given = given if isinstance(given, type) else ...
        if given is None or isinstance(given, type):
            return given
        return get_type_hints(target).get(name)
    except (NameError, TypeError, AttributeError):  # a name that only a type checker sees
        return None


def first_parameter_type(code: Any) -> Any:
    """The annotated type of the first parameter, where it is a class with annotated fields."""
    positional = () if is_runnable(code) or isinstance(code, functools.partial) else _parameters(code)[0]
    hint = _hint(code, positional[0]) if positional else None
    return hint if isinstance(hint, type) and getattr(hint, "__annotations__", None) else None


def command_targets(code: Any) -> tuple[str, ...]:
    """Where a node says that it may go: the names in a return annotation ``Command[Literal[...]]``."""
    returned = _hint(code, "return")
    if returned is None or isinstance(returned, type):
        return ()
    for option in (returned, *get_args(returned)):
        if get_origin(option) is Command:
            return literal_names(get_args(option)[0])
    return ()


def inner_function(code: Any) -> Any:
    """The function inside of a ``RunnableLambda``, whose annotations count; all else as it is."""
    return getattr(code, "func", None) or getattr(code, "afunc", code) if is_runnable(code) else code


def router_name(code: Any) -> str:
    """What a router is called: by its own name, if it has one.

    Example:
        >>> router_name(lambda state: "next")
        'condition'
    """
    name = getattr(code, "name" if is_runnable(code) else "__name__", None)
    return "condition" if name in (None, "<lambda>") else str(name)


def router_targets(code: Any) -> tuple[tuple[str, ...], bool]:
    """The names in a router's return annotation, and whether it can return no others: it is a plain ``Literal``."""
    hint = _hint(code, "return")
    return literal_names(hint), get_origin(hint) is Literal


def literal_names(hint: Any) -> tuple[str, ...]:
    """The strings of a ``Literal``, or of a union or list of them."""
    if get_origin(hint) is Literal:
        return tuple(a for a in get_args(hint) if isinstance(a, str))
    return tuple(name for inner in get_args(hint) for name in literal_names(inner))
