"""The values of a graph's options. A saver is made once and kept, so that threads outlive changes of their graph."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from keyword import iskeyword
from pathlib import Path
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.mistakes import CellError

_KEPT = ("checkpointer", "store", "cache")


class Savers:
    """Values by graph, option and text.

    Args:
        folder: Where files are looked for; where the program runs by default.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder
        self._values: dict[tuple[str, str, str, int], Any] = {}
        self._files: dict[Path, Any] = {}

    def value(
        self, graph: str, option: str, text: str, version: int, namespace: dict[str, Any], owned: Mapping[str, Any]
    ) -> Any:
        """What an option's text stands for.

        ``memory`` and ``sqlite:PATH`` are savers, ``memory`` is a cache, too; the rest is Python. A name is looked up
        each time; any other expression is evaluated once, for schemas once for each version of the graph.

        Args:
            graph: The graph's name.
            option: Its option.
            text: What was written.
            version: The graph's version.
            namespace: The user's names.
            owned: The names that mean something else in this graph.

        Raises:
            CellError: For ``sqlite:`` without a path, and for another word before a colon.
            Exception: What evaluating the text raises.
        """
        if option == "checkpointer" and text.startswith("sqlite:"):
            return self.file(text.removeprefix("sqlite:"))
        kind, colon, _ = text.partition(":")
        if option == "checkpointer" and colon and kind.isidentifier() and not iskeyword(kind):
            known = "Write memory, sqlite:PATH, or Python that makes one."
            hint = did_you_mean(kind, ["sqlite"]) if get_close_matches(kind, ["sqlite"]) else known
            raise CellError(f"There is no saver {kind!r}.", hint)
        in_memory = text == "memory" and option in _IN_MEMORY
        if all(part.isidentifier() for part in text.split(".")) and not in_memory:
            return eval(text, namespace, dict(owned))
        key = (graph, option, text, 0 if option in _KEPT else version)
        if key not in self._values:
            self._values[key] = _IN_MEMORY[option]() if in_memory else eval(text, namespace, dict(owned))
        return self._values[key]

    def file(self, path: str) -> Any:
        """The saver of an SQLite file, opened once."""
        if not path:
            raise CellError("`sqlite:` has no path.", "Write `--checkpointer sqlite:threads.db`.")
        where = (self._folder / Path(path).expanduser()).resolve()
        if where not in self._files:
            from langgraph_nb.checkpoint.sqlite import SqliteSaver

            self._files[where] = SqliteSaver(where)
        return self._files[where]

    def forget(self, graph: str) -> None:
        """Drop what was kept for a graph. Files stay open: other graphs may use them."""
        self._values = {key: value for key, value in self._values.items() if key[0] != graph}

    def close(self) -> None:
        """Drop everything and close the files."""
        self._values.clear()
        for saver in self._files.values():
            saver.close()
        self._files.clear()


def _saver() -> Any:
    from langgraph_nb.checkpoint.memory import InMemorySaver

    return InMemorySaver()


def _cache() -> Any:
    from langgraph_nb.cache.memory import InMemoryCache

    return InMemoryCache()


_IN_MEMORY = {"checkpointer": _saver, "cache": _cache}
"""What ``memory`` stands for."""
