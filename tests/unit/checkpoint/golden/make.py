"""What the golden files hold, and the script that writes one of today's format: ``python -m ...golden.make PATH``.

A file is made once, when its format is released, and never again: what is in it must stay readable. Of a path that ends
in ``.sql`` the file is for PostgreSQL, and a second argument is the address of an empty schema; of one that has
``encrypted`` in its name, it is.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import UUID

from langchain_core.messages import AIMessage, HumanMessage
from psycopg.sql import Literal

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.postgres import PostgresSaver, schema
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.persistence import PutCheckpoint, PutWrites
from langgraph_nb.types import Interrupt, Send
from tests.unit.checkpoint.conftest import checkpoint, config

STEPS = 40
VALUES: dict[str, Any] = {
    "text": "Grüße, \ud800", "big": 2**80, "when": datetime(2026, 11, 22, tzinfo=UTC), "id": UUID(int=7),
    "money": Decimal("1.10"), "tuple": (1, (2,)), "set": {1, 2}, "deque": deque([1], 3), "bytes": b"\0" * 500,
    "sends": [Send("node", {"n": 1})], "none": None, "float": 1.5, "map": {(1, 2): "x"},
}  # fmt: skip


KEY = b"the key that golden files are of"
TABLES = {"nb_format": "", "nb_spaces": "OVERRIDING SYSTEM VALUE", "nb_checkpoints": "", "nb_blobs": "",
          "nb_writes": "", "nb_graphs": "", "nb_claims": ""}  # fmt: skip

FREE = "SELECT setval(pg_get_serial_sequence('nb_spaces', 'space'), max(space)) FROM nb_spaces"


def serde_of(name: str) -> Any:
    """What a golden file of this name was written with."""
    return EncryptedSerializer.from_keys(KEY) if "encrypted" in name else None


def messages(count: int) -> list[Any]:
    return [
        (HumanMessage if number % 2 else AIMessage)(f"message {number} " * 9, id=str(number)) for number in range(count)
    ]


def state(number: int) -> dict[str, Any]:
    """The values at a step."""
    return {**VALUES, "n": number, "messages": messages(2 + number)}


def fill(saver: TransactionalSaver) -> None:
    """A thread with frames, deltas, tails, a fork, writes in all places, and one inside of it."""
    parent = None
    for number in range(STEPS):
        here, made = config("1", "", parent), step(number)
        led = PutWrites(here, (("messages", messages(2 + number)[-1:]), ("n", number)), f"task {number}", "~a, node")
        metadata: Any = {"source": "loop" if number else "input", "step": number - 1, "parents": {}, "run_id": "r"}
        changed = {"n": number + 1, "messages": number + 1} if number else made["channel_versions"]
        op = PutCheckpoint(here, made, metadata, changed, {"node"} if number else None)
        saver.apply([led, op] if parent else [op])
        parent = made["id"]
    saver.put_writes(config("1", "", parent), [("__interrupt__", (Interrupt("go on?", id="a"),))], "asks", "~a, ask")
    fork = step(2, "9002")
    saver.put(config("1", "", "0001"), fork, {"source": "fork", "step": 1, "parents": {}}, fork["channel_versions"])
    saver.put(config("1", "node:x"), step(0), {"source": "input", "step": -1, "parents": {"": "0001"}}, {})


def step(number: int, checkpoint_id: str | None = None) -> Any:
    made = checkpoint(checkpoint_id or f"{number:04}", **state(number))
    made["ts"] = f"2026-11-22T10:00:{number:02}.000001+00:00"
    made["channel_versions"] = dict.fromkeys(made["channel_values"], 1) | {"n": number + 1, "messages": number + 1}
    made["versions_seen"] = {"node": {"n": number}}
    made["updated_channels"] = ["messages", "n"]
    return made


def dumped(connection: Any, made: Iterable[str], tables: Mapping[str, str], then: str) -> str:
    """A PostgreSQL database as statements.

    Args:
        connection: To it.
        made: What made its tables.
        tables: Their names, and how rows with numbers of their own are inserted.
        then: What has it give numbers that are free.
    """
    said = [dedent(statement).strip() for statement in made]
    for table, how in tables.items():
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():
            values = ", ".join(Literal(value).as_string(connection) for value in row)
            said.append(f"INSERT INTO {table} {how} VALUES ({values})")
    return "".join(f"{statement};\n" for statement in [*said, then])


def main(path: Path, address: str = "") -> None:
    if path.suffix == ".sql":
        with PostgresSaver.from_conn_string(address) as saver:
            saver.serde = serde_of(path.name) or saver.serde
            saver.setup()
            fill(saver)
            path.write_text(dumped(saver.conn, (schema.FORMAT_TABLE, *schema.TABLES), TABLES, FREE), "utf-8")
    else:
        with SqliteSaver(path, serde=serde_of(path.name)) as saver:
            fill(saver)
            saver.vacuum()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
