"""Opens the savers that programs run with: each package's own, or for both packages a released one of LangGraph's."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .harness import Setting

THEIRS, OURS = "langgraph", "langgraph_nb"
RELEASED = ("released-sqlite", "released-postgres", "released-postgres-pool", "released-postgres-pipeline")
"""Savers that know nothing of this package."""
_CONNECTION = {"autocommit": True, "prepare_threshold": 0}


def open_saver(
    package: str, setting: Setting, folder: Path, runner: asyncio.Runner, stack: ExitStack, address: str = ""
) -> Any:
    """A saver of the kind that a setting wants, open until the stack is closed.

    Args:
        package: Whose saver, unless the kind is one of ``RELEASED``.
        setting: Wants ``none``, ``memory``, ``sqlite``, ``postgres``, or one of ``RELEASED``.
        folder: For SQLite's file.
        runner: Where async savers live.
        stack: Closes it.
        address: Of an empty PostgreSQL database, if one is wanted.
    """
    kind, is_async = setting.saver, setting.is_async
    if kind == "none":
        return None
    if kind == "memory":
        return importlib.import_module(f"{package}.checkpoint.memory").InMemorySaver()
    place = address or str(folder / f"{package}.db")
    source = THEIRS if kind in RELEASED else package
    database, _, by = kind.removeprefix("released-").partition("-")
    made = _class(source, database, is_async=False)
    with made.from_conn_string(place) as saver:  # LangGraph's cannot be set up by a pipeline
        saver.setup()
    if is_async and source == THEIRS:
        inner = AsyncExitStack()
        stack.callback(lambda: runner.run(inner.aclose()))
        return runner.run(inner.enter_async_context(_opening(_class(source, database, is_async=True), place, by)))
    return stack.enter_context(_opening(made, place, by))


def _class(package: str, database: str, is_async: bool) -> Any:
    module = importlib.import_module(f"{package}.checkpoint.{database}{'.aio' if is_async else ''}")
    return getattr(module, f"{'Async' if is_async else ''}{database.capitalize()}Saver")


def _opening(made: Any, place: str, by: str) -> Any:
    if by == "pool":
        return _pooled(made, place)
    return made.from_conn_string(place, **({"pipeline": True} if by else {}))


def _pooled(made: Any, place: str) -> Any:
    """A saver on a pool of connections, as a context manager."""
    from psycopg.rows import dict_row
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

    options: Any = {"kwargs": {**_CONNECTION, "row_factory": dict_row}, "min_size": 1, "max_size": 4, "open": False}

    @contextmanager
    def opened() -> Any:
        with ConnectionPool(place, **options) as pool:
            yield made(pool)

    @asynccontextmanager
    async def aopened() -> Any:
        async with AsyncConnectionPool(place, **options) as pool:
            yield made(pool)

    return aopened() if made.__name__.startswith("Async") else opened()
