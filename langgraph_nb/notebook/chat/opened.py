"""Opening a conversation: ``chat``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.chat.talk import ChatView, Talk
from langgraph_nb.notebook.live.audience import audience, clicks_arrive
from langgraph_nb.notebook.live.failure import describe_failure
from langgraph_nb.notebook.live.run import (
    ask_at_terminal,
    config_of,
    display,
    file_name,
    finder,
    name_of,
    raise_failure,
    title_of,
)
from langgraph_nb.notebook.live.session import Options, Surface
from langgraph_nb.notebook.live.text import message_role, message_text
from langgraph_nb.notebook.live.traced import remember
from langgraph_nb.notebook.mistakes import CellError

__all__ = ["Chat", "chat"]


async def chat(
    graph: Any,
    message: str | None = None,
    *,
    thread: str | None = None,
    key: str = "messages",
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Chat:
    """Talk with a graph of messages: ``%chat``. In a notebook, a panel to write in; elsewhere, text.

    Answers come into the panel as models say them; what a node asks with ``interrupt`` is a form in it. The thread is
    gone on with where it stands. Where nobody can write, a message is answered as text, and nothing waits.

    Args:
        graph: A compiled graph whose state has a list of messages.
        message: What to say first; without it, what was said so far is shown.
        thread: The thread's id, in graphs with a checkpointer; a new one by default. Without a checkpointer, what was
            said is kept as long as the panel.
        key: The state's key that holds the messages.
        config: As for ``graph.ainvoke``.
        context: As for ``graph.ainvoke``.

    Returns:
        The conversation: ``answer`` is what was said last, ``await say(text)`` goes on with it.

    Raises:
        CellError: The state has no such key.
        Exception: What a node raised.

    Example:
        In a cell: ``await chat(support, "Where is my refund?", thread="42")``
    """
    __tracebackhide__ = True
    if key not in graph.channels:
        names = [name for name in graph.channels if not name.startswith(("__", "branch:"))]
        raise CellError(f"The state of {title_of(graph)!r} has no key {key!r} of messages.", did_you_mean(key, names))
    options = Options(config_of(graph, thread, config), context)
    talk = _open(graph, options, key)
    if graph.checkpointer is not None:
        talk.take_up(await graph.aget_state(dict(options.config)))
    opened = Chat(talk)
    if message is None:
        talk.settle()
        await ask_at_terminal(talk)
    else:
        await opened.say(message)
    return opened


def _open(graph: Any, options: Options, key: str) -> Talk:
    thread = (options.config.get("configurable") or {}).get("thread_id")
    view = ChatView(
        graph.topology(), name=title_of(graph), thread=thread, describe=lambda error: describe_failure(error, file_name)
    )
    view.resumable = graph.checkpointer is not None
    resume = f"%resume {name_of(graph)} --thread {thread} ANSWER" if view.resumable else ""
    talk = Talk(finder(graph), options, view, _surface(graph, view, resume), key=key, kept=view.resumable)
    if (panel := getattr(talk.surface, "widget", None)) is not None:
        panel.run = talk
    remember(talk.spans)
    return talk


def _surface(graph: Any, view: ChatView, resume: str) -> Surface:
    from langgraph_nb.notebook.chat.panel import ChatPanel, PanelSurface, TextSurface

    if audience() != "widget":
        return TextSurface(resume)
    panel = ChatPanel(graph.topology(), view, stops=clicks_arrive(), resume=resume)
    return PanelSurface(panel, partial(display, display_id=True))


class Chat:
    """A conversation with a graph. Made by ``chat``."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    @property
    def thread(self) -> str | None:
        """The thread's id, where the graph keeps any."""
        return self._talk.view.thread

    @property
    def messages(self) -> list[Any]:
        """All messages, as the state has them."""
        return list(self._talk.messages)

    @property
    def answer(self) -> str:
        """What the graph said last; empty where it has not answered, or asks something."""
        last = self._talk.messages[-1] if self._talk.messages else None
        return message_text(last) if last is not None and message_role(last) == "assistant" else ""

    async def say(self, text: str) -> str:
        """Say something and wait for the answer.

        Args:
            text: What to say.

        Returns:
            The answer.

        Raises:
            CellError: A question waits.
            Exception: What a node raised.
        """
        __tracebackhide__ = True
        if self._talk.view.forms:
            asked = self._talk.view.forms[0]["question"]
            raise CellError(f"The thread waits for an answer: {asked}", "Answer it first, in its form or with %resume.")
        await self._talk.turn(text)
        await ask_at_terminal(self._talk)
        raise_failure(self._talk)
        return self.answer

    def __repr__(self) -> str:
        where = f", thread {self.thread}" if self.thread else ""
        count = len(self._talk.messages)
        return f"<chat with {self._talk.view.name}{where}: {count} message{'' if count == 1 else 's'}>"
