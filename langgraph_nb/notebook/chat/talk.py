"""A conversation with a graph: a watched run of which each message that a person says is one more segment.

This file must not know of widgets; what shows a conversation is a ``Surface``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from langgraph_nb.graph.message import add_messages
from langgraph_nb.notebook.live.session import LiveRun, Options, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.text import message_role, message_text, tool_calls
from langgraph_nb.pregel.events import RunFinished
from langgraph_nb.types import StateSnapshot

__all__ = ["ChatView", "Talk"]

ANSWER_FIRST = "Answer the question first; nothing was sent."
BUSY = "One message at a time; nothing was sent."


class ChatView(RunView):
    """What is known of a conversation: a run's view that tells each message once."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._told: set[str] = set()
        """Ids of messages that are in the log."""

    def tell(self, messages: Iterable[Any]) -> None:
        """Add messages that are not there yet: those of a stored thread, and those that nodes wrote in other forms."""
        there = Counter((e.get("role"), e["text"]) for e in self.log.to_json() if e["kind"] == "message")
        for message in messages:
            said, id = (message_role(message), message_text(message)), str(message.id)
            there[said] -= 1
            if there[said] < 0 and id not in self._told:
                extra: dict[str, Any] = {"role": message_role(message)}
                if calls := tool_calls(message):
                    extra["calls"] = calls
                if name := getattr(message, "name", None):
                    extra["who"] = str(name)
                self.log.add("", "message", message_text(message), **extra)
            self._told.add(id)
        self._parts.add("status")


class Talk(LiveRun):
    """A conversation on one thread.

    Args:
        find: The graph as it is now.
        options: How each turn is started.
        view: What is known of the conversation.
        surface: What it is shown on.
        key: The state's key that holds the messages.
        kept: Whether the graph keeps its threads; if not, every turn is given all messages so far.
    """

    view: ChatView

    def __init__(
        self, find: Callable[[], Any], options: Options, view: ChatView, surface: Surface, *, key: str, kept: bool
    ) -> None:
        super().__init__(find, options, view, surface)
        self.key, self.kept = key, kept
        self.messages: list[Any] = []
        """All that was said, as the state has it."""

    def take_up(self, snapshot: StateSnapshot) -> None:
        """Show what a stored thread says, and what it waits for."""
        self._take_messages(snapshot.values)
        if snapshot.interrupts or snapshot.next:
            self._wait_as(snapshot)

    async def turn(self, text: str) -> None:
        """Say something, and wait for the answer."""
        __tracebackhide__ = True
        await self.run(self.input_of(text))

    def hear(self, text: str) -> None:
        """A person said something in the panel; what comes of it is shown there."""
        self._post(lambda: self._hear(text))

    async def _hear(self, text: str) -> None:
        if self.status == "running":
            self.say(BUSY)
        elif self._forms:
            self.say(ANSWER_FIRST)
        elif text.strip():
            async with self._turn:
                await self._settled()
                await asyncio.wait({self._launch(self.input_of(text))})

    def input_of(self, text: str) -> dict[str, Any]:
        """What the graph is started with."""
        from langchain_core.messages import HumanMessage

        message = HumanMessage(text, id=str(uuid4()))
        self.view.set_note("")
        return {self.key: [message] if self.kept else [*self.messages, message]}

    def _finished(self, event: RunFinished) -> None:
        super()._finished(event)
        self._take_messages(event.values)

    def _take_messages(self, values: Any) -> None:
        found = values.get(self.key) if isinstance(values, dict) else None
        if found:
            with suppress(TypeError, ValueError, NotImplementedError):  # a key that holds something else than messages
                self.messages = list(add_messages([], found))
                self.view.tell(self.messages)
