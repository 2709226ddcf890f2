"""The loop that async nodes of sync runs share: whatever happens to one who waits, it goes on for all others."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextvars import copy_context
from types import FrameType
from typing import Any

import pytest

from langgraph_nb.pregel import helper_loop
from langgraph_nb.pregel.helper_loop import LoopCall


class CtrlC:
    """Raises ``KeyboardInterrupt`` at the n-th place where Python could."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self


def test_ctrl_c_at_any_place_of_a_wait_leaves_the_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_loop, "TICK", 0.001)
    before = sys.gettrace()
    for place in range(60):
        call = LoopCall(asyncio.Event().wait(), copy_context())
        call.start()
        with pytest.raises(KeyboardInterrupt):
            sys.settrace(CtrlC(place))
            call.result()
        sys.settrace(before)
        call.cancel()
        call.wait(30)
        answered = threading.Event()

        async def answer(answered: threading.Event = answered) -> None:
            answered.set()

        LoopCall(answer(), copy_context()).start()
        assert answered.wait(30), place
