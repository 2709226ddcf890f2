"""The reference: a page for each public module, made from docstrings. ``python -m tests.reference [FOLDER]`` writes it.

A warning ends it: a name in ``__all__`` that is not there, an annotation that means nothing, an import that fails.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = """
    alias cache.base cache.memory cache.redis cache.sqlite callbacks channels checkpoint.base checkpoint.memory
    checkpoint.postgres checkpoint.serde.base checkpoint.serde.encrypted checkpoint.serde.jsonplus checkpoint.seal
    checkpoint.sqlite config constants errors func graph graph.message graph.state graph.ui importing managed migration
    notebook.forms notebook.inbox notebook.live notebook.past prebuilt pregel refusals runtime stepping store.base
    store.memory store.postgres store.sqlite stream testing types typing warnings
"""
MODULES = ["langgraph_nb", *(f"langgraph_nb.{name}" for name in PUBLIC.split())]


def write(folder: Path) -> int:
    """Write the pages into a folder. Returns how many there are.

    Raises:
        Warning: Something in them would be wrong.
    """
    import pdoc

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in MODULES:
            _load(name)
        pdoc.render.configure(docformat="google", footer_text="langgraph-nb")
        pdoc.pdoc(*MODULES, output_directory=folder)
    return len(list(folder.rglob("*.html")))


def _load(name: str) -> None:
    """Import a module with all its public names: pdoc does not ask for those that are loaded when they are used."""
    module = import_module(name)
    for public in getattr(module, "__all__", ()):
        made = module.__dict__.setdefault(public, getattr(module, public))
        if hasattr(made, "_fields"):
            _as_written(made.__new__)
        if "dict" in getattr(made, "__dict__", ()):
            _as_written(made.__init__)
            _as_written(made.dict)


class _Written:
    """An annotation as it stands in the source."""

    def __init__(self, text: Any) -> None:
        self.text = getattr(text, "__forward_arg__", text)

    def __repr__(self) -> str:
        return str(self.text)


def _as_written(function: Any) -> None:
    """Spare pdoc to evaluate annotations: of a ``NamedTuple`` in the module of ``collections``, and ``dict`` in a class
    with a method of that name."""
    function.__annotations__ = {key: _Written(text) for key, text in function.__annotations__.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.reference", description="Write the reference.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "reference")
    folder = parser.parse_args().folder
    print(f"{write(folder)} pages; begin with {folder / 'langgraph_nb.html'}")
    sys.exit()
