"""What tracers record of nodes: their input and output, or what a policy makes of these."""

import itertools
import operator
from typing import Annotated, Any, TypedDict

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tracers.base import BaseTracer

from ..harness import Namespace, Run, thread
from . import PURE, program


class State(TypedDict):
    seen: Annotated[list, operator.add]


class Tracer(BaseTracer):
    """Keeps what is recorded of each run that ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Any] = []

    def _persist_run(self, run: Any) -> None:
        """Nothing is kept elsewhere."""

    def _on_chain_end(self, run: Any) -> None:
        self.ended.append((run.name, run.inputs, run.outputs))


class Handler(BaseCallbackHandler):
    """Hears what really went in and came out."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_chain_start(self, serialized: Any, inputs: Any, *, name: Any = None, **more: Any) -> None:
        self.heard.append((name, inputs))

    def on_chain_end(self, outputs: Any, **more: Any) -> None:
        self.heard.append(outputs)


@program("M7", savers=PURE)
def tracers_record_what_a_policy_says(lg: Namespace, run: Run) -> None:
    policies = {
        "plain": lg.TracePolicy(),
        "empty": lg.TracePolicy(process_inputs=lg.omit_payload, process_outputs=lg.omit_payload),
        "counted": lg.TracePolicy(process_inputs=lambda state: {"seen": len(state["seen"])}),
        "short": lg.TracePolicy(process_outputs=lambda update: {"first": update["seen"][0]}),
    }
    builder = lg.StateGraph(State)
    for name, policy in policies.items():
        builder.add_node(name, lg.adds(name), trace_policy=policy)
    for start, end in itertools.pairwise([lg.START, *policies]):
        builder.add_edge(start, end)
    tracer, handler = Tracer(), Handler()
    run.invoke(builder.compile(), {"seen": ["in"]}, {"callbacks": [tracer, handler]})
    run.show("recorded", [entry for entry in tracer.ended if entry[0] in policies])
    run.show("heard", handler.heard)
    run.show("a policy", repr(policies["plain"]))
    run.invoke(builder.compile(), {"seen": []}, thread())
