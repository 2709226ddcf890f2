"""``langgraph-nb lab``: open a notebook in JupyterLab. It must not know what is in the notebook."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from langgraph_nb.cli import CommandError

TOUR = "00_tour.ipynb"


def open_lab(notebook: str | None, arguments: Sequence[str] = ()) -> int:
    """Run JupyterLab on a notebook until it is stopped, and return its exit status.

    Args:
        notebook: Path of the notebook; ``None`` is the tour of the checkout.
        arguments: More arguments for JupyterLab.

    Raises:
        CommandError: There is no such notebook, or no JupyterLab.
    """
    path = existing_notebook(notebook) if notebook else find_tour()
    require("jupyterlab")
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # or it refuses, in a container
    from jupyterlab.labapp import main

    return int(main([str(path), *root, *arguments]) or 0)


def existing_notebook(name: str) -> Path:
    """The notebook at a path, or a ``CommandError`` that names the ones beside it."""
    path = Path(name)
    if path.is_file() and path.suffix == ".ipynb":
        return path
    folder = path.parent if path.parent.is_dir() else Path()
    others = sorted(str(p) for p in folder.glob("*.ipynb"))
    what = f"{name} is not a notebook (.ipynb)." if path.exists() else f"There is no notebook {name}."
    raise CommandError(f"{what} " + (f"Notebooks here: {', '.join(others)}." if others else "Give the path of one."))


def find_tour() -> Path:
    """The tour: in the checkout that this package runs from, or in the current folder or one above it."""
    here = Path.cwd()
    for folder in (Path(__file__).resolve().parents[2], here, *here.parents):
        for path in (folder / "notebooks" / TOUR, folder / TOUR):
            if path.is_file():
                return path
    raise CommandError(
        "The tour is not here: it comes with the repository, not with the installed package. "
        "Run this in a clone of the repository, or name a notebook: langgraph-nb lab NOTEBOOK."
    )


def require(module: str) -> None:
    """Refuse to go on without an optional module."""
    if find_spec(module) is None:
        raise CommandError(f"{module} is not installed here. Install it with: pip install 'langgraph-nb[lab]'")
