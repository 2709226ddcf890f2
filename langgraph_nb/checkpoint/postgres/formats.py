"""The version of the tables in a PostgreSQL database: what is set up, and what is refused. Knows no row of a thread."""

from __future__ import annotations

from langgraph_nb.checkpoint.postgres import schema
from langgraph_nb.checkpoint.postgres.connections import Asking
from langgraph_nb.checkpoint.sqlite.database import NewerFormatError


def set_up() -> Asking:
    """Make what tables there are not."""
    yield schema.ONE_AT_A_TIME, {}
    yield schema.FORMAT_TABLE, {}
    ((version,),) = yield schema.READ_FORMAT, {}
    refuse_newer(version)
    for statement in schema.TABLES:
        yield statement, {}
    if version is None:
        yield schema.WRITE_FORMAT, {"version": schema.FORMAT}


def refuse_newer(version: int | None) -> None:
    """Raise ``NewerFormatError`` for a version of a later release."""
    if version is not None and version > schema.FORMAT:
        raise NewerFormatError(
            f"The database has threads of format {version}, written by a newer langgraph-nb; this version reads up to "
            f"format {schema.FORMAT}. Update langgraph-nb: pip install -U langgraph-nb"
        )
