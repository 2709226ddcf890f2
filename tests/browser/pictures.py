"""``python -m tests.browser.pictures``: the README's run in JupyterLab as pictures, light and dark."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from tests.browser.books import Run
from tests.browser.lab import Lab, Server, launch, notebook

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "notebooks" / "images"


def readme() -> nbformat.NotebookNode:
    """The cells that the README shows, up to the one that runs the graph."""
    shown = re.findall(r"```python\n(.*?)\n```", (ROOT / "README.md").read_text("utf-8"), flags=re.S)
    last = next(n for n, source in enumerate(shown) if source.startswith("%%invoke"))
    return notebook(**{f"cell{n}": source for n, source in enumerate(shown[: last + 1])})


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        if browser is None:
            raise SystemExit("There is no Chromium or Chrome here. Install one, or name it in $CHROMIUM.")
        server = Server(Path(folder))
        try:
            for theme in ("light", "dark"):
                book = readme()
                *before, last = [cell.id for cell in book.cells]
                lab = Lab(server, browser, book, theme=theme, width=940, scale=2)
                lab.run(*before, last)
                Run(lab, last).wait("paused")
                lab.picture(IMAGES / f"run-{theme}.png", last)
                lab.close()
        finally:
            server.close()
            browser.close()


if __name__ == "__main__":
    main()
