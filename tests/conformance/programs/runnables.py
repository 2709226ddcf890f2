"""A compiled graph among LangChain's runnables, and runnables as nodes and routers."""

import operator
import warnings
from dataclasses import dataclass, field
from typing import Annotated, Any, Required

from langchain_core._api import LangChainBetaWarning
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnableParallel, RunnablePassthrough
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, program


class Numbers(TypedDict):
    numbers: Annotated[list[int], operator.add]


def doubling(lg: Namespace) -> Any:
    """A graph that doubles the first number, and stops at an odd one."""

    def double(state: Numbers) -> dict:
        if state["numbers"][0] % 2:
            raise ValueError(f"{state['numbers'][0]} is odd")
        return {"numbers": [2 * state["numbers"][0]]}

    return lg.StateGraph(Numbers).add_node("double", lg.node(double)).add_edge(lg.START, "double")


@program("B5")
def a_compiled_graph_is_a_runnable(lg: Namespace, run: Run) -> None:
    app = doubling(lg).compile(checkpointer=run.saver, name="Doubling")
    run.show("isinstance", isinstance(app, Runnable))
    run.show("names", [app.get_name(), app.get_name("Input"), app.get_name("x", name="small"), app.name])
    first = RunnableLambda(lambda n: {"numbers": [n]})
    chains = {
        "left": first | app,
        "right": app | RunnableLambda(lambda state: sum(state["numbers"])),
        "functions": (lambda n: {"numbers": [n]}) | app | operator.itemgetter("numbers"),
        "dict": {"numbers": lambda n: [n]} | app | {"all": operator.itemgetter("numbers"), "it": RunnablePassthrough()},
        "pipe": first.pipe(app, lambda state: state["numbers"][-1]),
        "parallel": RunnableParallel(twice=first | app, once=RunnablePassthrough()),
        "pick": first | app.pick("numbers"),
        "assign": first | app.assign(total=lambda state: sum(state["numbers"])),
        "bind": first | app.bind(stream_mode="updates"),
        "bound config": first | app.with_config({"tags": ["t"], "run_name": "named"}),
        "with_types": first | app.with_types(input_type=Numbers),
        "retry": first | app.with_retry(stop_after_attempt=2, wait_exponential_jitter=False),
        "fallback": first | app.with_fallbacks([RunnableLambda(lambda state: "fell back")]),
    }
    for name, chain in chains.items():
        given = {"numbers": [2]} if name == "right" else 2
        run.show(name, run.call(chain, "invoke", given, thread(name)))
    run.show("fell back", run.call(chains["fallback"], "invoke", 3, thread("odd")))
    run.says("ValueError", run.call, chains["retry"], "invoke", 3, thread("odd again"))


@program("B4")
def a_batch_runs_a_graph_for_many_inputs(lg: Namespace, run: Run) -> None:
    app = doubling(lg).compile(checkpointer=run.saver)
    inputs = [{"numbers": [n]} for n in (2, 4, 6)]
    configs = [thread(str(n)) for n in range(3)]
    run.show("batch", run.call(app, "batch", inputs, configs))
    run.show("nothing", run.call(app, "batch", []))
    if run.saver is None:
        run.show("map", run.call(app.map(), "invoke", inputs))
    else:
        run.get_state(app, configs[1])
    mixed = [{"numbers": [8]}, {"numbers": [3]}]
    kept = run.call(app, "batch", mixed, [thread("a"), thread("b")], return_exceptions=True)
    run.show("kept", [repr(item) for item in kept])
    run.says("ValueError", run.call, app, "batch", mixed, [thread("c"), thread("d")])
    found = run.collect(app, "batch_as_completed", inputs, [thread(f"again {n}") for n in range(3)])
    run.show("as completed", sorted(found))
    streamed = run.call(app, "batch", inputs[:1], [thread("e")], stream_mode="updates")
    run.show("options", streamed)


@program("B5", savers=PURE)
def a_graph_is_a_tool(lg: Namespace, run: Run) -> None:
    app = doubling(lg).compile(name="Doubling")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        made = app.as_tool(name="double", description="Doubles a number.")
    run.show("tool", [made.name, made.description, made.args])
    run.show("called", run.call(made, "invoke", {"numbers": [4]}))


