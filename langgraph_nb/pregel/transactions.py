"""Effects of tasks in the database of the checkpointer: committed with the result of their task, or not at all.

The result of a task whose node has a ``transaction=`` is stored by the task itself, as its last act: in one transaction
with what the hook does there. What goes wrong in it is the task's failure; a task that is found to have ended does not
run again, and neither does its hook.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import NO_WRITES
from langgraph_nb.persistence import PutWrites
from langgraph_nb.pregel.called import address_at
from langgraph_nb.pregel.commands import Save
from langgraph_nb.pregel.pending import tracked
from langgraph_nb.pregel.plan import NodePlan, Write

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

_WHERE = (
    "Compile the graph with a checkpointer that can do that, such as SqliteSaver or PostgresSaver, and run it with "
    'durability "sync" or "async".'
)


def check_transactions(nodes: Iterable[NodePlan], saver: Any, durability: str) -> None:
    """Raise ``ValueError`` if the hooks of these nodes cannot be called in a transaction with their results."""
    names = [node.name for node in nodes if node.transaction is not None]
    if not names:
        return
    if not getattr(saver, "has_database", False):
        what = "there is no checkpointer" if saver is None else f"{type(saver).__name__} takes no effects"
        raise ValueError(f"{names[0]!r} has a transaction=, and {what}. {_WHERE}")
    if durability == "exit":
        raise ValueError(f'{names[0]!r} has a transaction=, and with durability="exit" no result is stored. {_WHERE}')


def in_transaction(scope: Scope, writes: list[Write], result: Any) -> Save:
    """The command that stores what a task wrote, with what its hook does in the same transaction."""
    task, hook = scope.task, scope.node.transaction
    assert hook is not None
    scope.must_count()
    untracked = scope.host.plan.untracked if task.node is None else ()
    kept = tracked(writes, untracked) if untracked else tuple(writes) or ((NO_WRITES, None),)
    address: Any = {"configurable": address_at(task, scope.host.thread_id)}
    op = PutWrites(address, kept, task.id, task.place, task.name, partial(_call_hook, hook, result))
    return Save((op, *scope.journal.claims()), True)


def _call_hook(hook: Any, result: Any, connection: Any) -> None:
    hook(connection, result)
