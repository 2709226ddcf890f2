"""``langgraph-nb rotate``: a database is encrypted with another key, or with its first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langgraph_nb.cli import CommandError
from langgraph_nb.cli.databases import KEY, Keys, explained, opened, shown, tables_in
from langgraph_nb.importing.sources import is_postgres

_OURS = "nb_format", "nb_store_format", "nb_cache_format"


def rotate(database: str, keys: Keys, unencrypted: bool) -> int:
    """Encrypt all threads, documents and cached values with the first key. Returns 0; 1 if a row is damaged.

    Args:
        database: An SQLite file, or ``postgresql://...``.
        keys: Where the new key is, and those that some of it is still encrypted with.
        unencrypted: Take in what is not encrypted yet.

    Raises:
        CommandError: There is no such database, no key, or it is of another key.
    """
    from langgraph_nb.checkpoint.serde.aes import WrongKey
    from langgraph_nb.checkpoint.serde.base import CorruptData

    given = keys.read()
    if not given:
        raise CommandError(f"There is no key to encrypt with. Set {KEY}, or name its file: --key-file")
    there = tables_in(database) & {*_OURS}
    if not there:
        raise CommandError(f"{shown(database)!r} holds nothing of ours.")
    try:
        if "nb_format" in there:
            with opened(database, given) as saver:
                _say(database, saver.rotate_keys(unencrypted=unencrypted), "rows of threads")
        for table, what, opening in (
            ("nb_store_format", "documents", _store), ("nb_cache_format", "cached values", _cache),
        ):  # fmt: skip
            if table in there:
                _rotate(database, given, unencrypted, what, opening)
    except WrongKey as error:
        raise CommandError(explained(error)) from error
    except CorruptData as error:
        print(f"langgraph-nb: {error} Then rotate again: what was done stays done.", file=sys.stderr)
        return 1
    if not is_postgres(database):
        from langgraph_nb.checkpoint.sqlite.database import vacuum

        vacuum(database)  # what was there before is in no free page any more
    return 0


Opening = Callable[[str, Sequence[bytes]], Any]


def _rotate(database: str, keys: Sequence[bytes], unencrypted: bool, what: str, opening: Opening) -> None:
    with opening(database, keys) as opened:
        encrypted, every = opened.how_encrypted()
        if encrypted or unencrypted:
            _say(database, opened.rotate_keys(unencrypted=unencrypted), what)
        elif every:
            print(f"{shown(database)}: {every} {what} are not encrypted, and stay so; --unencrypted encrypts them")


def _say(database: str, count: int, what: str) -> None:
    print(f"{shown(database)}: {count} {what} are encrypted with the new key")


@contextmanager
def _store(database: str, keys: Sequence[bytes]) -> Iterator[Any]:
    from langgraph_nb.checkpoint.serde.aes import AesGcm

    if is_postgres(database):
        from langgraph_nb.store.postgres import PostgresStore

        with PostgresStore.from_conn_string(database, cipher=AesGcm(*keys)) as store:
            yield store
    else:
        from langgraph_nb.store.sqlite import SqliteStore

        with SqliteStore(database, cipher=AesGcm(*keys)) as store:
            yield store


@contextmanager
def _cache(database: str, keys: Sequence[bytes]) -> Iterator[Any]:
    from langgraph_nb.cache.sqlite import SqliteCache
    from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer

    with SqliteCache[Any](path=database, serde=EncryptedSerializer.from_keys(*keys)) as cache:
        yield cache
