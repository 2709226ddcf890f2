"""Tool calls of a run as they happen: that one begins, parts of its output, its end or error.

The handler hears tools through LangChain's callbacks, so that any tool inside nodes and chains is heard. What a tool
puts out on the way comes by a context variable that is set while the tool runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from langgraph_nb.constants import TAG_NOSTREAM
from langgraph_nb.errors import GraphBubbleUp
from langgraph_nb.pregel.events import ToolProgress
from langgraph_nb.records import record
from langgraph_nb.scope import current_scope

Tell = Callable[[tuple[tuple[str, ...], ToolProgress]], None]
Writer = Callable[[Any], None]

output_writer: ContextVar[Writer | None] = ContextVar("langgraph_nb_tool_output", default=None)
"""Tells of a part of the running tool's output; ``None`` where nobody listens."""


@record
class _Open:
    """A call under way."""

    tell: Callable[..., None]
    """Tells of an event of it."""
    around: Writer | None
    """The writer of the tool that it runs in, if it does."""


class ToolListener(BaseCallbackHandler):
    """Hears the tools of a run.

    Args:
        listener: Gives who is told of each event, with the namespace of the graph that it is from.
    """

    run_inline = True
    ignore_llm = ignore_chain = ignore_retriever = ignore_retry = ignore_custom_event = True
    hears_models_only = True  # no reason to report graphs and nodes

    def __init__(self, listener: Callable[[], Tell]) -> None:
        self.listener = listener
        self.open: dict[UUID, _Open] = {}

    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        inputs: dict[str, Any] | None = None,
        tool_call_id: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        scope: Any = current_scope.get()
        if scope is None or TAG_NOSTREAM in (tags or ()):
            return
        hear, namespace, task = scope.while_it_counts(self.listener()), scope.host.namespace, scope.task
        call_id = tool_call_id or str(run_id)

        def tell(event: str, **data: Any) -> None:
            hear((namespace, ToolProgress(task, {"event": event, "tool_call_id": call_id, **data})))

        self.open[run_id] = _Open(tell, output_writer.get())
        output_writer.set(lambda delta: tell("tool-output-delta", delta=delta))
        given = {} if inputs is None else {"input": inputs}
        tell("tool-started", tool_name=(serialized or {}).get("name") or name or "", **given)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        if call := self._ended(run_id):
            call.tell("tool-finished", output=output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        call = self._ended(run_id)
        if call is not None and not isinstance(error, GraphBubbleUp):  # one that asks is not over
            call.tell("tool-error", message=str(error))

    def _ended(self, run_id: UUID) -> _Open | None:
        call = self.open.pop(run_id, None)
        if call is not None:
            output_writer.set(call.around)
        return call
