"""Running graphs: the engine, its drivers, and the compiled graph's public methods."""

from typing import Any

__all__ = ["ChannelWriteEntry", "NodeBuilder", "Pregel"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import langgraph_nb.pregel.main as main

        return getattr(main, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
