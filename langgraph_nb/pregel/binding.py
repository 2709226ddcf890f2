"""What a call of a graph says, bound: configs joined, defaults filled in, words checked.

Knows nothing of how a run is driven.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from warnings import warn

from langgraph_nb.checkpoint.base import get_checkpoint_metadata
from langgraph_nb.checkpoint.claims import Claim
from langgraph_nb.constants import DEFAULT_RECURSION_LIMIT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.schema import is_pydantic
from langgraph_nb.pregel.host import Host
from langgraph_nb.runtime import RunControl
from langgraph_nb.types import All, Durability, StreamMode
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

Config = dict[str, Any]
"""A LangChain ``RunnableConfig``."""
DURABILITIES = ("sync", "async", "exit")


class RunOptions(TypedDict, total=False):
    """What every way of running a graph takes, by keyword."""

    context: Any
    """What nodes find in ``Runtime.context``."""
    output_keys: str | Sequence[str] | None
    """Only these channels."""
    interrupt_before: All | Sequence[str] | None
    """Pause before these nodes, ``"*"`` is every one; by default those that the graph was compiled with."""
    interrupt_after: All | Sequence[str] | None
    durability: Durability | None
    """When steps are stored: ``"sync"``, ``"async"`` (default) or ``"exit"``."""
    control: RunControl | None
    """Asks the run to stop, from outside."""
    print_mode: StreamMode | Sequence[StreamMode]
    """Print these modes on the way, whatever is returned."""
    debug: bool | None
    """Print updates and values."""
    version: Literal["v1", "v2"]
    """The form of results and chunks; ``"v2"``: ``GraphOutput`` and ``StreamPart``."""


OLD_OPTION = "checkpoint_during"


def with_old_options(options: RunOptions, given: dict[str, Any]) -> RunOptions:
    """Options with what stands for an old one.

    Raises:
        TypeError: For an option that there is not, and never was.
        ValueError: For an old one beside the new.
    """
    unknown = given.keys() - {OLD_OPTION}
    if unknown:
        name = min(unknown)
        hint = did_you_mean(name, [*RunOptions.__annotations__, "stream_mode", "subgraphs"])
        raise TypeError(f"A run has no option {name!r}. {hint}")
    during = given.get(OLD_OPTION)
    if during is None:
        return options
    warn(
        "`checkpoint_during` is deprecated and will be removed. Please use `durability` instead.",
        category=LangGraphDeprecatedSinceV10,
        stacklevel=3,
    )
    if options.get("durability") is not None:
        raise ValueError(
            "Cannot use both `checkpoint_during` and `durability` parameters. Please use `durability` instead."
        )
    return {**options, "durability": "async" if during else "exit"}


CONFIG_KEYS = frozenset(
    ("tags", "metadata", "callbacks", "run_name", "max_concurrency", "recursion_limit", "configurable", "run_id")
)


def whole(config: Config | None) -> Config | None:
    """A config whose loose keys are in ``configurable``: ``{"thread_id": "1"}`` names a thread, too.

    Example:
        >>> whole({"thread_id": "1", "tags": ["a"]})
        {'tags': ['a'], 'configurable': {'thread_id': '1'}}
    """
    if not config or config.keys() <= CONFIG_KEYS:
        return config
    known = {key: value for key, value in config.items() if key in CONFIG_KEYS}
    loose = {key: value for key, value in config.items() if key not in CONFIG_KEYS and value is not None}
    return {**known, "configurable": {**(config.get("configurable") or {}), **loose}}


def merged(base: Config | None, config: Config | None) -> Config:
    """Two configs in one: ``configurable``, metadata, tags and callbacks are joined, of the rest the second counts."""
    if not config or config is base:
        return base or {}
    if not base:
        return {key: value for key, value in config.items() if value is not None}
    result: Config = {**base}
    for key, value in config.items():
        if value is None:
            continue
        if key in ("configurable", "metadata"):
            result[key] = {**result.get(key, {}), **value}
        elif key == "tags":
            result[key] = [*result.get(key, ()), *(tag for tag in value if tag not in result.get(key, ()))]
        elif key == "callbacks":
            result[key] = _joined_callbacks(result.get(key), value)
        else:
            result[key] = value
    return result


def _joined_callbacks(base: Any, callbacks: Any) -> Any:
    """LangChain's callbacks from two places: a list of handlers, or a manager, which knows the run it is in."""
    if not base or base is callbacks:
        return callbacks
    if isinstance(base, list) and isinstance(callbacks, list):
        return [*base, *(handler for handler in callbacks if handler not in base)]
    if not isinstance(base, list) and not isinstance(callbacks, list):
        return base.merge(callbacks)
    handlers, manager = (base, callbacks.copy()) if isinstance(base, list) else (callbacks, base.copy())
    for handler in handlers:
        manager.add_handler(handler, inherit=True)
    return manager


