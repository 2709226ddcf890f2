"""Differences in streams."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph_sdk.schema import StreamPart

from ..harness import Namespace, Run, thread
from ..programs.routing import State, build
from . import Refused, differs, returning


@differs(theirs=[{"seen": []}, {"start": {"seen": ["start"]}}, {"seen": ["start"]}],
         ours=[("values", {"seen": []}), ("updates", {"start": {"seen": ["start"]}}), ("values", {"seen": ["start"]})])
def several_modes_in_a_tuple(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, stream_mode=("values", "updates"))


class _Server:
    """A client of a server that always tells the same."""

    class runs:
        @staticmethod
        def stream(**asked: Any) -> Any:
            yield from (StreamPart("values", {"n": 1}), StreamPart("updates", {"one": {"n": 1}}))


@differs(
    theirs=[("values", {"n": 1}, None), ("updates", {"one": {"n": 1}}, None)],
    ours=[("values", {"n": 1}), ("updates", {"one": {"n": 1}})],
)
def several_modes_of_a_graph_on_a_server(lg: Namespace, run: Run) -> Any:
    graph = lg.lookup("pregel.remote", "RemoteGraph")("agent", sync_client=_Server())
    return [tuple(chunk) for chunk in graph.stream({}, stream_mode=["values", "updates"])]


@differs(theirs=[None, None, None], ours=["the last", "the last", "the last"])
def the_parent_of_a_checkpoint_that_is_stored_at_the_end(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread(), durability="exit")
    last = run.get_state(app, thread()).config
    made = run.stream(app, {"seen": []}, thread(), stream_mode="checkpoints", durability="exit")
    return ["the last" if chunk["parent_config"] == last else chunk["parent_config"] for chunk in made]


@differs(theirs=({}, 1), ours=([], 1))
def the_value_of_one_key_beside_a_question_in_version_2(lg: Namespace, run: Run) -> Any:
    app = returning(lg, {}).add_node("ask", lambda state: lg.interrupt("?")).add_edge("start", "ask")
    output = run.invoke(app.compile(checkpointer=run.saver), {"seen": []}, thread(), version="v2", output_keys="seen")
    return output.value, len(output.interrupts)


@differs(theirs=Refused("RuntimeError"), ours=["from a thread"])
def a_stream_writer_in_a_bare_thread(lg: Namespace, run: Run) -> Any:
    def node(state: State) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lg.get_stream_writer(), "from a thread").result()

    app = lg.StateGraph(State).add_node(node).add_edge(lg.START, "node").compile()
    return run.stream(app, {"seen": []}, stream_mode="custom")


@differs(theirs=Refused("TypeError"), ours=["Inner", "Outer"])
def version_2_of_graphs_with_other_states(lg: Namespace, run: Run) -> Any:
    @dataclass
    class Inner:
        deep: int = 0

    @dataclass
    class Outer:
        seen: list

    def inside(state: Outer) -> Any:
        return {"seen": [lg.StateGraph(Inner).add_node("x", lambda state: {"deep": 1}).add_edge(lg.START, "x")
                         .compile().invoke({"deep": 0})["deep"]]}

    app = lg.StateGraph(Outer).add_node(inside).add_edge(lg.START, "inside").compile()
    parts = run.stream(app, {"seen": []}, stream_mode="values", subgraphs=True, version="v2")
    return sorted({type(part["data"]).__name__ for part in parts})


@differs(theirs=[False], ours=[True])
def the_id_of_a_message_that_is_streamed_beside_custom_data(lg: Namespace, run: Run) -> Any:
    def speaks(state: Any) -> dict:
        return {"messages": [HumanMessage("new")]}

    app = lg.StateGraph(lg.MessagesState).add_node(speaks).add_edge(lg.START, "speaks").compile()
    named: list[bool] = []
    run.stream(
        app,
        {"messages": []},
        stream_mode=["custom", "updates"],
        heard=lambda chunk: named.append(chunk[1]["speaks"]["messages"][0].id is not None),
    )
    return named


@differs(theirs={"LangChainBetaWarning"}, ours=set())
def a_warning_of_event_streams(lg: Namespace, run: Run) -> Any:
    app = lg.StateGraph(State).add_node("a", lambda state: {}).add_edge(lg.START, "a").compile()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        app.stream_events({"seen": []}, version="v3").abort()
    return {warning.category.__name__ for warning in caught}


@differs(theirs={"a": 1}, ours=Refused("KeyError", "scheduled"))
def what_a_transformer_has_scheduled_fails_before_the_run_ends(lg: Namespace, run: Run) -> Any:
    class Schedules(lg.StreamTransformer):
        requires_async = True

        def init(self) -> Any:
            return {}

        def process(self, event: Any) -> bool:
            if not getattr(self, "_tasks", ()):
                self.schedule(fails(), on_error="raise")
            return True

    async def fails() -> None:
        raise KeyError("scheduled")

    async def node(state: Any) -> Any:
        await asyncio.sleep(0.01)
        return {"a": 1}

    async def main() -> Any:
        app = lg.StateGraph(dict).add_node("a", node).add_edge(lg.START, "a").compile()
        with warnings.catch_warnings(action="ignore"):
            return await (await app.astream_events({}, version="v3", transformers=[Schedules])).output()

    return asyncio.run(main())
