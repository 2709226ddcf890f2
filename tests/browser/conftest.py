"""One server and one browser for all tests here; a page that fails its test when it complains or leaves the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, Server

Open = Callable[..., "Lab"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; without one, the tests that need it are skipped."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from tests.browser.lab import PATIENCE, launch

    sync_api.expect.set_options(timeout=PATIENCE * 1000)
    with sync_api.sync_playwright() as playwright:
        started = launch(playwright)
        if started is None:
            pytest.skip("There is no Chromium or Chrome here. Install one, or name it in $CHROMIUM.")
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.browser.lab import Server

    started = Server(tmp_path_factory.mktemp("jupyterlab"))
    yield started
    started.close()


@pytest.fixture
def open_lab(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a notebook in JupyterLab; see ``Lab`` for the options."""
    from tests.browser.lab import Lab

    opened: list[Lab] = []

    def open_it(book: nbformat.NotebookNode, **options: Any) -> Lab:
        opened.append(Lab(server, browser, book, **options))
        return opened[-1]

    yield open_it
    problems = [problem for lab in opened for problem in lab.problems]
    for lab in opened:
        lab.close()
    server.end_kernels()
    assert not problems, "\n".join(problems)
