"""The messages of a run as entries of its log: tokens at the end of theirs, tool calls as they become whole.

A chunk that says nothing makes no entry. This file must not know of events, nodes' status or widgets.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph_nb.notebook.live.log import Log
from langgraph_nb.notebook.live.text import call_text, is_message, message_role, message_text, tool_calls

__all__ = ["UNFINISHED", "Messages", "given_messages"]

OPEN = 64
"""Messages that can still grow: tokens of older ones start a new entry."""
KNOWN = 1_000
"""Messages that are told no second time."""
UNFINISHED = "(…)"
"""How a call ends whose arguments have not all come."""


@dataclass(slots=True)
class _Call:
    """A tool call that comes in pieces."""

    name: str = ""
    pieces: list[str] = field(default_factory=list)
    whole: dict[str, Any] | None = None

    def take(self, piece: dict[str, Any]) -> None:
        self.name += piece.get("name") or ""
        args = piece.get("args") or ""
        self.pieces.append(args)
        if args.rstrip().endswith("}"):  # only then can it be whole: to try at each piece would cost its square
            self.close()

    def close(self) -> None:
        """Read the arguments, if they are all there."""
        try:
            read = json.loads("".join(self.pieces) or "{}")
        except ValueError:
            return
        self.whole = read if isinstance(read, dict) else None

    def __str__(self) -> str:
        return f"{self.name}{UNFINISHED}" if self.whole is None else call_text(self.name, self.whole)


@dataclass(slots=True)
class _Open:
    """A message that can still grow."""

    number: int
    calls: OrderedDict[Any, _Call] = field(default_factory=OrderedDict)


class Messages:
    """What the models of a run say, put into its log.

    Example:
        >>> from langchain_core.messages import AIMessageChunk
        >>> log = Log()
        >>> messages = Messages(log)
        >>> for token in ("Hel", "lo", ""):
        ...     messages.take("model", AIMessageChunk(token, id="1"))
        >>> [entry["text"] for entry in log.to_json()]
        ['Hello']
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        self._known: OrderedDict[str | int, Any] = OrderedDict()
        self._last: tuple[str, Any, str, _Open] | None = None
        """Where the last token went: node, class and id of its message."""

    def take(
        self,
        node: str,
        message: Any,
        about: Mapping[str, Any] | None = None,
        place: Callable[[], tuple[int, ...]] = tuple,
    ) -> None:
        """A token goes to the end of its message; a whole message that was told before is told no second time.

        Args:
            node: The path of the node that says it.
            message: A message or a part of one.
            about: What is told with it; LangChain's agents tell their name.
            place: Gives the place of a new entry; see ``places``.
        """
        if (last := self._last) is not None:  # nearly always: one more token of the same message
            said_by, kind, id, known = last
            if node == said_by and type(message) is kind and message.id == id and not known.calls:
                text = message.content
                if type(text) is str and not message.tool_call_chunks:
                    self._log.grow(known.number, text)
                    return
        self._take(node, message, about, place)

    def _take(
        self, node: str, message: Any, about: Mapping[str, Any] | None, place: Callable[[], tuple[int, ...]]
    ) -> None:
        self._last = None
        if getattr(message, "type", None) == "remove":
            return
        key = (node, str(getattr(message, "id", None) or ""))
        streamed = type(message).__name__.endswith("Chunk")
        text, pieces = message_text(message), (getattr(message, "tool_call_chunks", None) or ()) if streamed else ()
        known = self._open.get(key) if key[1] or streamed else None
        if known is None and streamed and not (text or pieces):
            return  # the first chunk of many models, and the last of some, says nothing yet
        if self._told(message) and known is None and not streamed:
            return
        if known is None:
            agent = (about or {}).get("lc_agent_name")
            known = self._add(key, message, "" if streamed else text, agent, place())
        self._open.move_to_end(key)
        if streamed:
            self._log.grow(known.number, text)
            self._pieces(known, pieces, getattr(message, "chunk_position", None) == "last")
            if key[1] and hasattr(message, "tool_call_chunks"):
                self._last = node, type(message), message.id, known
        elif calls := tool_calls(message):
            self._log.amend(known.number, calls=calls)

    def _told(self, message: Any) -> bool:
        """Whether this message was told before, by a model, by its node or by one around it; now it is."""
        id_of = getattr(message, "id", None)
        known = id_of or id(message)
        if known in self._known:
            return True
        self._known[known] = None if id_of else message  # kept, so that no other one gets its number
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return False

    def _add(self, key: tuple[str, str], message: Any, text: str, agent: Any, place: tuple[int, ...]) -> _Open:
        extra = {"role": message_role(message)}
        name = getattr(message, "name", None) or (agent if extra["role"] == "assistant" else None)
        if name:
            extra["who"] = str(name)
        added = self._open[key] = _Open(self._log.add(key[0], "message", text, place, **extra))
        if len(self._open) > OPEN:
            self._open.popitem(last=False)
        return added

    def _pieces(self, known: _Open, pieces: Any, last: bool) -> None:
        """Pieces of tool calls: each goes to the call of its place."""
        before = [str(call) for call in known.calls.values()]
        for piece in pieces:
            place = piece.get("index")
            at = place if place is not None else piece.get("id") or next(reversed(known.calls), 0)
            known.calls.setdefault(at, _Call()).take(piece)
        if last:
            for call in known.calls.values():
                call.close()
        if (calls := [str(call) for call in known.calls.values()]) != before:
            self._log.amend(known.number, calls=calls)


def given_messages(input: Any) -> Iterator[tuple[str, str]]:
    """Role and text of the messages that a run is started with, in the forms that ``add_messages`` takes.

    Example:
        >>> [*given_messages({"messages": [("user", "hello")]})]
        [('user', 'hello')]
    """
    found = input.get("messages") if isinstance(input, dict) else None
    for message in found if isinstance(found, list) else [found]:
        match message:
            case str():
                yield "user", message
            case (str(role), str(text)):
                yield _SPOKEN.get(role, role), text
            case {"role": str(role), "content": str(text)}:
                yield _SPOKEN.get(role, role), text
            case _ if is_message(message):
                yield message_role(message), message_text(message)


_SPOKEN = {"human": "user", "ai": "assistant"}
