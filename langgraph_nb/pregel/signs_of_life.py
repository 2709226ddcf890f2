"""Hearing that a model, tool or chain below a node is at work. Loaded only where langchain-core is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler


class SignsOfLife(BaseCallbackHandler):
    """Calls ``touch`` at every event of LangChain's callbacks.

    Example:
        >>> seen = []
        >>> SignsOfLife(lambda: seen.append("alive")).on_text("...", run_id=None)
        >>> seen
        ['alive']
    """

    run_inline = True

    def __init__(self, touch: Callable[[], None]) -> None:
        self._touch = touch

    def _event(self, *args: Any, **kwargs: Any) -> None:
        self._touch()

    on_llm_start = on_chat_model_start = on_llm_new_token = on_llm_end = on_llm_error = _event
    on_chain_start = on_chain_end = on_chain_error = on_tool_start = on_tool_end = on_tool_error = _event
    on_retriever_start = on_retriever_end = on_retriever_error = on_agent_action = on_agent_finish = _event
    on_text = on_retry = on_custom_event = _event
