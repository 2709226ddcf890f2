"""Which compiled graph a node's code runs: itself, a step of a chain, or one that a function names.

Only looks at code; knows nothing of how graphs run.
"""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from langgraph_nb.graph.callables import CallSpec, is_graph

_LOADS_NAME = frozenset(("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_CLOSURE"))
_LOADS_ATTRIBUTE = frozenset(("LOAD_ATTR", "LOAD_METHOD"))


def graph_of(*specs: CallSpec) -> Any:
    """The compiled graph that calling these runs, if one can be seen: the first that keeps its state.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.graph.callables import call_spec
        >>> graph = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a").compile()
        >>> graph_of(call_spec(lambda state: graph.invoke(state))) is graph
        True
    """
    candidates: list[Any] = []
    for code in (spec.graph or spec.sync or spec.coroutine for spec in specs):
        candidates += code, *_named(code)
    for code in candidates:  # grows while it is read
        if not is_graph(code):
            candidates.extend(_parts(code))
        elif code.checkpointer is not False:
            return code
    return None


def _parts(code: Any) -> Iterator[Any]:
    """The steps of a chain, and what a function names that is a step of one."""
    owner = getattr(code, "__self__", None)
    chain = owner if _is_chain(owner) else code
    yield from getattr(chain, "steps", ())
    yield from getattr(chain, "deps", ())


def _is_chain(owner: Any) -> bool:
    """Whether code is a method of a chain: what is called of LangChain's is the method ``invoke``."""
    return hasattr(owner, "invoke")


def _named(code: Any) -> Iterator[Any]:
    """What a function names; not what the functions name that it calls."""
    if _is_chain(getattr(code, "__self__", None)):
        return
    while isinstance(code, functools.partial):
        code = code.func
    function = inspect.unwrap(code) if callable(code) else code
    function = getattr(function, "__func__", function)
    if isinstance(function, FunctionType):
        yield from _values(function)


def _values(function: FunctionType) -> Iterator[Any]:
    """The values of the names that a function uses and does not make, and of their attributes that it uses."""
    closure = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    known = {**function.__globals__}
    for name, cell in closure:
        try:
            known[name] = cell.cell_contents
        except ValueError:  # not made yet
            known.pop(name, None)
    for path in _paths(function.__code__):
        value = known.get(path[0])
        for attribute in path[1:]:
            value = inspect.getattr_static(value, attribute, None)
        if value is not None:
            yield value


def _paths(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The names and dotted names that code reads, and code within it."""
    path: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname in _LOADS_NAME:
            path = (instruction.argval,)
            yield path
        elif instruction.opname in _LOADS_ATTRIBUTE and path:
            path = (*path, instruction.argval)
            yield path
        else:
            path = ()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _paths(constant)
