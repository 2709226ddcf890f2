"""Agents that are put together from a model and its tools."""

import warnings
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import InjectedToolCallId, tool
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_nb.testing.scripted import ScriptedModel, calls

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .tool_node import make

WEATHER = [calls("weather", city="Paris"), "It is sunny in Paris."]
HI = {"messages": [HumanMessage("How is the weather in Paris?", id="hi")]}


def tools(lg: Namespace) -> list[Any]:
    def weather(city: str) -> str:
        """How the weather is."""
        return f"sunny in {city}"

    def final(text: str) -> str:
        """Says it."""
        return text

    return [make(lg, weather), make(lg, final, return_direct=True)]


def agent(lg: Namespace, run: Run, script: Any, given: Any = None, **options: Any) -> Any:
    """An agent, without the warning that there are newer ones."""
    model = ScriptedModel(script=script) if isinstance(script, list) else script
    options.setdefault("checkpointer", run.saver)
    with warnings.catch_warnings(action="ignore"):
        return lg.create_react_agent(model, tools(lg)[:1] if given is None else given, **options)


def reads(messages: Any) -> AIMessage:
    """Says what it was given to read."""
    return AIMessage(" / ".join(f"{message.type}: {message.content}" for message in messages))


@program("K1", "K3")
def a_turn(lg: Namespace, run: Run) -> None:
    for version in ("v1", "v2"):
        app = agent(lg, run, WEATHER, version=version, name="meteo")
        run.show("name", app.name)
        run.show("drawn", app.get_graph().draw_mermaid())
        run.invoke(app, HI, thread(version))
        run.stream(app, HI, thread(version + "s"), stream_mode=["updates", "values"])
        run.stream(app, HI, thread(version + "m"), stream_mode="messages")
        run.stream(app, {"messages": [("user", "hello")]}, thread(version + "v2"), stream_mode="messages", version="v2")
        if run.saver is not None:
            run.get_state(app, thread(version))


@program("K1", "K3")
def several_calls_at_once(lg: Namespace, run: Run) -> None:
    both = [calls("weather", city="Paris"), calls("weather", city="Rome"), calls("missing", a=1)]
    for version in ("v1", "v2"):
        app = agent(lg, run, [both, [calls("weather", town="Oslo")], "done"], version=version)
        run.stream(app, HI, thread(version), stream_mode="updates")


@program("K1", "E8", savers=STORED)
def agents_pause_and_go_on(lg: Namespace, run: Run) -> None:
    app = agent(lg, run, [*WEATHER, "again"], interrupt_before=["tools"], interrupt_after=["agent"])
    run.invoke(app, HI, thread())
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.invoke(app, None, thread())
    run.invoke(app, {"messages": [HumanMessage("more?", id="more")]}, thread())
    run.get_state(app, thread())

    def book(hotel: str) -> str:
        """Books."""
        return f"{hotel}: {lg.interrupt(hotel)}"

    for version in ("v1", "v2"):
        asks = [calls("book", hotel="Ritz"), calls("book", hotel="Savoy")]
        booking = agent(lg, run, [asks[:1], asks, "done"], [make(lg, book)], version=version)
        run.invoke(booking, HI, thread(version))
        run.invoke(booking, lg.Command(resume="yes"), thread(version))
        if version == "v2":
            found = run.get_state(booking, thread(version)).interrupts
            answers = {question.id: f"ok {question.value}" for question in found}
            run.invoke(booking, lg.Command(resume=answers), thread(version))


@program("K1", savers=PURE)
def prompts(lg: Namespace, run: Run) -> None:
    def of_state(state: Any) -> Any:
        return [SystemMessage(f"{sorted(state)}"), *state["messages"]]

    def with_config(state: Any, config: RunnableConfig) -> Any:
        return [SystemMessage(config["configurable"]["user"]), *state["messages"]]

    def with_store(state: Any, *, store: lg.BaseStore) -> Any:
        return [SystemMessage(f"{store is not None}"), *state["messages"]]

    template = ChatPromptTemplate.from_messages([("system", "template"), ("placeholder", "{messages}")])
    asked: list[Any] = [
        None, "text", SystemMessage("system", id="s"), of_state, with_config, with_store, template,
        RunnableLambda(of_state), lambda state: "just text",
    ]  # fmt: skip
    if lg.is_async:
        asked.append(lg.node(of_state))
    for prompt in asked:
        app = agent(lg, run, ScriptedModel(script=reads), prompt=prompt, store=lg.InMemoryStore())
        run.stream(app, HI, {"configurable": {"user": "ada"}}, stream_mode=["values", "messages"])
        run.invoke(app, HI, {"configurable": {"user": "ada"}})
    run.says("ValueError", agent, lg, run, WEATHER, prompt=3)