WAIT_FOR_THREAD = "wait_for_thread"
"""Key of ``configurable``: seconds to wait for another run that writes to the thread."""
COORDINATES = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")


def ambient(config: Config | None) -> Config | None:
    """The config of the LangChain code around this call, where there is some.

    What that says of threads is not for a call that names one itself.
    """
    langchain = sys.modules.get("langchain_core.runnables.config")
    around: Config | None = langchain.var_child_runnable_config.get() if langchain is not None else None
    if around and config and any(config.get("configurable", {}).get(key) for key in COORDINATES):
        return {key: value for key, value in around.items() if key != "configurable"}
    return around


def address_of(config: Config) -> dict[str, Any]:
    """The part of a config that says where a thread is stored."""
    configurable = config.get("configurable", {})
    if "thread_id" not in configurable:
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: thread_id, checkpoint_ns, "
            'checkpoint_id. Name the thread: config={"configurable": {"thread_id": "1"}}.'
        )
    found = {key: configurable[key] for key in ("checkpoint_ns", "checkpoint_id") if configurable.get(key)}
    return {"thread_id": str(configurable["thread_id"]), "checkpoint_ns": "", **found}


def run_address(host: Host, named: str | None) -> dict[str, Any]:
    """Where a run is stored: at its namespace, and the checkpoint there that the caller named, if any."""
    address = address_of(host.config)
    asked = address["checkpoint_ns"]
    address["checkpoint_ns"] = host.checkpoint_ns
    if host.namespace or asked:  # the checkpoint that the config names is another graph's
        address.pop("checkpoint_id", None)
    if not host.namespace and host.travel is not None:
        named = host.travel.places.get("")
    return {**address, "checkpoint_id": named} if named else address


def claim_for(saver: Any, config: Config) -> Claim | None:
    """The claim of a run, or an update, to its thread; none where its saver knows no claims.

    Raises:
        ValueError: When ``wait_for_thread`` says no time.
    """
    if not getattr(saver, "fences", False):
        return None
    configurable = config.get("configurable", {})
    wait = configurable.get(WAIT_FOR_THREAD)
    wait = saver.wait_for_thread if wait is None else wait
    if not isinstance(wait, (int, float)) or not wait >= 0:
        raise ValueError(f"{WAIT_FOR_THREAD} cannot be {wait!r}. Give the seconds to wait: 0 for not at all, or inf.")
    return Claim(address_of(config)["thread_id"], float(wait))


def stored_metadata(config: Config, saver: Any) -> dict[str, Any]:
    """What of a config is stored with checkpoints: metadata, and of ``configurable`` what the saver is to persist.

    What is in both is ``configurable``: where a graph is part of a chain, LangChain copies from there to the metadata.
    """
    configurable, given = config.get("configurable") or {}, config.get("metadata") or {}
    named = getattr(saver, "persist_configurable", ())
    kept = {key: value for key, value in given.items() if key not in configurable or value != configurable[key]}
    kept.update((key, configurable[key]) for key in named if key in configurable)
    return dict(get_checkpoint_metadata({"metadata": kept}, {}))


_NOWHERE: frozenset[str] = frozenset()


def breakpoints(asked: All | Sequence[str] | None, default: All | Sequence[str]) -> Any:
    """Where to pause: ``"*"`` or names; a single name may be given as it is."""
    chosen = default if asked is None else asked
    if not chosen:
        return _NOWHERE
    if isinstance(chosen, str):
        return "*" if chosen == "*" else frozenset((chosen,))
    return frozenset(chosen)


def typed_context(context: Any, schema: Any) -> Any:
    """The context as nodes get it: a dict becomes an instance, where the schema is a dataclass or a Pydantic model."""
    if type(context) is dict and (is_dataclass(schema) or is_pydantic(schema)):
        return schema(**context)
    return context


def check_concurrency(config: Config) -> None:
    """Raise ``ValueError`` for a limit under which nothing could ever run."""
    limit = config.get("max_concurrency")
    if limit is not None and limit < 0:
        raise ValueError(f"max_concurrency cannot be {limit}. Give at least 1, or leave it out.")


def recursion_limit(config: Config) -> int:
    """How many supersteps a run may take. Raises ``ValueError`` for less than one."""
    limit = config.get("recursion_limit")
    if limit is None:
        limit = DEFAULT_RECURSION_LIMIT
    if limit < 1:
        raise ValueError("recursion_limit must be at least 1")
    return int(limit)


def durability_of(options: RunOptions, parent: Scope | None) -> Any:
    """When steps are stored: as asked, or as the graph around does. Raises ``ValueError`` for an unknown word."""
    asked = options.get("durability") or (parent.host.durability if parent is not None else "async")
    if asked not in DURABILITIES:
        raise ValueError(f"Unknown durability {asked!r}. {did_you_mean(asked, DURABILITIES)}")
    return asked
