"""Answers to questions have the type that was asked for."""

from dataclasses import dataclass
from typing import Any, assert_type

from langgraph_nb.config import get_config, get_store, get_stream_writer
from langgraph_nb.runtime import get_runtime
from langgraph_nb.store.memory import InMemoryStore
from langgraph_nb.types import Command, Interrupt, Overwrite, RetryPolicy, Send, interrupt


@dataclass
class Decision:
    approved: bool
    reason: str = ""


def ask() -> None:
    decision = interrupt("Send it?", response_schema=Decision)
    assert_type(decision, Decision)
    print(decision.approved, decision.aproved)  # error: no such field
    assert_type(interrupt("Anything?"), Any)
    runtime = get_runtime(Decision)
    print(runtime.context.reason)
    print(runtime.context.raeson)  # error: no such field
    get_stream_writer()({"progress": 1})
    print(get_config().get("tags"), get_store())


command: Command[str] = Command(goto=["a", "b"], update={"x": Overwrite([1])}, resume={"id": Decision(True)})
question: Interrupt[Decision] = Interrupt("?", response_schema=Decision)
store = InMemoryStore()
item = store.get(("a",), "k")
if item is not None:
    print(item.value["x"], item.namespace[0])
RetryPolicy(retry_on=(ValueError, KeyError), max_attempts=2)

print(item.value)  # error: may be None
store.put("a", "k", {})  # error: a namespace is a tuple
store.search(("a",), limit="3")  # error: no int
Send("a")  # error: arg is missing
Command(got="a")  # error: no such parameter
