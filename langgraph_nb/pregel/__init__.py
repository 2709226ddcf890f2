"""Running graphs: the engine, its drivers, and the compiled graph's public methods."""

from typing import Any

__all__ = ["Pregel"]


def __getattr__(name: str) -> Any:
    if name == "Pregel":
        from langgraph_nb.pregel.main import Pregel

        return Pregel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
