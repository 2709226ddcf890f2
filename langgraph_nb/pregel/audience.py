"""Who listens to a run: the caller's view of it, the listener of its models, the graph around it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.events import MessageChunk, ToolProgress
from langgraph_nb.pregel.host import Host, Listener
from langgraph_nb.pregel.plan import Keys, Plan
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.source import Source
from langgraph_nb.pregel.stamps import stamp_from_clock
from langgraph_nb.stream.view import Modes, View

if TYPE_CHECKING:
    from langgraph_nb.pregel.binding import RunOptions

ON_DEBUG = ("updates", "values")
"""What ``debug=True`` prints."""


def view_of(modes: Modes, options: RunOptions, debug: bool, subgraphs: bool = False) -> View:
    """What the caller sees of a run. Raises ``ValueError`` for an unknown mode or version."""
    printed = ON_DEBUG if options.get("debug") or debug else options.get("print_mode", ())
    return View(modes, printed, subgraphs, options.get("version", "v1"), lambda: stamp_from_clock(0).ts)


def connect(view: View, host: Host, request: Request) -> None:
    """Let a view see a run."""
    host.inside = host.inside or view.inside
    view.own, view.sources = host.namespace, host.sources
    host.sources.setdefault(host.namespace, source_of(host, request.output_keys))
    if MessageChunk in view.needs:
        listen_to_models(host, view.by_blocks)
    if ToolProgress in view.needs:
        listen_to_tools(host)


def source_of(host: Host, output_keys: Keys) -> Source:
    """What streams must know of the graph that a host runs."""
    plan = host.plan
    return Source(
        output_keys, plan.stream_keys, plan.nodes, host.config, plan.make_output, plan.make_state, plan.hidden
    )


def listen_to_models(host: Host, by_blocks: bool = False) -> None:
    """Have the models inside the run heard; langchain-core is loaded only now."""
    from langgraph_nb.stream.messages import MessageListener

    kind: type[MessageListener] = MessageListener
    if by_blocks:
        from langgraph_nb.stream.blocks import BlockListener as kind
    else:
        _stay_with_tokens(host)
    listener = kind(partial(_listener_of, host), host.inside)
    host.callbacks = (*host.callbacks, listener)
    host.hearers = (*host.hearers, listener)


def _stay_with_tokens(host: Host) -> None:
    """An event stream around the run does not hear its models: they would tell of content blocks instead of tokens."""
    around = [hearer for hearer in host.hearers if getattr(hearer, "by_blocks", False)]
    if around:
        host.hearers = tuple(hearer for hearer in host.hearers if hearer not in around)
        manager = host.config["callbacks"].copy()
        for hearer in around:
            manager.remove_handler(hearer)
        host.config = {**host.config, "callbacks": manager}


def listen_to_tools(host: Host) -> None:
    """Have the tools inside the run heard."""
    from langgraph_nb.stream.tools import ToolListener

    host.callbacks = (*host.callbacks, ToolListener(partial(_listener_of, host)))


def _listener_of(host: Host) -> Listener:
    assert host.listener is not None  # there is one while the run is driven
    return host.listener


def reported_keys(plan: Plan, asked: str | Sequence[str] | None, default: Keys) -> Keys:
    """The channels that a run reports. Raises ``ValueError`` for an unknown one."""
    if asked is None:
        return default
    for key in (asked,) if isinstance(asked, str) else asked:
        if key not in plan.key_set:
            raise ValueError(f"Key {key} not in channels. {did_you_mean(key, plan.key_set)}")
    return asked if isinstance(asked, str) else tuple(asked)
