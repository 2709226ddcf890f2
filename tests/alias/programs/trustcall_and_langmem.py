"""trustcall and langmem: extraction with patches and retries; memories that are kept, searched and summarised."""

import asyncio
import warnings

warnings.simplefilter("ignore")

from langchain_core.messages import AIMessage, HumanMessage  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.func import entrypoint  # noqa: E402
from langgraph.graph import START, MessagesState, StateGraph  # noqa: E402
from langgraph.prebuilt import create_react_agent  # noqa: E402
from langgraph.store.memory import InMemoryStore  # noqa: E402
from langmem import (  # noqa: E402
    ReflectionExecutor,
    create_manage_memory_tool,
    create_memory_manager,
    create_memory_searcher,
    create_memory_store_manager,
    create_prompt_optimizer,
    create_search_memory_tool,
    create_thread_extractor,
)
from langmem.short_term import SummarizationNode, summarize_messages  # noqa: E402
from model import Script, attempt, call, tell  # noqa: E402
from pydantic import BaseModel, field_validator  # noqa: E402
from trustcall import create_extractor  # noqa: E402


class User(BaseModel):
    """A user."""

    name: str
    age: int

    @field_validator("age")
    @classmethod
    def grown(cls, value):
        if value < 0:
            raise ValueError("nobody is younger than 0")
        return value


def plain(result):
    return {
        "messages": result["messages"],
        "responses": [response.model_dump() for response in result["responses"]],
        "attempts": result.get("attempts"),
    }


patched = call("PatchFunctionErrors", 2, json_doc_id="call-1", planned_edits="age", patches=[
    {"op": "replace", "path": "/age", "value": 3}])  # fmt: skip
updated = call("PatchDoc", 3, json_doc_id="User", planned_edits="older", patches=[
    {"op": "replace", "path": "/age", "value": 4}])  # fmt: skip
for name in ("sync", "async"):

    def run(extractor, given, config=None, name=name):
        def go():
            found = extractor.invoke(given, config) if name == "sync" else asyncio.run(extractor.ainvoke(given, config))
            tell(name, plain(found))

        attempt(go)

    run(
        create_extractor(Script(answers=[[call("User", 1, name="Ada", age=36)]]), tools=[User], tool_choice="User"),
        "Ada",
    )
    run(create_extractor(Script(answers=[[call("User", 1, name="Ada", age=-1)], [patched]]), tools=[User]), "Ada")
    run(create_extractor(Script(answers=[[call("User", 1, name="Ada", age=-1)]] * 9), tools=[User]), "Ada")
    changing = create_extractor(Script(answers=[[updated]]), tools=[User], enable_inserts=True)
    run(changing, {"messages": [("user", "older")], "existing": {"User": {"name": "Ada", "age": 3}}})

memory = call("Memory", 1, content="likes cheese")
talk = [HumanMessage("I like cheese", id="h"), AIMessage("noted", id="a")]
done = [call("Done", 9)]


def kept(found):
    return [one.content.model_dump() for one in found]


manager = create_memory_manager(Script(answers=[[memory], "nothing"]), enable_inserts=True)
attempt(lambda: tell("memories", kept(manager.invoke({"messages": talk}))))
manager = create_memory_manager(Script(answers=[[memory], "nothing"]), enable_inserts=True)
attempt(lambda: tell("memories", kept(asyncio.run(manager.ainvoke({"messages": talk, "max_steps": 2})))))

store = InMemoryStore()
tools = [create_manage_memory_tool(("m", "{user}")), create_search_memory_tool(("m", "{user}"))]
config = {"configurable": {"user": "ada", "thread_id": "1"}}
says = [
    [call("manage_memory", 1, content="cheese", action="create")],
    [call("search_memory", 2, query="cheese")],
    "done",
]
agent = create_react_agent(Script(answers=says), tools, store=store, checkpointer=InMemorySaver())
found = agent.invoke({"messages": [("user", "hello")]}, config)["messages"]
tell("tools", [type(message).__name__ for message in found])
tell("store", [(item.namespace, item.value) for item in store.search(("m",))])


def managed(**kwargs):
    queries = Script(answers=[[call("search_memory", 5, query="cheese")]] * 3)
    return create_memory_store_manager(
        Script(answers=[[memory], "nothing"] * 3), query_model=queries, namespace=("kept", "{user}"), **kwargs
    )


store = InMemoryStore()
attempt(lambda: tell("puts", len(managed(store=store).invoke({"messages": talk}, config))))
tell("store", [item.value for item in store.search(("kept",))])
store = InMemoryStore()


@entrypoint(store=store)
def remembering(messages):
    return len(managed().invoke({"messages": messages}))


@entrypoint(store=store)
async def aremembering(messages):
    return len(await managed().ainvoke({"messages": messages}))


attempt(lambda: tell("in a graph", remembering.invoke(talk, config)))
attempt(lambda: tell("in a graph, awaited", asyncio.run(aremembering.ainvoke(talk, config))))
tell("store", [item.value for item in store.search(("kept",))])

store = InMemoryStore()
executor = ReflectionExecutor(managed(store=store), store=store)


@entrypoint(store=store)
def later(messages):
    return executor.submit({"messages": messages}, after_seconds=0).result(timeout=20) is not None


attempt(lambda: tell("later", later.invoke(talk, config)))
executor.shutdown()
tell("store", [item.value for item in store.search(("kept",))])
attempt(lambda: tell("searched", type(create_memory_searcher(Script(answers=[]))).__name__))


class State(MessagesState):
    context: dict
    summarized_messages: list


words = [HumanMessage(f"word {n} " * 20, id=f"w{n}") for n in range(6)] + [HumanMessage("and now?", id="last")]
node = SummarizationNode(model=Script(answers=["a summary", "more"]), max_tokens=120, max_summary_tokens=40)
graph = StateGraph(State).add_node("short", node).add_edge(START, "short").compile()
tell("summarised", graph.invoke({"messages": words, "context": {}})["summarized_messages"])
tell("awaited", asyncio.run(graph.ainvoke({"messages": words, "context": {}}))["summarized_messages"])
result = summarize_messages(
    words, running_summary=None, model=Script(answers=["short"]), max_tokens=120, max_summary_tokens=40
)
tell("alone", [message.content for message in result.messages])
thread = create_thread_extractor(Script(answers=[[call("SummarizeThread", 1, title="Cheese", summary="likes it")]]))
attempt(lambda: tell("thread", thread.invoke({"messages": talk}).model_dump()))
better = [[call("OptimizedPromptOutput", 1, analysis="a", improved_prompt="be brief")]]
optimizer = create_prompt_optimizer(Script(answers=better * 3), kind="prompt_memory")
attempt(lambda: tell("prompt", optimizer.invoke({"trajectories": [(talk, None)], "prompt": "be kind"})))
