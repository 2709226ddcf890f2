"""What ``importlib.metadata`` answers about the distributions that LangGraph comes in, while the alias is installed.

The versions are those of the interface that is served: the releases that ``tests/conformance`` compares with.
``langgraph-sdk`` is a client of servers: where it is installed it is used as it is, and answered for by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from langgraph_nb.version import __version__

__all__ = ["VERSIONS", "served"]

VERSIONS = {
    "langgraph": "1.2.22",
    "langgraph-checkpoint": "4.3.2",
    "langgraph-checkpoint-postgres": "3.2.0",
    "langgraph-checkpoint-sqlite": "3.1.2",
    "langgraph-prebuilt": "1.1.2",
}
"""Distribution -> version."""


class ServedDistribution(Distribution):
    """A distribution of LangGraph's, as if it were installed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read_text(self, filename: str) -> str | None:
        if filename == "METADATA":
            return (
                f"Metadata-Version: 2.1\nName: {self._name}\nVersion: {VERSIONS[self._name]}\n"
                f"Summary: Served by langgraph-nb\nRequires-Dist: langgraph-nb (=={__version__})\n"
            )
        return "langgraph\n" if filename == "top_level.txt" else None

    def locate_file(self, path: Any) -> Any:
        return Path(__file__).resolve().parent.parent.parent / path


def served(name: str | None) -> Iterator[Distribution]:
    """The distribution of this name, if it is one that is served; all of them for no name.

    Example:
        >>> [found.version for found in served("LangGraph")]
        ['1.2.22']
    """
    wanted = None if name is None else re.sub(r"[-_.]+", "-", name).lower()
    return (ServedDistribution(known) for known in VERSIONS if wanted in (None, known))