@program("K1", savers=PURE)
def models_that_are_chosen(lg: Namespace, run: Run) -> None:
    class Context(TypedDict):
        tone: str

    def by_context(state: Any, runtime: lg.Runtime[Context]) -> Any:
        tone = runtime.context["tone"]
        return ScriptedModel(script=[calls("weather", city=tone), f"{tone}, {len(state['messages'])}"]).bind_tools(
            tools(lg)[:1]
        )

    class Answer(BaseModel):
        city: str

    choose = lg.node(by_context)
    for options in ({}, {"prompt": "be brief"}, {"version": "v1"}):
        app = agent(lg, run, choose, context_schema=Context, **options)
        run.stream(app, HI, context={"tone": "polite"}, stream_mode=["updates", "messages"])
        run.invoke(app, HI, context={"tone": "rude"})
    script = [calls("weather", city="Rome"), "done", {"city": "Rome"}]
    shaped = agent(lg, run, lg.node(lambda state, runtime: ScriptedModel(script=script)), response_format=Answer)
    run.invoke(shaped, HI)
    run.fails("Exception", run.invoke, agent(lg, run, lg.node(lambda state, runtime: None)), HI)


@program("K1", savers=PURE)
def models_with_tools_of_their_own(lg: Namespace, run: Run) -> None:
    model = ScriptedModel(script=WEATHER)
    own = tools(lg)
    for bound in (model.bind_tools(own[:1]), model.bind_tools(own), model.bind_tools(own[1:]), model.bind(stop=["x"])):
        run.tries(lambda bound=bound: run.invoke(agent(lg, run, bound), HI))
    run.invoke(agent(lg, run, model.bind_tools(own[:1]) | RunnableLambda(lambda message: message)), HI)
    web = {"type": "web_search", "name": "web"}
    heard: list[Any] = []

    class Provided(ScriptedModel):
        def bind_tools(self, tools: Any, **options: Any) -> Any:
            heard.append([one if isinstance(one, dict) else one.name for one in tools])
            return self

    run.invoke(agent(lg, run, Provided(script=WEATHER), [own[0], web]), HI)
    run.invoke(agent(lg, run, Provided(script=["hello"]), [web]), HI)
    run.invoke(agent(lg, run, Provided(script=["hello"]), []), HI)
    run.show("bound", heard)
    run.invoke(agent(lg, run, WEATHER, lg.ToolNode(own, handle_tool_errors="oh")), HI)
    run.fails("ImportError", agent, lg, run, "openai:gpt-none")


@program("K1", "K9", savers=PURE)
def tools_that_answer_themselves(lg: Namespace, run: Run) -> None:
    for version in ("v1", "v2"):
        for turn in ([calls("final", text="bye")], [calls("final", text="bye"), calls("weather", city="Rome")],
                     [calls("weather", city="Rome")]):  # fmt: skip
            app = agent(lg, run, [turn, "more"], tools(lg), version=version)
            run.stream(app, HI, stream_mode="updates")
    run.show("drawn", app.get_graph().draw_mermaid())


@program("K1", savers=PURE)
def the_steps_are_too_few(lg: Namespace, run: Run) -> None:
    turns = [[calls("weather", city=f"{n}")] for n in range(20)]
    for version in ("v1", "v2"):
        for limit in (1, 2, 3, 4, 5):
            app = agent(lg, run, turns, version=version)
            run.tries(run.invoke, app, HI, {"recursion_limit": limit})
        for limit in (1, 2, 3):
            direct = agent(lg, run, [[calls("final", text="bye")]], tools(lg), version=version)
            run.tries(run.invoke, direct, HI, {"recursion_limit": limit})
        run.tries(run.invoke, agent(lg, run, ["hello"], version=version), HI, {"recursion_limit": 1})