@program("B5", "B14")
def the_config_around_a_graph_reaches_it(lg: Namespace, run: Run) -> None:
    def look(state: Numbers, config: RunnableConfig) -> dict:
        shown = {key: value for key, value in config["metadata"].items() if not key.startswith("langgraph_")}
        run.show("seen", [shown, config["tags"], config["configurable"].get("mine"), config["recursion_limit"]])
        return {"numbers": [1]}

    def plain(state: Numbers) -> dict:
        return look(state, lg.get_config())

    app = lg.StateGraph(Numbers).add_node(lg.node(look)).add_edge(lg.START, "look").compile(checkpointer=run.saver)
    bound = app.with_config({"tags": ["bound"], "metadata": {"a": 1, "b": 1}, "configurable": {"mine": "bound"}})
    given = {"tags": ["given"], "metadata": {"b": 2}, "recursion_limit": 7}
    run.show("invoke", run.call(bound, "invoke", {"numbers": []}, given | thread()))
    config = given | thread("2", mine="given")
    inside = RunnableLambda(lambda state: bound.invoke(state))
    if not lg.is_async:
        run.show("inside", run.call(inside, "invoke", {"numbers": []}, config))
    run.show("in a chain", run.call(RunnablePassthrough() | bound, "invoke", {"numbers": []}, config))
    from_inside = lg.StateGraph(Numbers).add_node(plain).add_edge(lg.START, "plain").compile(checkpointer=run.saver)
    run.show("get_config", run.call(from_inside, "invoke", {"numbers": []}, given | thread("3")))


class Talk(TypedDict):
    topic: str
    messages: Annotated[list, operator.add]
    said: str


@program("A14", "A21", "P3")
def runnables_are_nodes_and_routers(lg: Namespace, run: Run) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage(f"joke {n}", id=f"joke {n}") for n in range(9)]))
    prompt = ChatPromptTemplate.from_messages([("system", "You joke."), ("human", "About {topic}")])

    async def alate(state: Talk) -> dict:
        return {"said": state["said"] + " late"}

    joke = prompt | model | RunnableLambda(lambda message: {"messages": [message], "said": message.content})
    graph = lg.StateGraph(Talk)
    graph.add_node("joke", joke)
    graph.add_node("shout", RunnableLambda(lambda state: {"said": state["said"].upper()}))
    graph.add_node("count", RunnablePassthrough.assign(said=lambda state: f"{state['said']} {len(state['messages'])}"))
    graph.add_node("late", RunnableLambda(lambda state: {"said": state["said"] + " late"}, afunc=alate))
    graph.add_edge(lg.START, "joke")
    router = RunnableLambda(lambda state: "shout" if len(state["messages"]) < 2 else "late", name="choose")
    graph.add_conditional_edges("joke", router, ["shout", "late"])
    graph.add_edge("shout", "count")
    enough = RunnableLambda(lambda state: len(state["messages"]) > 2) | bool
    graph.add_conditional_edges("count", enough, {False: "joke", True: lg.END})
    app = graph.compile(checkpointer=run.saver)
    run.stream(app, {"topic": "cats"}, thread(), stream_mode="updates")


@program("A14", "P3")
def a_model_a_prompt_a_tool_and_a_dict_are_nodes(lg: Namespace, run: Run) -> None:
    @tool
    def shout(text: str) -> dict:
        """Says it loud."""
        return {"text": text.upper()}

    class Words(TypedDict):
        text: str

    tools = lg.StateGraph(Words).add_node("shout", shout).add_edge(lg.START, "shout").compile(checkpointer=run.saver)
    run.invoke(tools, {"text": "hello"}, thread("tool"))
    named = lg.StateGraph(Words).add_node(shout).add_edge(lg.START, "shout").compile()
    run.invoke(named, {"text": "named by itself"})

    model = GenericFakeChatModel(messages=iter([AIMessage("first", id="1"), AIMessage("second", id="2")]))
    talk = lg.StateGraph(Annotated[list, lg.add_messages]).add_node("model", model).add_edge(lg.START, "model")
    run.invoke(talk.compile(), [("user", "hi")])
    if not lg.is_async:
        run.stream(talk.compile(), [("user", "hi")], stream_mode="messages")
    both = lg.StateGraph(Words).add_node("both", {"text": lambda s: s["text"] + "!"}).add_edge(lg.START, "both")
    run.invoke(both.compile(checkpointer=run.saver), {"text": "dict"}, thread("dict"))

    def several(state: Words):
        yield {"text": "first"}
        yield {"text": state["text"] + " last"}

    last = lg.StateGraph(Words).add_node(several).add_edge(lg.START, "several").compile(checkpointer=run.saver)
    run.invoke(last, {"text": "generator"}, thread("generator"))


