"""Messages of a run: tokens as models produce them, and whole messages that nodes return; each message once.

The handler hears models through LangChain's callbacks, so that any model inside nodes, tools and chains is heard. It
knows the listener that it tells, and nothing of drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from langgraph_nb.constants import TAG_NOSTREAM
from langgraph_nb.pregel.events import MessageChunk
from langgraph_nb.scope import current_scope
from langgraph_nb.types import Command

Tell = Callable[[Any, MessageChunk], None]
"""Called with the scope of the task and the event."""


class MessageListener(BaseCallbackHandler, _StreamingCallbackHandler[Any]):
    """Hears the models of a run, and what its nodes return."""

    run_inline = True

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.open: dict[UUID, tuple[Any, dict[str, Any]]] = {}
        """Model calls under way: run id -> (scope, metadata)."""
        self.seen: set[str] = set()
        """Ids of messages that were told, or that were there before."""

    # what an event stream of LangChain would do with the iterators of a chain; tokens come by callback here
    def tap_output_aiter(self, run_id: UUID, output: Any) -> Any:
        return output

    def tap_output_iter(self, run_id: UUID, output: Any) -> Any:
        return output

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        scope = current_scope.get()
        if scope is None or metadata is None or TAG_NOSTREAM in (tags or ()):
            return
        shown = {**metadata, "checkpoint_ns": metadata.get("langgraph_checkpoint_ns", "")}
        if named := [tag for tag in tags or () if not tag.startswith("seq:step")]:
            shown["tags"] = named
        self.open[run_id] = (scope, shown)

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any) -> None:
        if isinstance(chunk, ChatGenerationChunk) and run_id in self.open:
            scope, metadata = self.open[run_id]
            self._emit(scope, chunk.message, metadata)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        scope, metadata = self.open.pop(run_id, (None, {}))
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        message = getattr(generation, "message", None)
        if scope is not None and message is not None:
            self._emit_new(scope, message, metadata)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self.open.pop(run_id, None)

    def returned(self, scope: Any, result: Any) -> None:
        """A node returned this. Messages in it that nobody heard yet are told whole."""
        if TAG_NOSTREAM in (scope.config.get("tags") or ()):
            return
        known = {message.id for message in _messages_in(scope.task.input)}
        metadata = {**scope.config["metadata"], "ls_integration": "langgraph"}
        for message in _messages_in(result):
            if message.id is None or message.id not in known:
                self._emit_new(scope, message, metadata)

    def _emit_new(self, scope: Any, message: BaseMessage, metadata: dict[str, Any]) -> None:
        if message.id is None or message.id not in self.seen:
            self._emit(scope, message, metadata)

    def _emit(self, scope: Any, message: BaseMessage, metadata: dict[str, Any]) -> None:
        if message.id is None:
            message.id = str(uuid4())
        self.seen.add(message.id)
        self.tell(scope, MessageChunk(scope.task, message, metadata))


def _messages_in(value: Any) -> Iterator[BaseMessage]:
    """The messages in a node's input or result: itself, in its values, in lists among its values."""
    if isinstance(value, Command):
        value = value.update
    if isinstance(value, BaseMessage):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _listed(inner)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for inner in value:
            if isinstance(inner, (Command, dict)):
                yield from _messages_in(inner)
            elif isinstance(inner, BaseMessage):
                yield inner
    elif hasattr(value, "__dict__"):
        for inner in vars(value).values():
            yield from _listed(inner)


def _listed(value: Any) -> Iterator[BaseMessage]:
    if isinstance(value, BaseMessage):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from (inner for inner in value if isinstance(inner, BaseMessage))
