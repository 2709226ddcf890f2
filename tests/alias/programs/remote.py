"""A graph on a server: what is asked of the server, and what is made of its answers. The server is a script here."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypedDict

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.pregel.remote import RemoteException, RemoteGraph
from langgraph.types import Command
from langgraph_sdk import get_client, get_sync_client
from model import attempt, tell

asked = []
SNAPSHOT = {
    "values": {"n": 3}, "next": ["two"], "metadata": {"step": 2}, "created_at": "2026-01-02T03:04:05+00:00",
    "checkpoint": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c2", "checkpoint_map": None},
    "parent_checkpoint": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c1", "checkpoint_map": {}},
    "tasks": [
        {"id": "1", "name": "two", "error": None, "interrupts": [{"value": "sure?", "id": "i1"}], "path": ["x", 1],
         "checkpoint": None, "state": None, "result": None},
        {"id": "2", "name": "three", "error": "boom", "interrupts": [],
         "checkpoint": {"thread_id": "t", "checkpoint_ns": "three:2", "checkpoint_id": "c9"}, "state": None},
    ],
    "interrupts": [{"value": "sure?", "id": "i1"}],
}  # fmt: skip
INNER = {**SNAPSHOT, "tasks": [{**SNAPSHOT["tasks"][0], "state": {**SNAPSHOT, "parent_checkpoint": None, "tasks": []}}]}
GRAPH = {
    "nodes": [
        {"id": "__start__", "type": "schema", "data": "__start__"},
        {"id": "one", "type": "runnable", "data": {"id": ["a", "b"], "name": "one"}, "metadata": {"defer": True}},
        {"id": "__end__", "type": "schema", "data": "__end__"},
    ],
    "edges": [
        {"source": "__start__", "target": "one"},
        {"source": "one", "target": "__end__", "conditional": True, "data": "done"},
    ],
}
EVENTS = {
    "plain": [
        ("metadata", {"run_id": "r"}), ("values", {"n": 1}), ("updates", {"one": {"n": 2}}), ("values", {"n": 2}),
    ],
    "inside": [
        ("updates|one:1", {"deep": 1}), ("values|one:1|two:2", {"deep": 2}), ("updates", {"one": {"n": 1}}),
        ("values", {"n": 1}),
    ],
    "asks": [("updates", {"__interrupt__": [{"value": "sure?", "id": "i1"}]}), ("values", {"n": 1})],
    "asks inside": [("updates|one:1", {"__interrupt__": [{"value": "sure?", "id": "i1"}]}), ("values", {"n": 1})],
    "asks in values": [("values", {"n": 1, "__interrupt__": [{"value": "sure?", "id": "i1"}]})],
    "fails": [("values", {"n": 1}), ("error", {"error": "ValueError", "message": "no"})],
    "says": [
        ("messages/partial", [{"type": "ai", "content": "x"}]),
        ("messages", [{"type": "ai", "content": "h", "id": "1"}, {"langgraph_node": "one"}]), ("custom", {"p": 1}),
        ("values", {"n": 1}),
    ],
    "commands": [
        ("command", {"update": {"n": 1}, "goto": "x", "resume": None, "graph": "__parent__"}), ("values", {"n": 1}),
    ],
    "nothing": [],
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers as it was told, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def read(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        told = {name: self.headers[name] for name in ("x-mine", "x-api-key", "langsmith-trace") if self.headers[name]}
        asked.append((self.command, self.path, json.loads(body) if body else None, told))
        return asked[-1][2] or {}

    def give(self, kind, text):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.read()
        if "/graph" in self.path:
            return self.give("application/json", json.dumps(GRAPH))
        return self.give("application/json", json.dumps(INNER if "subgraphs=true" in self.path.lower() else SNAPSHOT))

    def do_POST(self):
        body = self.read()
        if "/runs/stream" in self.path:
            given = body.get("input")
            events = EVENTS[given.get("play", "plain") if isinstance(given, dict) else "plain"]
            text = "".join(f"event: {event}\ndata: {json.dumps(data)}\n\n" for event, data in events)
            return self.give("text/event-stream", text)
        if self.path.endswith("/history"):
            return self.give("application/json", json.dumps([SNAPSHOT, SNAPSHOT]))
        if self.path.endswith("/state"):
            return self.give("application/json", json.dumps({"checkpoint": SNAPSHOT["checkpoint"]}))
        return self.give("application/json", json.dumps(SNAPSHOT))


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
thread = {"configurable": {"thread_id": "t"}}


def told(title, run):
    """What came of it, and what the server was asked meanwhile."""
    asked.clear()
    result = attempt(run)
    tell(title, result)
    for method, path, body, headers in asked:
        print("   asked", method, path, json.dumps(body, sort_keys=True), headers or "")


def pair(chunk):
    """Of several modes, LangGraph gives what its client does: event, data, and an id."""
    return (chunk.event, chunk.data) if hasattr(chunk, "event") else chunk


async def collected(stream):
    return [chunk async for chunk in stream]


graph = RemoteGraph("agent", url=url, headers={"x-mine": "1"})
told("no server and no client", lambda: RemoteGraph("agent").invoke({}))
told("name", lambda: (graph.name, graph.assistant_id, graph.config, graph.distributed_tracing))
told("another name", lambda: RemoteGraph("agent", url=url, name="bob", config={"tags": ["t"]}).name)
told("copy", lambda: (graph.copy({"name": "x"}).name, graph.name, type(graph.copy({})).__name__))
told("with config", lambda: graph.with_config({"tags": ["a"], "configurable": {"x": 1}}, recursion_limit=3).config)
told("only awaited", lambda: RemoteGraph("agent", client=get_client(url=url)).invoke({}))
told("never awaited", lambda: asyncio.run(RemoteGraph("agent", sync_client=get_sync_client(url=url)).ainvoke({})))
told("key", lambda: RemoteGraph("agent", url=url, api_key="secret").invoke({"play": "plain"}))

for play in EVENTS:
    told(f"invoke {play}", lambda: graph.invoke({"play": play}, thread))
    told(f"ainvoke {play}", lambda: asyncio.run(RemoteGraph("agent", url=url).ainvoke({"play": play})))
    for options in (
        {}, {"stream_mode": "updates"}, {"stream_mode": ["values", "updates"]}, {"stream_mode": "messages"},
        {"stream_mode": ["messages"]}, {"subgraphs": True}, {"stream_mode": ["updates", "custom"], "subgraphs": True},
    ):  # fmt: skip
        told(f"stream {play} {options}", lambda: [pair(c) for c in graph.stream({"play": play}, thread, **options)])
    told(f"astream {play}", lambda: asyncio.run(collected(RemoteGraph("agent", url=url).astream({"play": play}))))

for given in (
    Command(resume=True), Command(update={"n": 1}, goto="x"), None, [HumanMessage("hi", id="1")],
    {"messages": [HumanMessage("hi", id="1")], "nested": ({"m": HumanMessage("ho", id="2")},)},
):  # fmt: skip
    told(f"input {str(given)[:30]}", lambda: graph.invoke(given, thread))
odd = {
    "configurable": {
        "thread_id": "t", "checkpoint_id": "c1", "checkpoint_ns": "one:1", "user": ("a", {"k": object()}), "f": print,
        "n": 1.5, 3: 4,
    },
    "metadata": {"m": [1, print], "who": None}, "tags": ["t", 4], "recursion_limit": 7, "run_name": "r",
    "callbacks": [], "max_concurrency": 2,
}  # fmt: skip
told("config", lambda: graph.invoke({"play": "plain"}, odd))
told("its own config", lambda: graph.with_config({"tags": ["own"]}).invoke({"play": "plain"}, {"tags": ["call"]}))
more = {"context": {"c": 1}, "interrupt_before": ["a"], "interrupt_after": "*", "headers": {"x-mine": "2"}}
told("more", lambda: graph.invoke({}, thread, params={"q": "1"}, durability="sync", **more))
told("version 2", lambda: graph.invoke({"play": "plain"}, thread, version="v2"))
told("asks, version 2", lambda: graph.invoke({"play": "asks in values"}, thread, version="v2"))
second = {"version": "v2", "stream_mode": ["values", "updates"], "subgraphs": True}
told("stream, version 2", lambda: list(graph.stream({"play": "inside"}, thread, **second)))
told("state", lambda: graph.get_state(thread))
told("state inside", lambda: graph.get_state(thread, subgraphs=True))
earlier = {"configurable": {"thread_id": "t", "checkpoint_id": "c1", "checkpoint_ns": "x"}}
told("state at", lambda: graph.get_state(earlier))
told("aget_state", lambda: asyncio.run(RemoteGraph("agent", url=url).aget_state(thread)).next)
told("history", lambda: len(list(graph.get_state_history(thread, limit=2, filter={"a": 1}, before=earlier))))
told("history plain", lambda: [s.config for s in graph.get_state_history(thread)])
told("ahistory", lambda: len(asyncio.run(collected(RemoteGraph("agent", url=url).aget_state_history(thread)))))
told("update", lambda: graph.update_state(thread, {"n": 5}, as_node="one"))
told("update at", lambda: graph.update_state({"configurable": {"thread_id": "t", "checkpoint_id": "c1"}}, None))
told("aupdate", lambda: asyncio.run(RemoteGraph("agent", url=url).aupdate_state(thread, {"n": 5})))
try:
    graph.bulk_update_state(thread, [({"n": 5}, None)])
except NotImplementedError:
    print("bulk: one at a time")
drawn = attempt(lambda: graph.get_graph(xray=2))
told("graph", lambda: (list(drawn.nodes.values()), drawn.edges))
told("agraph", lambda: len(asyncio.run(RemoteGraph("agent", url=url).aget_graph()).nodes))


class State(TypedDict, total=False):
    play: str
    n: int


asked.clear()
builder = StateGraph(State).add_node("before", lambda state: {"play": state["play"]}).add_node("remote", graph)
builder.add_edge(START, "before").add_edge("before", "remote")
for play in ("plain", "inside", "asks", "fails"):
    local = builder.compile(checkpointer=InMemorySaver())
    tell(f"in a graph: {play}", attempt(lambda: local.invoke({"play": play}, thread)))
    tell("next", [local.get_state(thread).next, local.get_state(thread).interrupts])


async def awaited():
    for play in ("plain", "inside", "asks"):
        tell(f"awaited: {play}", await builder.compile().ainvoke({"play": play}))


asyncio.run(awaited())
tell("asked", [(path, body["input"], sorted(body["config"])) for _, path, body, _ in asked if body])
outer = StateGraph(State).add_node("inner", builder.compile()).add_node("x", lambda state: {"n": 7})
tell("a command", attempt(lambda: outer.add_edge(START, "inner").compile().invoke({"play": "commands"})))
print(issubclass(RemoteException, Exception))