@program("P1")
def nodes_are_called_alone(lg: Namespace, run: Run) -> None:
    def plain(state: Numbers) -> dict:
        return {"numbers": [len(state["numbers"])]}

    def asks_for_more(state: Numbers, config: RunnableConfig, runtime: lg.Runtime) -> dict:
        run.show("config", [config.get("tags"), config.get("metadata"), config["configurable"].get("mine")])
        return {"numbers": [1]}

    inner = doubling(lg).compile()
    graph = lg.StateGraph(Numbers).add_node("plain", lg.node(plain)).add_node("inner", inner)
    graph.add_node("asks", lg.node(asks_for_more), metadata={"of": "node"}).add_node("chain", RunnableLambda(len) | str)
    app = graph.add_edge(lg.START, "plain").add_edge("plain", "inner").compile(checkpointer=run.saver)
    run.show("names", list(app.nodes))
    run.show("plain", run.call(app.nodes["plain"], "invoke", {"numbers": [5, 6]}))
    run.show("inner", run.call(app.nodes["inner"], "invoke", {"numbers": [4]}))
    config = {"tags": ["t"], "metadata": {"more": 1}, "configurable": {"mine": 1}}
    run.show("asks", run.call(app.nodes["asks"], "invoke", {"numbers": []}, config, runtime=lg.Runtime(context="mine")))
    run.show("chain", run.call(app.nodes["chain"], "invoke", [1, 2, 3]))
    run.show("metadata", [node.metadata for node in app.nodes.values()])


@program("P2")
def a_part_of_a_graph_runs(lg: Namespace, run: Run) -> None:
    if run.saver is None:
        return
    names = ("first", "second", "third", "fourth")
    graph = lg.StateGraph(Numbers).add_sequence([(name, lg.adds(name, "numbers")) for name in names])
    app = graph.add_edge(lg.START, "first").compile(checkpointer=run.saver)
    run.update_state(app, thread(), {"numbers": ["given"]}, as_node="first")
    run.show("part", run.call(app, "invoke", None, thread(), interrupt_after="third"))
    run.get_state(app, thread())


class Inner(BaseModel):
    n: int = 3


class Model(BaseModel):
    """A model of the state."""

    text: str = Field(alias="the text")
    inner: Inner = Inner()
    total: Annotated[int, operator.add] = 0


@dataclass
class Data:
    text: str
    parts: list[str] = field(default_factory=list)
    maybe: int | None = None
    total: Annotated[int, operator.add] = 5
    inner: Inner | None = None


class Partial(TypedDict, total=False):
    """Some of it."""

    text: Required[str]
    inner: Inner
    maybe: int | None
    messages: Annotated[list[int], operator.add]


class Only(TypedDict):
    text: str


@program("A36", savers=PURE)
def schemas_as_json(lg: Namespace, run: Run) -> None:
    class Chat(lg.MessagesState):  # of the package's own, which each describes in its words
        more: str

    states = {
        "typed dict": (Partial, {}),
        "input and output": (Partial, {"input_schema": Only, "output_schema": Numbers}),
        "dataclass": (Data, {}),
        "pydantic": (Model, {"output_schema": Data}),
        "root": (Annotated[list[int], operator.add], {}),
        "plain root": (int, {}),
        "messages": (Chat, {}),
        "context": (Only, {"context_schema": Data}),
        "typed dict context": (Only, {"context_schema": Partial}),
        "pydantic context": (Only, {"context_schema": Model}),
        "a bad context": (Only, {"context_schema": int}),
    }
    for name, (state, options) in states.items():
        app = lg.StateGraph(state, **options).add_node("a", lambda s: s).add_edge(lg.START, "a").compile(name="Named")
        run.show(f"{name} types", [app.InputType, app.OutputType, app.config_specs])
        for method in ("get_input_jsonschema", "get_output_jsonschema", "get_context_jsonschema"):
            try:
                run.show(f"{name} {method}", getattr(app, method)())
            except Exception as error:
                run.show(f"{name} {method} raises", [type(error).__name__, str(error)])
        for schema in (app.get_input_schema(), app.get_output_schema(), app.input_schema, app.output_schema):
            run.show(f"{name} model", [schema.__name__, schema.model_json_schema()])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run.show(f"{name} config", app.config_schema(include=["tags", "metadata"]).model_json_schema())
            run.show(f"{name} config", app.get_config_jsonschema())
            run.show(f"{name} warnings", sorted((type(w.message).__name__, str(w.message)) for w in caught))
