"""What ready-made agents and their tools do otherwise."""

import warnings
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from langgraph_nb.testing.scripted import ScriptedModel, calls

from ..harness import Namespace, Run, thread
from ..programs.routing import State
from . import Refused, differs, one_node

WEATHER = {"name": "weather", "args": {"city": "Paris"}, "id": "c1", "type": "tool_call"}
CALLED = {"messages": [AIMessage("", tool_calls=[WEATHER])]}


def weather(city: str) -> str:
    """How the weather is."""
    return f"sunny in {city}"


async def aweather(city: str) -> str:
    """The same, awaited."""
    return weather(city)


def last_words(lg: Namespace, run: Run, model: Any, *tools: Any, **options: Any) -> Any:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        agent = lg.create_react_agent(model, [*tools], **options)
    return run.invoke(agent, {"messages": [HumanMessage("hi")]})["messages"][-1].content


@differs(theirs=Refused("ValueError", "Missing required config key"), ours="sunny in Paris")
def tools_that_are_called_outside_of_a_graph(lg: Namespace, run: Run) -> Any:
    return lg.ToolNode([weather]).invoke(CALLED)["messages"][0].content


@differs(theirs=Refused("NotImplementedError"), ours="sunny in Paris")
def async_tools_in_a_sync_run(lg: Namespace, run: Run) -> Any:
    node = lg.ToolNode([tool("weather")(aweather)])
    return one_node(lg, run, lg.MessagesState, node).invoke(CALLED, thread())["messages"][-1].content


@differs(theirs=Refused("RuntimeError", "Async model callable"), ours="done")
def a_model_that_is_chosen_by_async_code_in_a_sync_run(lg: Namespace, run: Run) -> Any:
    async def choose(state: Any, runtime: Any) -> Any:
        return ScriptedModel(script=["done"])

    return last_words(lg, run, choose)


@differs(theirs=Refused("TypeError", "No synchronous function"), ours="done")
def an_async_prompt_in_a_sync_run(lg: Namespace, run: Run) -> Any:
    async def prompt(state: Any) -> Any:
        return state["messages"]

    return last_words(lg, run, ScriptedModel(script=["done"]), prompt=prompt)


@differs(theirs=["__type", "state", "tool_call"], ours=[WEATHER])
def what_an_agent_sends_to_its_tools(lg: Namespace, run: Run) -> Any:
    model = ScriptedModel(script=[AIMessage("", tool_calls=[WEATHER]), "done"])
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        agent = lg.create_react_agent(model, [weather])
    tasks = agent.stream({"messages": "hi"}, stream_mode="tasks")
    (sent,) = [task["input"] for task in tasks if task["name"] == "tools" and "input" in task]
    return sorted(sent) if isinstance(sent, dict) else sent


@differs(theirs=Refused("KeyError", "tools"), ours="done")
def a_hook_after_the_model_of_an_agent_of_the_first_version(lg: Namespace, run: Run) -> Any:
    model = ScriptedModel(script=[calls("weather", city="Paris"), "done"])
    return last_words(lg, run, model, weather, version="v1", post_model_hook=lambda state: {})


@differs(theirs=Refused("PydanticSerializationError", "Expected `none`"), ours="acme")
def a_context_that_a_tool_looks_at(lg: Namespace, run: Run) -> Any:
    def tenant(runtime: lg.ToolRuntime) -> str:
        """Who pays."""
        return runtime.context["tenant"]

    node = lg.StateGraph(lg.MessagesState, dict).add_node("n", lg.ToolNode([tenant])).add_edge(lg.START, "n")
    asked = {"messages": [AIMessage("", tool_calls=[{**WEATHER, "name": "tenant", "args": {}}])]}
    return node.compile().invoke(asked, context={"tenant": "acme"})["messages"][-1].content


@differs(theirs=[], ours=["from the tool"])
def what_tools_write_where_they_send_to_the_graph_around(lg: Namespace, run: Run) -> Any:
    def sends() -> Any:
        """Writes to the graph around, and sends there."""
        to = [lg.Send("work", {"seen": []})]
        return lg.Command(graph=lg.Command.PARENT, update={"seen": ["from the tool"]}, goto=to)

    inner = lg.StateGraph(lg.MessagesState).add_node("n", lg.ToolNode([sends])).add_edge(lg.START, "n").compile()
    asked = {"messages": [AIMessage("", tool_calls=[{**WEATHER, "name": "sends", "args": {}}])]}
    builder = lg.StateGraph(State).add_node("start", lambda state: inner.invoke(asked))
    builder.add_node("work", lambda state: {}).add_edge(lg.START, "start")
    return run.invoke(builder.compile(), {"seen": []})["seen"]
