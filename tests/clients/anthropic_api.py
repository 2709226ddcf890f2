"""Messages as Anthropic's server words them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .server import Body, Turn, halves, words

ERRORS = {400: "invalid_request_error", 404: "not_found_error", 429: "rate_limit_error"}


class Anthropic:
    path = "/v1/messages"

    def answered(self, body: Body) -> int:
        return sum(message["role"] == "assistant" for message in body["messages"])

    def whole(self, turn: Turn, body: Body, number: int) -> Body:
        blocks = [block for block, _ in _blocks(turn, body, number)]
        stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
        return {**_message(body, number), "content": blocks, "stop_reason": stop}

    def events(self, turn: Turn, body: Body, number: int) -> Iterator[str]:
        whole = self.whole(turn, body, number)
        yield _event("message_start", message=_message(body, number))
        for index, (block, deltas) in enumerate(_blocks(turn, body, number)):
            empty = {**block, **({"text": ""} if block["type"] == "text" else {"input": {}})}
            yield _event("content_block_start", index=index, content_block=empty)
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        stop = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        yield _event("message_delta", delta=stop, usage={"output_tokens": 7})
        yield _event("message_stop")

    def error(self, status: int) -> Body:
        kind = ERRORS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": f"refused with {status}"}}


def _blocks(turn: Turn, body: Body, number: int) -> Iterator[tuple[Body, list[Body]]]:
    """The blocks of an answer, each with the deltas that it is streamed in."""
    if turn.text:
        yield {"type": "text", "text": turn.text}, [{"type": "text_delta", "text": word} for word in words(turn.text)]
    forms = () if turn.form is None else ((body["tools"][-1]["name"], turn.form),)
    for n, (name, args) in enumerate((*turn.calls, *forms)):
        deltas = [{"type": "input_json_delta", "partial_json": half} for half in halves(args)]
        yield {"type": "tool_use", "id": f"toolu_{number}_{n}", "name": name, "input": args}, deltas


def _message(body: Body, number: int) -> Body:
    return {
        "id": f"msg_{number}", "type": "message", "role": "assistant", "content": [], "model": body["model"],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 7},
    }  # fmt: skip


def _event(kind: str, **data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
