"""LangChain's ``create_agent`` read as an event stream: messages, tool calls, agents inside of tools, middleware."""

import asyncio

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, PIIMiddleware, SummarizationMiddleware
from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import ToolCallTransformer
from langgraph.stream import CustomTransformer, StreamChannel, StreamTransformer, UpdatesTransformer
from langgraph.types import Command
from model import Script, attempt, call, tell

HI = {"messages": [HumanMessage("what is the weather, and who are you? mail me: ann@example.com")]}


def weather(city: str, runtime: ToolRuntime) -> str:
    """The weather in a city."""
    runtime.emit_output_delta("looking ")
    runtime.emit_output_delta("out of the window")
    if city == "nowhere":
        raise ValueError("no such city")
    return f"sunny in {city}"


def researcher(name="researcher"):
    return create_agent(Script(answers=[[call("weather", 7, city="Rome")], "Rome is sunny"]), [weather], name=name)


def research(topic: str) -> str:
    """Ask a researcher."""
    return researcher().invoke({"messages": [HumanMessage(topic)]})["messages"][-1].text


class Words(StreamTransformer):
    """Counts the words that models say."""

    required_stream_modes = ("messages",)

    def init(self):
        self.words = StreamChannel("words")
        return {"words": self.words}

    def process(self, event):
        if event["method"] == "messages":
            payload = event["params"]["data"][0]
            if isinstance(payload, dict) and payload["event"] == "content-block-delta":
                self.words.push(payload["delta"].get("text", ""))
        return True


def agent(*answers, **options):
    return create_agent(Script(answers=list(answers)), [weather, research], **options)


def plain(event):
    """An event without what differs from run to run."""
    params = event["params"]
    names = [part.partition(":")[0] for part in params["namespace"]]
    data = params["data"]
    if event["method"] == "messages":
        data = (data[0], data[1].get("langgraph_node"))
        if isinstance(data[0], dict) and data[0]["event"] == "message-start":
            data = (data[0]["event"], data[1])
    elif event["method"] == "lifecycle":
        cause = data.get("cause")
        data = {"event": data["event"], "name": data.get("graph_name"), "cause": cause, "error": data.get("error")}
    return event["method"], event.get("seq"), names, data


def events(title, agent, given=HI, config=None, **options):
    options = {"version": "v3", **options}
    attempt(lambda: tell(title, [plain(event) for event in agent.stream_events(given, config, **options)]))

    async def main():
        run = await agent.astream_events(given, config, **options)
        return [plain(event) async for event in run]

    attempt(lambda: tell(f"{title}, awaited", asyncio.run(main())))


for options in ({}, {"transformers": [UpdatesTransformer, Words]}):
    events("plain", agent("thinking about it", "again"), **options)
events("tools", agent([call("weather", city="Oslo")], "Oslo is sunny", [call("weather", 2, city="Bergen")], "wet"))
events("a tool that fails", agent([call("weather", city="nowhere")], [call("weather", 2, city="nowhere")]))

run = agent([call("weather", city="Oslo"), call("research", 2, topic="Rome")], "done").stream_events(HI, version="v3")
called = [(tool.tool_name, tool.input, list(tool), tool.output, tool.error) for tool in run.tool_calls]
for tool in sorted(called, key=str):  # they run at once: which one begins first is chance
    tell("a tool", tool)
tell("output", run.output)

run = agent([call("research", topic="Rome")], "done", name="chief").stream_events(HI, version="v3")
for inside in run.subagents:
    tell("an agent inside", (inside.name, inside.cause, inside.status))
    for message in inside.messages:
        tell("says", (message.node, str(message.text)))
    tell("its end", (inside.output, inside.status))
tell("lifecycle", run.interrupted)


async def inside_of(agent):
    run = await agent.astream_events(HI, version="v3")
    async for inside in run.subagents:
        tell("an agent inside, awaited", (inside.name, inside.cause, [await m.text async for m in inside.messages]))
        tell("its end", (await inside.output(), inside.status))
    tell("output", await run.output())


attempt(lambda: asyncio.run(inside_of(agent([call("research", topic="Rome")], "done", name="chief"))))

guarded = {"middleware": [PIIMiddleware("email", apply_to_output=True)]}
events("without addresses", agent("write to bob@example.com or ann@example.com", "x@example.com", **guarded))
shortens = SummarizationMiddleware(Script(answers=["in short"] * 4), trigger=("messages", 1), keep=("messages", 1))
long = {"messages": [HumanMessage(f"word {n}") for n in range(5)]}
events("summarised", agent("yes", "no", middleware=[shortens]), long)

asks = {"middleware": [HumanInTheLoopMiddleware({"weather": True})], "checkpointer": InMemorySaver()}
careful = agent([call("weather", city="Oslo")], "Oslo is sunny", **asks)
config = {"configurable": {"thread_id": "1"}}
run = careful.stream_events(HI, config, version="v3", transformers=[CustomTransformer])
tell("asks", (run.interrupted, [question.value for question in run.interrupts]))
yes = Command(resume={"decisions": [{"type": "approve"}]})
with careful.stream_events(yes, config, version="v3") as run:
    tell("goes on", [(name, item) for name, item in run.interleave("values", "lifecycle")])
    tell("end", (run.interrupted, run.output))
tell("names", sorted(careful.stream_events(None, config, version="v3").extensions))
tell("transformers", [getattr(made, "__name__", "a function") for made in careful.stream_transformers])
assert ToolCallTransformer in careful.stream_transformers