@program("K1")
def hooks_before_the_model(lg: Namespace, run: Run) -> None:
    def only_last(state: Any) -> dict:
        return {"llm_input_messages": state["messages"][-1:]}

    def rewrites(state: Any) -> dict:
        return {"messages": [RemoveMessage(id=lg.REMOVE_ALL_MESSAGES), *state["messages"][-1:]]}

    for hook in (only_last, rewrites):
        for more in ({}, {"prompt": "be brief"}, {"given": []}):
            app = agent(lg, run, ScriptedModel(script=reads), pre_model_hook=lg.node(hook), **more)
            given = {"messages": [HumanMessage("one", id="1"), AIMessage("two", id="2"), HumanMessage("three", id="3")]}
            run.stream(app, given, thread(f"{hook.__name__} {[*more]}"), stream_mode=["updates", "values"])
    run.show("drawn", app.get_graph().draw_mermaid())
    looping = agent(lg, run, WEATHER, pre_model_hook=lg.node(lambda state: {"llm_input_messages": state["messages"]}))
    run.stream(looping, HI, thread("loop"), stream_mode="updates")
    run.show("drawn", looping.get_graph().draw_mermaid())


@program("K1", "K3")
def hooks_after_the_model(lg: Namespace, run: Run) -> None:
    class Answer(BaseModel):
        city: str

    def looks(state: Any) -> dict:
        return {}

    def answers(state: Any) -> dict:
        last = state["messages"][-1]
        return {"messages": [ToolMessage("no", tool_call_id=call["id"]) for call in last.tool_calls[:1]]}

    def rejects(state: Any) -> Any:
        return {"messages": [AIMessage("rejected", id=state["messages"][-1].id)]}

    both = [calls("weather", city="Paris"), calls("weather", city="Rome")]
    for hook in (looks, answers, rejects):
        for more in ({}, {"response_format": Answer}, {"given": []}):
            script = [both, "done", {"city": "Paris"}] if "given" not in more else ["done"]
            app = agent(lg, run, script, post_model_hook=lg.node(hook), **more)
            run.tries(run.stream, app, HI, thread(f"{hook.__name__} {[*more]}"), stream_mode="updates")
            run.show("drawn", app.get_graph().draw_mermaid())


@program("K4")
def answers_in_a_form(lg: Namespace, run: Run) -> None:
    class Answer(BaseModel):
        """The weather."""

        city: str
        sunny: bool = True

    class Typed(TypedDict):
        """The weather."""

        city: str

    schema = {"title": "Weather", "type": "object", "properties": {"city": {"type": "string"}}, "description": "w"}
    script = [*WEATHER, {"city": "Paris"}]
    for form in (Answer, Typed, schema, ("put it so", Answer)):
        app = agent(lg, run, script, response_format=form)
        run.stream(app, HI, thread(str(form)), stream_mode=["updates", "values"])
    run.show("drawn", app.get_graph().draw_mermaid())
    run.invoke(agent(lg, run, [WEATHER[1], {"city": "Paris"}], [], response_format=Answer), HI, thread("none"))
    other = ScriptedModel(script=WEATHER).bind_tools(tools(lg)[:1]) | RunnableLambda(lambda message: message)
    run.fails("Exception", run.invoke, agent(lg, run, other, response_format=Answer), HI, thread("chain"))
    wrong = agent(lg, run, [*WEATHER, {"town": "Paris"}], response_format=Answer)
    run.fails("Exception", run.invoke, wrong, HI, thread("wrong"))


@program("K2", "K1")
def states_of_agents(lg: Namespace, run: Run) -> None:
    with warnings.catch_warnings(action="ignore"):

        class More(lg.AgentState):
            user: str

        class Model(lg.AgentStatePydantic):
            user: str = "nobody"

        class Shaped(lg.AgentStateWithStructuredResponse):
            user: str

    class Own(TypedDict):
        messages: Annotated[list[AnyMessage], lg.add_messages]
        remaining_steps: lg.RemainingSteps
        user: str

    def who(user: Annotated[str, lg.InjectedState("user")], id: Annotated[str, InjectedToolCallId]) -> Any:
        """Who asks."""
        done = ToolMessage(f"{user} asks", tool_call_id=id)
        return lg.Command(update={"user": user.upper(), "messages": [done]})

    for schema in (More, Model, Own):
        for version in ("v1", "v2"):
            config = thread(f"{schema.__name__} {version}")
            app = agent(lg, run, [calls("who"), "you"], [make(lg, who)], state_schema=schema, version=version)
            run.stream(app, {**HI, "user": "ada"}, config, stream_mode=["updates", "values"])
    hooked = agent(
        lg, run, ScriptedModel(script=reads), state_schema=Model,
        pre_model_hook=lg.node(lambda state: {"llm_input_messages": state.messages[-1:]}),
    )  # fmt: skip
    run.invoke(hooked, HI, thread("hooked"))
    form = {"title": "T", "type": "object"}
    shaped = agent(lg, run, ["x", {"title": "x"}], state_schema=Shaped, response_format=form)
    run.invoke(shaped, {**HI, "user": "ada"}, thread("shaped"))


