"""The savers that every test of the contract runs on, and a maker of checkpoints."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool

import langgraph_nb
from langgraph_nb.checkpoint.base import Checkpoint, TransactionalSaver, empty_checkpoint
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.postgres import PostgresSaver
from langgraph_nb.checkpoint.rows import forms
from langgraph_nb.checkpoint.sqlite import SqliteSaver

ROOT = Path(__file__).parents[3]
PACKAGE = langgraph_nb.__path__[0]


@pytest.fixture(params=["memory", "sqlite", "sqlite-rows", "sqlite-memory", "postgres", "postgres-pool"])
def saver(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TransactionalSaver]:
    """Each of our savers, empty; SQLite's also with every value, however small, in a row of its own."""
    if request.param == "sqlite-rows":
        monkeypatch.setattr(forms, "SMALL", -1)
    if request.param == "memory":
        yield InMemorySaver()
    elif request.param.startswith("postgres"):
        yield from _postgres_saver(request)
    else:
        with SqliteSaver(":memory:" if request.param == "sqlite-memory" else tmp_path / "threads.db") as made:
            yield made


def _postgres_saver(request: pytest.FixtureRequest) -> Iterator[PostgresSaver]:
    address = request.getfixturevalue("new_database")()
    with ExitStack() as stack:
        if request.param == "postgres":
            made = stack.enter_context(PostgresSaver.from_conn_string(address))
        else:
            pool: Any = ConnectionPool(address, kwargs={"autocommit": True}, min_size=1, max_size=4, open=False)
            made = stack.enter_context(PostgresSaver(stack.enter_context(pool)))
        made.setup()
        yield made


def awaited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an ``async def`` test on a loop of its own."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def config(thread_id: str = "1", ns: str = "", checkpoint_id: str | None = None, **more: Any) -> Any:
    """A config that addresses a thread or a checkpoint."""
    named = {} if checkpoint_id is None else {"checkpoint_id": checkpoint_id}
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns, **named}, **more}


def checkpoint(checkpoint_id: str, versions: dict[str, int] | None = None, **values: Any) -> Checkpoint:
    """A checkpoint with these values; channels have version 1 unless said otherwise."""
    made = empty_checkpoint()
    made["id"] = checkpoint_id
    made["channel_values"] = values
    made["channel_versions"] = versions or dict.fromkeys(values, 1)
    return made


def interrupt_at(
    place: int, call: Callable[[], object], within: tuple[str, ...] = (PACKAGE, contextlib.__file__)
) -> KeyboardInterrupt | None:
    """What comes of a call when Ctrl-C comes at the nth place where code of these files is called, or returns."""
    places = itertools.count(1)

    def trace(frame: Any, event: str, argument: Any) -> Any:
        ours = frame.f_code.co_filename.startswith(within)
        if ours and event in ("call", "return") and next(places) == place:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    traced = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt as interrupt:
        return interrupt
    finally:
        sys.settrace(traced)
    return None
