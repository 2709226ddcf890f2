"""Secrets stay where they are: not in databases unless named, not in files that others can read, not in messages."""

from __future__ import annotations

import asyncio
import os
import stat
import traceback
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda

from langgraph_nb.cache.sqlite import SqliteCache
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.graph.message import add_messages
from langgraph_nb.graph.ui import push_ui_message, ui_message_reducer
from langgraph_nb.store.postgres import PostgresStore
from langgraph_nb.store.sqlite import SqliteStore
from langgraph_nb.types import Command, Send, interrupt

PLANTED = "sk-planted-4711"
NAMED = "user-ada-1815"
CONFIG: Any = {
    "configurable": {"thread_id": "t1", "api_key": PLANTED, "nested": {"token": PLANTED}, "user_id": NAMED, "n": 7},
    "metadata": {"project": "apollo-meta"},
}


class State(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    ui: Annotated[list[Any], ui_message_reducer]
    answer: str


def inner() -> Any:
    builder = StateGraph(State).add_node("deep", lambda state: {"messages": [AIMessage("deep")]})
    return builder.add_edge(START, "deep").compile(checkpointer=True)


def built(saver: Any) -> Any:
    """Everything that stores something: messages, sent tasks, a graph inside, called tasks, UI messages, a question."""

    def first(state: State, config: RunnableConfig) -> Any:
        assert config["configurable"]["api_key"] == PLANTED
        message = AIMessage("hello", id="m1")
        push_ui_message("card", {"shown": True}, message=message)
        return Command(update={"messages": [message]}, goto=[Send("sent", {"answer": "x"})])

    def sent(state: State) -> Any:
        return {"messages": [AIMessage("sent")]}

    def ask(state: State) -> Any:
        return {"answer": interrupt({"question": "ready?"})}

    builder = StateGraph(State).add_node(first).add_node(sent).add_node(ask).add_node("inner", inner())
    builder.add_edge(START, "first").add_edge("sent", "inner").add_edge("inner", "ask")
    return builder.compile(checkpointer=saver)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["invoke", "ainvoke"])
def test_no_configurable_value_reaches_the_database(tmp_path: Path, durability: Any, asynchronous: bool) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = built(saver)
        for given in ({"messages": ["hi"]}, Command(resume="yes")):
            if asynchronous:
                asyncio.run(graph.ainvoke(given, CONFIG, durability=durability))
            else:
                graph.invoke(given, CONFIG, durability=durability)
        graph.update_state(CONFIG, {"answer": "changed"})
        found = bytes_of(tmp_path)
        assert b"apollo-meta" in found and b"changed" in found  # what is stored is found this way
        assert not [secret for secret in (PLANTED, NAMED) if secret.encode() in found]
        history = list(graph.get_state_history({"configurable": {"thread_id": "t1"}}))
        assert PLANTED not in repr(history) and NAMED not in repr(history)


def test_workflows_store_none_either(tmp_path: Path) -> None:
    @task
    def fetch(n: int) -> int:
        return n + 1

    with SqliteSaver(tmp_path / "threads.db") as saver:

        @entrypoint(checkpointer=saver)
        def flow(n: int, *, previous: Any, config: RunnableConfig) -> int:
            assert config["configurable"]["api_key"] == PLANTED
            return fetch(n).result()

        assert flow.invoke(1, CONFIG) == 2
        assert PLANTED.encode() not in bytes_of(tmp_path)


def test_what_langchain_copies_into_the_metadata_is_not_stored() -> None:
    """Some versions of it copy ``configurable`` there when a graph is part of a chain."""
    saver = InMemorySaver()
    graph = StateGraph(State).add_node("n", lambda state: {"answer": "x"}).add_edge(START, "n").compile(saver)
    (RunnableLambda(lambda text: {"answer": text}) | graph).invoke("x", CONFIG)
    copied = {**CONFIG, "metadata": {**CONFIG["metadata"], "api_key": PLANTED, "user_id": NAMED, "n": 7}}
    graph.invoke({"answer": "x"}, copied)
    stored = [saved.metadata for saved in saver.list({"configurable": {"thread_id": "t1"}})]
    assert stored and all(metadata["project"] == "apollo-meta" for metadata in stored)
    assert not any({"api_key", "user_id", "n"} & metadata.keys() for metadata in stored)


def test_values_that_are_named_are_stored_and_can_be_looked_for() -> None:
    saver = InMemorySaver()
    saver.persist_configurable = ("user_id", "n", "nested", "not given")
    graph = StateGraph(State).add_node("n", lambda state: {"answer": "x"}).add_edge(START, "n").compile(saver)
    graph.invoke({"answer": "x"}, CONFIG)
    graph.update_state(CONFIG, {"answer": "y"})
    found = list(graph.get_state_history({"configurable": {"thread_id": "t1"}}, filter={"user_id": NAMED, "n": 7}))
    assert len(found) == 4
    assert PLANTED not in repr(found)


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "file:{}", "file:{}?mode=rwc&cache=private"])
@pytest.mark.parametrize("kind", [SqliteSaver, SqliteStore, lambda path: SqliteCache(path=path)])
def test_only_the_owner_can_read_database_files(tmp_path: Path, kind: Any, form: str) -> None:
    before = os.umask(0)
    try:
        opened = kind(form.format(tmp_path / "data.db"))
        if isinstance(opened, SqliteSaver):
            built(opened).invoke({"messages": ["hi"]}, CONFIG, durability="sync")
        elif isinstance(opened, SqliteStore):
            opened.put(("a",), "k", {"v": 1})
        else:
            opened.set({(("a",), "k"): ("v", None)})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    getattr(opened, "close", lambda: None)()
    assert modes == dict.fromkeys(("data.db", "data.db-wal", "data.db-shm"), 0o600)


# -- messages ----------------------------------------------------------------------------------------------------------


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize(
    "address", [f"postgress://user:{PLANTED}@h/db", f"postgresql://user:a {PLANTED}@h/db", f"{PLANTED}"]
)
def test_connection_strings_are_not_shown(address: str) -> None:
    opening = PostgresStore.from_conn_string(address)
    with pytest.raises(Exception, match="connection string cannot be read") as caught, opening:
        pass
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert PLANTED not in str(caught.value)


def fails(state: State) -> Any:
    raise ValueError("the node's own words")


def unstorable(state: State) -> Any:
    return {"answer": open}


def test_errors_of_runs_do_not_show_the_config() -> None:
    wrong: list[tuple[Any, Any]] = [
        (fails, CONFIG), (unstorable, CONFIG),
        (fails, {"configurable": {"thread": PLANTED, "api_key": PLANTED}}),
        (fails, {"configurable": {**CONFIG["configurable"], "checkpoint_id": "no such"}, "recursion_limit": 0}),
    ]  # fmt: skip
    for node, config in wrong:
        graph = StateGraph(State).add_node("n", node).add_edge(START, "n").compile(InMemorySaver())
        with pytest.raises((ValueError, TypeError)) as caught:
            graph.invoke({"answer": "x"}, config)
        said = everything_said(caught.value)
        assert PLANTED not in said and PLANTED not in "".join(getattr(caught.value, "__notes__", []))


def test_no_repr_of_graphs_savers_and_stores_shows_a_secret(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver, SqliteStore(tmp_path / "store.db") as store:
        graph = built(saver).with_config(CONFIG)
        for thing in (saver, store, graph, graph.plan, graph.builder):
            assert PLANTED not in f"{thing!r} {thing}"
