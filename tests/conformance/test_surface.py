"""Every public name of LangGraph is where a port expects it, with the same parameters, fields and base classes."""

from __future__ import annotations

import importlib
import warnings

import pytest

from .harness import OURS, THEIRS
from .surface import facts, lacking, public_names

MODULES = (
    "graph", "graph.state", "graph.message", "graph.ui", "types", "errors", "config", "constants", "runtime",
    "managed", "managed.base", "managed.is_last_step", "channels", "channels.any_value", "channels.base",
    "channels.binop", "channels.delta", "channels.ephemeral_value", "channels.last_value",
    "channels.named_barrier_value", "channels.topic", "channels.untracked_value", "pregel", "pregel.protocol",
    "pregel.remote", "pregel.types", "func", "callbacks", "typing", "warnings", "version", "cache.base",
    "cache.memory", "store.base", "store.base.batch", "store.base.embed", "store.memory", "checkpoint.base",
    "checkpoint.memory", "checkpoint.serde.base", "checkpoint.serde.encrypted", "checkpoint.serde.event_hooks",
    "checkpoint.serde.jsonplus", "checkpoint.serde.types", "checkpoint.sqlite", "checkpoint.sqlite.aio",
    "checkpoint.postgres", "checkpoint.postgres.aio", "checkpoint.postgres.shallow",
    "prebuilt", "prebuilt.tool_node", "prebuilt.chat_agent_executor", "prebuilt.tool_validator", "prebuilt.interrupt",
    "stream", "stream.run_stream", "stream.stream_channel", "stream.transformers",
)  # fmt: skip

DELIBERATE: dict[str, str] = {
    "__version__ =": "this package has a version of its own",
    "CompiledStateGraph.attach_": "steps of LangGraph's own compiler",
    "CompiledStateGraph needs builder, schema_to_mapper": "made by compile() alone",
    "PregelExecutableTask": "how LangGraph's own scheduler keeps a task",
    "PersistentDict": "pickles to a file; savers in files are databases here",
    "InMemorySaver takes factory": "which dict to keep things in: for `PersistentDict`",
    "MemorySaver takes factory": "which dict to keep things in: for `PersistentDict`",
    "EncryptedSerializer takes serde=": "there too: made when it is needed",
    "EncryptedSerializer.from_pycryptodome_aes takes serde=": "the same",
    "JsonPlusSerializer takes __unpack_ext_hook__": "what is read decides nothing about how it is read",
    "get_serializable_checkpoint_metadata": "metadata is serialised with its checkpoint",
    "ContextT: covariant=False contravariant=False default=None": "in tools: Pydantic would warn of any context",
    "StateT: covariant=False contravariant=False default=<class 'dict'>": "in tools: Pydantic would warn of models",
    "F:": "a type variable of LangGraph's own",
    "T:": "the same",
    "Conn is there": "for annotations: a connection or a pool of psycopg's",
    "BasePostgresSaver": "what LangGraph's two savers have in common; here they are one",
    "SqliteSaver.cursor": "what is done with the database is the saver's own",
}
"""How a fact begins -> why it does not hold here."""


def names() -> list[tuple[str, str]]:
    with warnings.catch_warnings(action="ignore"):
        return [(m, name) for m in MODULES for name in public_names(importlib.import_module(f"{THEIRS}.{m}"))]


def reason(fact: str) -> str | None:
    return next((beginning for beginning in DELIBERATE if fact.startswith(beginning)), None)


@pytest.mark.filterwarnings("ignore:Importing from")
@pytest.mark.parametrize(("module", "name"), [pytest.param(m, n, id=f"{m}.{n}") for m, n in names()])
def test_a_name_looks_the_same(module: str, name: str) -> None:
    missing = [fact for fact in lacking(OURS, module, name) if reason(fact) is None]
    shown = "\n  ".join(facts(OURS, module, name)) or "nothing of that name"
    assert not missing, "\n  ".join(["LangGraph says", *missing, "", "we say", shown])


@pytest.mark.filterwarnings("ignore:Importing from")
def test_every_deliberate_difference_is_one() -> None:
    used = {reason(fact) for module, name in names() for fact in lacking(OURS, module, name)}
    assert not DELIBERATE.keys() - used
