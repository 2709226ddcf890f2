"""What was done to a graph since threads of it were stored: how ``compile(migrations=...)`` is told.

Plain data, for programs to write. How it is applied is the engine's (``pregel.migrated``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Migration"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of a graph, for the threads that were stored before it.

    A graph is given all of its migrations, the oldest first: ``compile(migrations=[...])``. New ones are appended; each
    checkpoint says how many its graph knew, and when it is loaded, the later ones are applied to it, in order. What is
    stored is not changed; the next checkpoint of the thread is stored in the new form.

    Args:
        nodes: Old name -> new name. A task of the node that waits or asks keeps its id, its answers, and the graph
            inside of it. ``None``: the node was removed, and tasks that wait for it are dropped.
        keys: Old name -> new name; ``None``: the key was removed, with its value.
        convert: Gets the values of the state, under the new names; returns those that change, as a node does.

    Raises:
        ValueError: When two names become one.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb import START, Command, InMemorySaver, StateGraph, interrupt
        >>> class Old(TypedDict):
        ...     name: str
        >>> class New(TypedDict):
        ...     full_name: str
        >>> saver, thread = InMemorySaver(), {"configurable": {"thread_id": "1"}}
        >>> old = StateGraph(Old).add_node("ask", lambda state: {"name": interrupt("Who?")}).add_edge(START, "ask")
        >>> _ = old.compile(checkpointer=saver).invoke({"name": "?"}, thread)

        A key and a node get other names while the thread waits:

        >>> new = StateGraph(New).add_node("ask_user", lambda state: {"full_name": interrupt("Who?") + " Lovelace"})
        >>> moved = Migration(nodes={"ask": "ask_user"}, keys={"name": "full_name"})
        >>> graph = new.add_edge(START, "ask_user").compile(checkpointer=saver, migrations=[moved])
        >>> graph.get_state(thread).values
        {'full_name': '?'}
        >>> graph.invoke(Command(resume="Ada"), thread)
        {'full_name': 'Ada Lovelace'}
    """

    nodes: Mapping[str, str | None] = field(default_factory=dict)
    keys: Mapping[str, str | None] = field(default_factory=dict)
    convert: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        for what, names in (("nodes", self.nodes), ("keys", self.keys)):
            twice = [name for name, count in Counter(names.values()).items() if count > 1 and name is not None]
            if twice:
                raise ValueError(
                    f"A migration makes one of several {what}: {twice[0]!r}. Rename one of them, and say with convert= "
                    "what becomes of the others."
                )
