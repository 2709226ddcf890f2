"""``create_react_agent``: a model that calls tools in a loop, as a graph that is put together here.

What its nodes do is in ``agent_turn``, where the loop goes on in ``agent_routes``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from langchain_core.messages import AnyMessage
from pydantic import BaseModel, create_model
from typing_extensions import deprecated

from langgraph_nb.constants import END
from langgraph_nb.graph.state import StateGraph
from langgraph_nb.prebuilt.agent_model import AgentModel, Choice, LanguageModel, Prompt
from langgraph_nb.prebuilt.agent_model import should_bind_tools as _should_bind_tools  # noqa: F401 - LangGraph's path
from langgraph_nb.prebuilt.agent_routes import AFTER, AGENT, BEFORE, STRUCTURED, TOOLS, Routes
from langgraph_nb.prebuilt.agent_states import (
    AgentState,
    AgentStatePydantic,
    AgentStateWithStructuredResponse,
    AgentStateWithStructuredResponsePydantic,
    StateSchemaType,
    StructuredResponseSchema,
)
from langgraph_nb.prebuilt.agent_turn import Turn
from langgraph_nb.prebuilt.tool_node import ToolNode
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool

    from langgraph_nb.graph.state import CompiledStateGraph
    from langgraph_nb.store.base import BaseStore
    from langgraph_nb.types import Checkpointer

__all__ = [
    "AgentState", "AgentStatePydantic", "AgentStateWithStructuredResponse", "AgentStateWithStructuredResponsePydantic",
    "create_react_agent", "create_tool_calling_executor",
]  # fmt: skip


@deprecated(
    "create_react_agent has been moved to `langchain.agents`. Please update your import to "
    "`from langchain.agents import create_agent`.",
    category=LangGraphDeprecatedSinceV10,
)
def create_react_agent(
    model: str | LanguageModel | Choice,
    tools: Sequence[BaseTool | Callable[..., Any] | dict[str, Any]] | ToolNode,
    *,
    prompt: Prompt | None = None,
    response_format: StructuredResponseSchema | tuple[str, StructuredResponseSchema] | None = None,
    pre_model_hook: Any = None,
    post_model_hook: Any = None,
    state_schema: StateSchemaType | None = None,
    context_schema: type[Any] | None = None,
    checkpointer: Checkpointer | None = None,
    store: BaseStore | None = None,
    interrupt_before: list[str] | None = None,
    interrupt_after: list[str] | None = None,
    debug: bool = False,
    version: Literal["v1", "v2"] = "v2",
    name: str | None = None,
    **deprecated_kwargs: Any,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """An agent: the node ``agent`` asks a model, the node ``tools`` makes the calls that it wants, until it wants none.

    Args:
        model: A chat model, ``"provider:name"`` (with ``langchain``), or a function ``(state, runtime)`` that chooses
            one for each turn, with its tools bound to it.
        tools: Tools, functions to make tools of, dicts for those that the model's provider runs; or a ``ToolNode``.
        prompt: Put before the messages: text, a ``SystemMessage``; or a function of the state, or a Runnable, that
            gives all that the model is to read.
        response_format: The schema that the last answer is put into, under ``structured_response``; with a prompt for
            that in a pair ``(prompt, schema)``.
        pre_model_hook: A node before each turn. It returns ``messages``, or ``llm_input_messages`` for this turn only.
        post_model_hook: A node after each turn.
        state_schema: The state; it needs ``messages`` and ``remaining_steps``, and ``structured_response`` for a form.
        context_schema: What ``invoke(..., context=)`` takes.
        checkpointer: Keeps threads.
        store: Kept across threads.
        interrupt_before: The nodes to pause before.
        interrupt_after: The nodes to pause after.
        debug: Print what happens.
        version: ``"v2"``: every tool call is a task of its own; ``"v1"``: the calls of a turn are one task.
        name: What the graph is called, and who its messages are from.
        deprecated_kwargs: ``config_schema``, which ``context_schema`` was called once; it warns.

    Returns:
        The compiled graph.

    Raises:
        ValueError: For an unknown version, a state that lacks keys, or a model with other tools bound to it.
        TypeError: For other parameters.

    Example:
        >>> import warnings
        >>> from langgraph_nb.testing import ScriptedModel, calls
        >>> def weather(city: str) -> str:
        ...     "How the weather is."
        ...     return f"sunny in {city}"
        >>> model = ScriptedModel(script=[calls("weather", city="Paris"), "It is sunny."])
        >>> with warnings.catch_warnings(action="ignore"):  # LangGraph recommends `langchain.agents` now
        ...     agent = create_react_agent(model, [weather])
        >>> [message.content for message in agent.invoke({"messages": "How is the weather in Paris?"})["messages"]]
        ['How is the weather in Paris?', '', 'sunny in Paris', 'It is sunny.']
    """
    context_schema = _context_schema(context_schema, deprecated_kwargs)
    if version not in ("v1", "v2"):
        raise ValueError(f"Invalid version {version}. Supported versions are 'v1' and 'v2'.")
    state = _state_schema(state_schema, response_format is not None)
    node = tools if isinstance(tools, ToolNode) else ToolNode([t for t in tools if not isinstance(t, dict)])
    provided = () if isinstance(tools, ToolNode) else [tool for tool in tools if isinstance(tool, dict)]
    own = [*node.tools_by_name.values()]
    direct = frozenset(tool.name for tool in own if tool.return_direct)
    asked = AgentModel(model, own, provided, prompt)
    turn = Turn(asked, name, pre_model_hook is not None, direct, response_format)
    routes = Routes(
        entry=AGENT if pre_model_hook is None else BEFORE,
        end=END if response_format is None else STRUCTURED,
        hooked=post_model_hook is not None,
        sends=version == "v2",
        direct=direct,
    )
    graph: Any = StateGraph(state, context_schema)
    _add_nodes(graph, turn, node if own else None, pre_model_hook, post_model_hook)
    _add_edges(graph, routes, bool(own))
    compiled: CompiledStateGraph[Any, Any, Any, Any] = graph.compile(
        checkpointer=checkpointer,
        store=store,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        debug=debug,
        name=name,
    )
    return compiled


create_tool_calling_executor = create_react_agent


def _context_schema(given: type[Any] | None, old: dict[str, Any]) -> type[Any] | None:
    if "config_schema" in old:
        warnings.warn(
            "`config_schema` is deprecated and will be removed. Please use `context_schema` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=4,
        )
        given = given or old.pop("config_schema")
    if old:
        raise TypeError(f"create_react_agent() got unexpected keyword arguments: {old}")
    return given


def _state_schema(given: StateSchemaType | None, structured: bool) -> StateSchemaType:
    if given is None:
        return AgentStateWithStructuredResponse if structured else AgentState
    needed = {"messages", "remaining_steps", *(["structured_response"] if structured else [])}
    if missing := needed - get_type_hints(given).keys():
        raise ValueError(f"Missing required key(s) {missing} in state_schema")
    return given


def _add_nodes(graph: Any, turn: Turn, tools: ToolNode | None, before: Any, after: Any) -> None:
    reads = graph.state_schema if before is None else _with_input_messages(graph.state_schema)
    graph.add_node(AGENT, turn.node(turn.call_model), input_schema=reads)
    if tools is not None:
        graph.add_node(TOOLS, tools)
    for name, hook in ((BEFORE, before), (AFTER, after)):
        if hook is not None:
            graph.add_node(name, hook)
    if turn.response_format is not None:
        graph.add_node(STRUCTURED, turn.node(turn.generate_structured_response))


def _with_input_messages(schema: Any) -> Any:
    """The state with a key for what the hook before the model wants it to read."""
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        more: Any = (list[AnyMessage], ...)
        return create_model("CallModelInputSchema", llm_input_messages=more, __base__=schema)
    with warnings.catch_warnings(action="ignore", category=LangGraphDeprecatedSinceV10):

        class CallModelInputSchema(schema):  # type: ignore[misc]
            llm_input_messages: list[AnyMessage]

    return CallModelInputSchema


def _add_edges(graph: Any, routes: Routes, calls_tools: bool) -> None:
    graph.set_entry_point(routes.entry)
    if routes.entry != AGENT:
        graph.add_edge(routes.entry, AGENT)
    if routes.hooked:
        graph.add_edge(AGENT, AFTER)
    if not calls_tools:
        if routes.end != END:
            graph.add_edge(AFTER if routes.hooked else AGENT, routes.end)
        return
    if routes.hooked:
        graph.add_conditional_edges(AFTER, routes.post_model_hook_router, [routes.entry, TOOLS, routes.end])
    graph.add_conditional_edges(AGENT, routes.should_continue, [AFTER] if routes.hooked else [TOOLS, routes.end])
    if routes.direct:
        graph.add_conditional_edges(TOOLS, routes.route_tool_responses, [routes.entry, END])
    else:
        graph.add_edge(TOOLS, routes.entry)
