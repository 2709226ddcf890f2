"""What the golden files hold, and the script that writes one: ``python -m tests.unit.store.golden.make PATH ADDRESS``.

A file is made once, when its format is released, and never again: what is in it must stay readable. Its name says what
it is: of a ``store`` or a ``cache``, in PostgreSQL (``.sql``; the address is that of an empty schema), ``encrypted``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from psycopg.types.json import set_json_loads

from langgraph_nb.cache.sqlite import SqliteCache
from langgraph_nb.checkpoint.serde.aes import AesGcm
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.store.postgres import PostgresStore, schema
from langgraph_nb.store.sqlite import SqliteStore
from tests.unit.checkpoint.golden.make import KEY, VALUES, dumped

INDEX: Any = {"dims": 2, "embed": lambda texts: [[len(text), 1.0] for text in texts], "fields": ["text"]}
DOCUMENTS: dict[tuple[tuple[str, ...], str], dict[str, Any]] = {
    (("users", "ada"), "settings"): {"theme": "dark", "text": "Grüße", "numbers": [1, 1e22, -0.0, None, True]},
    (("users", "ada"), "notes"): {"text": "a longer text " * 40},
    (("users",), "Ω"): {"nested": {"deep": [{"er": {}}]}},
}
CACHED = {(("node", "a"), name): value for name, value in VALUES.items() if name != "sends"}
TABLES = {"nb_store_format": "", "nb_items": "OVERRIDING SYSTEM VALUE"}
FREE = (
    "SELECT setval(pg_get_serial_sequence('nb_items', 'id'), max(id)), setval('nb_items_written', max(written)) "
    "FROM nb_items"
)


def cipher_of(name: str) -> Any:
    """What a golden file of this name was written with."""
    return AesGcm(KEY) if "encrypted" in name else None


def cache_at(path: Path) -> SqliteCache[Any]:
    return SqliteCache(path=path, serde=EncryptedSerializer.from_keys(KEY) if "encrypted" in path.name else None)


def fill(store: Any) -> None:
    for (namespace, key), document in DOCUMENTS.items():
        store.put(namespace, key, document)


def main(path: Path, address: str = "") -> None:
    if path.name.startswith("cache"):
        with cache_at(path) as cache:
            cache.set({key: (value, None) for key, value in CACHED.items()})
    elif path.suffix == ".db":
        with SqliteStore(path, index=INDEX, cipher=cipher_of(path.name)) as store:
            fill(store)
    else:
        with PostgresStore.from_conn_string(address, cipher=cipher_of(path.name)) as store:
            store.setup()
            fill(store)
            set_json_loads(bytes.decode, store.conn)  # documents as they are written
            path.write_text(dumped(store.conn, (schema.FORMAT_TABLE, *schema.TABLES), TABLES, FREE), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
