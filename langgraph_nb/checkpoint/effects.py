"""What users do in the transaction that stores a task's result. Knows the drivers of databases only by what they do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

Effect = Callable[[Any], None]
"""Called with the connection, inside of the transaction."""


def effects_of(ready: Iterable[Any]) -> list[Effect]:
    """The effects that are to be committed with these."""
    return [effect for item in ready if (effect := getattr(item, "effect", None)) is not None]


def perform_in_sqlite(connection: sqlite3.Connection, effects: Iterable[Effect]) -> None:
    """Perform effects. One that tries to end the transaction, which is not its own, is refused by SQLite."""
    for effect in effects:
        connection.set_authorizer(_leave_the_transaction_alone)
        try:
            effect(connection)
        except sqlite3.DatabaseError as error:
            if "not authorized" in str(error):
                error.add_note("A transaction= hook works in the transaction that stores the result: it cannot end it.")
            raise
        finally:
            connection.set_authorizer(None)


def _leave_the_transaction_alone(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK
