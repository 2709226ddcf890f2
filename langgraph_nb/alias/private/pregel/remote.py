"""``RemoteGraph``: so far a name, for packages that ask whether a graph is one."""

from __future__ import annotations

from typing import Any

__all__ = ["RemoteException", "RemoteGraph"]


class RemoteException(Exception):
    """A graph on a server has failed."""


class RemoteGraph:
    """A graph that runs on a server. It cannot be made here: call the server with ``langgraph_sdk``.

    Raises:
        NotImplementedError: Always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "There is no RemoteGraph here: graphs run in this process. Call a graph on a server with langgraph_sdk's "
            "client, from a node of your own."
        )
