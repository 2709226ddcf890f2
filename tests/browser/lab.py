"""JupyterLab in headless Chromium, as a person uses it: a server, and a page with one notebook.

What the page complains of is kept in ``Lab.problems``, and so is every request that is not for this machine; those are
refused. Only what was started here is stopped. This file must not know of graphs and runs.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Browser, Locator, Page, Playwright, Route
from playwright.sync_api import Error as BrowserError

from tests.kernels import command, search_path

__all__ = ["Lab", "Server", "launch", "notebook"]

LOOPBACK = re.compile(r"(?:(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:/|$)|data:|blob:|about:)")
PATIENCE = 60.0
"""Seconds until something that should happen counts as not happening. No test measures time."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-proxy-server", "--disable-dev-shm-usage",
    "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # cells that are off screen are there, too
}
PAGE = Path(__file__).with_name("page.js")


def notebook(**cells: str) -> nbformat.NotebookNode:
    """A notebook of code cells, each with its id."""
    made = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(source, id=name) for name, source in cells.items()]  # type: ignore[no-untyped-call]
    )
    return made  # type: ignore[no-any-return]


def launch(playwright: Playwright) -> Browser | None:
    """The Chromium or Chrome of this machine; ``None`` where there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        return playwright.chromium.launch(executable_path=found, args=FLAGS)
    for channel in ("chromium", "chrome", "msedge"):  # what `playwright install` brought, or where installers put it
        try:
            return playwright.chromium.launch(channel=channel, args=FLAGS)
        except BrowserError:
            continue
    return None


class Server:
    """A JupyterLab server of its own: its settings, kernels and files are in one folder, and it listens on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, folder / "files"
        self.files.mkdir()
        self.theme("light")
        for plugin, values in SETTINGS.items():
            self._set(plugin, values)
        self.kernel("here")
        self.token, self.url = secrets.token_hex(16), f"http://127.0.0.1:{_free_port()}"
        self._log = (folder / "server.log").open("wb")
        self._process = subprocess.Popen(
            self._command(), cwd=self.files, env=self._environment(),
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def theme(self, name: str) -> None:
        """The theme of pages that are opened from now on: ``light`` or ``dark``."""
        self._set("@jupyterlab/apputils-extension:themes", {"theme": f"JupyterLab {name.title()}"})

    def _set(self, plugin: str, values: dict[str, Any]) -> None:
        file = self.folder / "settings" / f"{plugin.replace(':', '/')}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), "utf-8")

    def kernel(self, name: str, version: str | None = None) -> None:
        """This interpreter as a kernel. An environment's own ``python3`` would win over one of that name.

        Args:
            name: What notebooks call it.
            version: Of ipykernel; the installed one by default.
        """
        spec = self.folder / "data" / "kernels" / name
        spec.mkdir(parents=True, exist_ok=True)
        told = {"argv": command(), "display_name": name, "env": {"PYTHONPATH": search_path(version)}}
        (spec / "kernel.json").write_text(json.dumps({**told, "language": "python"}))

    def _command(self) -> list[str]:
        port = self.url.rpartition(":")[2]
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0", "--ServerApp.allow_root=True", f"--ServerApp.root_dir={self.files}",
            "--ServerApp.terminals_enabled=False", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
            "--LabApp.extension_manager=readonly", "--JupyterNotebookApp.expose_app_in_browser=True",
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        folders = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
        lab = {"SETTINGS_DIR": "settings", "WORKSPACES_DIR": "workspaces"}
        return {
            **os.environ,
            **{f"JUPYTER_{k}": str(self.folder / v) for k, v in folders.items()},
            **{f"JUPYTERLAB_{k}": str(self.folder / v) for k, v in lab.items()},
            "JUPYTER_TOKEN": self.token,
            "IPYTHONDIR": str(self.folder / "ipython"),
            "PYTHONPATH": search_path(),
        }

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._ask("GET", "/api/status")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"JupyterLab did not start:\n{self.log()}") from None
                time.sleep(0.2)

    def _ask(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as reply:
            return json.loads(reply.read() or "null")

    def end_kernels(self) -> None:
        """End the kernels of all notebooks."""
        for session in self._ask("GET", "/api/sessions"):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def log(self) -> str:
        """The end of what the server said."""
        return (self.folder / "server.log").read_text("utf-8", "replace")[-4000:]

    def close(self) -> None:
        """End the kernels, then the server."""
        with ExitStack() as last:
            last.callback(self._log.close)
            last.callback(self._end)
            if self._process.poll() is None:
                try:
                    self.end_kernels()
                    self._ask("POST", "/api/shutdown")
                except (OSError, ValueError):
                    self._process.terminate()

    def _end(self) -> None:
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        return int(at.getsockname()[1])


class Lab:
    """A page with one notebook.

    Args:
        server: Where it is opened.
        browser: What it is opened with.
        book: The notebook; the kernel works in a folder of its own.
        theme: ``light`` or ``dark``.
        width: Of the window, in pixels.
        scale: Dots per pixel, for pictures.
        ui: ``lab``, or ``notebook`` for Notebook 7.
        kernel: Which of the server's kernels.
        script: Runs before the page's own scripts.
    """

    def __init__(
        self,
        server: Server,
        browser: Browser,
        book: nbformat.NotebookNode,
        *,
        theme: str = "light",
        width: int = 1100,
        scale: float = 1,
        ui: Literal["lab", "notebook"] = "lab",
        kernel: str = "here",
        script: str = "",
    ) -> None:
        self.problems: list[str] = []
        """What the page complained of, and the requests that were not for this machine."""
        self.folder = server.files / secrets.token_hex(4)
        """Where the notebook is, and its kernel works."""
        self.folder.mkdir()
        book.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(book, self.folder / "it.ipynb")  # type: ignore[no-untyped-call]
        server.theme(theme)
        self._context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce", device_scale_factor=scale, locale="en-US",
        )  # fmt: skip
        self._context.add_init_script(path=PAGE)
        if script:
            self._context.add_init_script(script)
        self._context.route(lambda url: not LOOPBACK.match(url), self._refuse)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", lambda said: said.type == "error" and self.problems.append(f"console: {said.text}"))
        # Notebook 7.6 throws errors of its own as it opens; those of our modules have the address of a blob
        ours = lambda error: ui == "lab" or "blob:" in (error.stack or "")  # noqa: E731
        self.page.on("pageerror", lambda error: ours(error) and self.problems.append(f"page: {error}"))
        where = urllib.parse.quote(f"{self.folder.name}/it.ipynb")
        place = {"lab": "doc/tree", "notebook": "notebooks"}[ui]
        self.page.goto(f"{server.url}/{place}/{where}?token={server.token}")
        self._open()

    def _refuse(self, route: Route) -> None:
        self.problems.append(f"request: {route.request.url}")
        route.abort()

    def _open(self) -> None:
        self.page.wait_for_function("() => window.lab?.ready()")
        self.page.evaluate("() => { lab.mark(); jupyterapp.shell.collapseLeft?.(); }")

    def close(self) -> None:
        """Close the page."""
        self._context.close()

    # -- doing ---------------------------------------------------------------------------------------------------------

    def run(self, *ids: str, wait: bool = True) -> None:
        """Run cells, and wait until they have ended."""
        for id in ids:
            self.page.evaluate("(id) => lab.run(id)", id)
        if wait:
            self.wait_idle()

    def run_all(self) -> None:
        """Run all cells; not waited for."""
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def append(self, id: str, source: str) -> None:
        """Add a code cell at the end."""
        self.page.evaluate("([id, source]) => lab.append(id, source)", [id, source])

    def edit(self, id: str, source: str) -> None:
        """Replace the source of a cell."""
        self.page.evaluate("([id, source]) => lab.cell(id).model.sharedModel.setSource(source)", [id, source])

    def interrupt(self) -> None:
        """Press Interrupt."""
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:interrupt-kernel'); }")

    def restart(self) -> None:
        """Restart the kernel."""
        self.page.evaluate("async () => { await lab.kernel().restart(); }")
        self.page.wait_for_function("() => lab.kernel()?.status === 'idle'")

    def save(self) -> nbformat.NotebookNode:
        """Save the notebook, and read what was saved."""
        self.page.evaluate("async () => { await lab.panel().context.save(); }")
        return nbformat.read(self.folder / "it.ipynb", as_version=4)  # type: ignore[no-any-return,no-untyped-call]

    def reload(self) -> None:
        """Save the notebook and reload the page."""
        self.save()
        self.page.reload()
        self._open()

    # -- seeing --------------------------------------------------------------------------------------------------------

    def cell(self, id: str) -> Locator:
        """A cell's output."""
        return self.page.locator(f'[data-cell="{id}"] .jp-Cell-outputArea')

    def running(self, id: str) -> bool:
        """Whether a cell runs or is queued."""
        return bool(self.page.evaluate("(id) => lab.running(id)", id))

    def wait_idle(self) -> None:
        """Until no cell runs and the kernel is idle."""
        self.page.wait_for_function("() => !lab.busy()")

    def picture(self, file: Path, cell: str = "") -> None:
        """Take a picture of the whole notebook, or of a cell."""
        width, height = self.page.viewport_size.values()  # type: ignore[union-attr]
        self.page.set_viewport_size({"width": int(width), "height": 12_000})
        self.page.evaluate("() => { lab.panel().content.activeCellIndex = 0; document.activeElement.blur(); }")
        self.page.evaluate("() => { lab.panel().content.outerNode.scrollTop = 0; }")
        last = self.page.locator(f'[data-cell="{cell}"]' if cell else ".jp-Notebook .jp-Cell >> nth=-1")
        box = last.bounding_box() or {"x": 0, "y": 0, "width": width, "height": height}
        if not cell:
            box = {"x": 0, "y": 0, "width": width, "height": box["y"] + box["height"] + 16}
        self.page.screenshot(path=file, clip=box, animations="disabled")  # type: ignore[arg-type]
        self.page.set_viewport_size({"width": int(width), "height": int(height)})

    def errors(self) -> dict[str, list[str]]:
        """The errors in the outputs of each cell that has any."""
        outputs: dict[str, Iterable[dict[str, Any]]] = self.page.evaluate("() => lab.outputs()")
        found = {id: [f"{o['ename']}: {o['evalue']}" for o in all if o["output_type"] == "error"]
                 for id, all in outputs.items()}  # fmt: skip
        return {id: errors for id, errors in found.items() if errors}
