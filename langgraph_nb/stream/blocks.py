"""Messages of a run by content blocks, as event streams show them: models report each part of a message as an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers._streaming import _V2StreamingCallbackHandler

from langgraph_nb.pregel.events import MessageChunk
from langgraph_nb.stream.messages import MessageListener, Tell


class BlockListener(MessageListener, _V2StreamingCallbackHandler):
    """Hears models by content blocks. Results of tools are none of the messages that it hears from nodes.

    Args:
        listener: As for ``MessageListener``.
        inside: As for ``MessageListener``.
    """

    by_blocks = True

    def __init__(self, listener: Callable[[], Tell], inside: bool = False) -> None:
        super().__init__(listener, inside)
        self.streamed: set[int] = set()
        """Model calls under way that have told a part of their message."""

    def on_llm_new_token(self, token: Any, **more: Any) -> None:
        """Parts come as events; a model whose ``stream`` a node calls is heard when it ends."""

    def on_stream_event(self, event: Any, *, run_id: UUID, **more: Any) -> None:
        known = self.open.get(run_id.int)
        if known is None:
            return
        tell, namespace, task, metadata = known
        if event.get("event") == "message-start":
            self.streamed.add(run_id.int)
            if event.get("message_id"):
                self.seen.add(event["message_id"])
        tell((namespace, MessageChunk(task, event, {**metadata, "run_id": str(run_id)})))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        if run_id.int in self.streamed:
            self.streamed.discard(run_id.int)
            del self.open[run_id.int]
            generation = response.generations[0][0]
            if isinstance(generation, ChatGeneration):
                self._note(generation.message)
        else:
            super().on_llm_end(response, run_id=run_id, **kwargs)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self.streamed.discard(run_id.int)
        super().on_llm_error(error, run_id=run_id, **kwargs)

    def _emit_new(self, message: BaseMessage, *call: Any) -> None:
        if not isinstance(message, ToolMessage):
            super()._emit_new(message, *call)
