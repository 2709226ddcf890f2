"""Chat completions as OpenAI's server words them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .server import Body, Turn, halves, words

USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


class OpenAI:
    path = "/v1/chat/completions"

    def answered(self, body: Body) -> int:
        return sum(message["role"] == "assistant" for message in body["messages"])

    def whole(self, turn: Turn, body: Body, number: int) -> Body:
        calls = [
            {"id": f"call_{number}_{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
            for n, (name, args) in enumerate(turn.calls)
        ]
        message = {"role": "assistant", "content": _text(turn), **({"tool_calls": calls} if calls else {})}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop", "logprobs": None}
        return {**_head(body, number, "chat.completion"), "choices": [choice], "usage": USAGE}

    def events(self, turn: Turn, body: Body, number: int) -> Iterator[str]:
        head = _head(body, number, "chat.completion.chunk")

        def event(delta: Any, finish: str | None = None) -> str:
            return _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield event({"role": "assistant", "content": ""})
        for word in words(_text(turn)):
            yield event({"content": word})
        for n, (name, args) in enumerate(turn.calls):
            function = {"name": name, "arguments": ""}
            yield event({"tool_calls": [_piece(n, function, id=f"call_{number}_{n}", type="function")]})
            for half in halves(args):
                yield event({"tool_calls": [_piece(n, {"arguments": half})]})
        yield event({}, "tool_calls" if turn.calls else "stop")
        yield _event({**head, "choices": [], "usage": USAGE})
        yield "data: [DONE]\n\n"

    def error(self, status: int) -> Body:
        return {"error": {"message": f"refused with {status}", "type": "refused", "code": None, "param": None}}


def _text(turn: Turn) -> str:
    return turn.text if turn.form is None else json.dumps(turn.form)


def _head(body: Body, number: int, kind: str) -> Body:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 1, "model": body["model"]}


def _piece(index: int, function: Body, **more: Any) -> Body:
    return {"index": index, "function": function, **more}


def _event(data: Body) -> str:
    return f"data: {json.dumps(data)}\n\n"