@program("K1", "K2", savers=PURE)
def mistakes_in_agents(lg: Namespace, run: Run) -> None:
    class Lacks(TypedDict):
        messages: list

    class LacksForm(TypedDict):
        messages: Annotated[list, lg.add_messages]
        remaining_steps: lg.RemainingSteps

    run.says("ValueError", agent, lg, run, WEATHER, state_schema=Lacks)
    run.says("ValueError", agent, lg, run, WEATHER, state_schema=LacksForm, response_format=Lacks)
    run.says("ValueError", agent, lg, run, WEATHER, version="v3")
    run.says("TypeError", agent, lg, run, WEATHER, modifier="x", other=1)
    app = agent(lg, run, WEATHER)
    asked = AIMessage("", tool_calls=[{"name": "weather", "args": {}, "id": "c1"}], id="a")
    run.raises("ValueError", run.invoke, app, {"messages": [asked, HumanMessage("well?", id="h")]})
    run.tries(run.invoke, app, {"messages": []})
    run.fails("ConnectionError", run.invoke, agent(lg, run, [ConnectionError("dead line")]), HI)
    plain = RunnableLambda(lambda given: AIMessage("plain"))
    run.tries(lambda: run.invoke(agent(lg, run, plain, []), HI))
    run.raises("TypeError", run.invoke, agent(lg, run, plain, [], response_format=LacksForm), HI)


@program("K1", "K2", savers=PURE)
def what_is_old_warns(lg: Namespace, run: Run) -> None:
    model = ScriptedModel(script=WEATHER)
    run.warned(lg.create_react_agent, model, tools(lg))
    run.warned(lg.create_tool_calling_executor, model, tools(lg), config_schema=dict)
    run.show("the same", lg.create_tool_calling_executor is lg.create_react_agent)
    states = (
        lg.AgentState, lg.AgentStatePydantic, lg.AgentStateWithStructuredResponse,
        lg.AgentStateWithStructuredResponsePydantic,
    )  # fmt: skip
    for state in states:
        run.warned(state, messages=[], structured_response={})
        run.warned(lambda state=state: type("Mine", (state,), {}) if issubclass(state, BaseModel) else None)


@program("K1", "B18", savers=PURE)
def callbacks_hear_of_agents(lg: Namespace, run: Run) -> None:
    from .callbacks import Recorder

    class Answer(BaseModel):
        city: str

    for options in ({}, {"prompt": "be brief", "version": "v1"}, {"prompt": lambda state: state["messages"]},
                    {"response_format": Answer}):  # fmt: skip
        recorder = Recorder()
        app = agent(lg, run, [*WEATHER, {"city": "Paris"}], **options)
        run.call(app, "invoke", HI, {"callbacks": [recorder], "max_concurrency": 1})
        heard = [entry[:4] if entry[0] in ("chain", "tool", "model") else entry[:2] for entry in recorder.heard]
        run.show("heard", heard)


@program("K1", "I1", "I6")
def agents_in_graphs(lg: Namespace, run: Run) -> None:
    @tool
    def to_bob(state: Annotated[dict, lg.InjectedState], id: Annotated[str, InjectedToolCallId]) -> Any:
        """Asks Bob."""
        done = ToolMessage("to bob", tool_call_id=id, name="to_bob", id=f"done {id}")
        return lg.Command(goto="bob", graph=lg.Command.PARENT, update={"messages": [*state["messages"], done]})

    @dataclass
    class Context:
        user: str

    alice = agent(lg, run, [[calls("to_bob")], "never"], [to_bob], name="alice", checkpointer=None)
    bob = agent(lg, run, lambda state, runtime: ScriptedModel(script=["x", f"bob, for {runtime.context.user}"]), [],
                name="bob", checkpointer=None, context_schema=Context)  # fmt: skip
    builder = lg.StateGraph(lg.MessagesState, Context).add_node("alice", alice, destinations=("bob",))
    app = builder.add_node("bob", bob).add_edge(lg.START, "alice").compile(checkpointer=run.saver)
    run.invoke(app, HI, thread(), context=Context("ada"))
    run.stream(app, HI, thread("2"), context=Context("ada"), stream_mode=["updates", "messages"], subgraphs=True)
    if run.saver is not None:
        run.history(app, thread())
