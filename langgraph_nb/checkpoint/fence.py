"""What a saver offers so that each of its threads has one writer (``checkpoint.claims``). Knows no storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from langgraph_nb.checkpoint.claims import Claim, ClaimRow
from langgraph_nb.errors import ThreadBusyError

T = TypeVar("T")


class Fenced:
    """The part of a saver that has to do with claims. Where a method has a name with ``a`` before it, it is awaited."""

    fences: bool = False
    """Whether runs claim their threads here, and commits check that."""
    has_database: bool = False
    """Whether effects of tasks can be committed with their results (``transaction=``)."""
    wait_for_thread: float = 0.0
    """Seconds that a run waits for its thread while another one writes to it, unless its config says otherwise."""

    if TYPE_CHECKING:

        async def _off_loop(self, call: Callable[[], T]) -> T: ...

    def claim(self, claim: Claim) -> ThreadBusyError | None:
        """Claim a thread for a run. Gives the error that says who writes to it, if somebody does."""
        raise NotImplementedError

    async def aclaim(self, claim: Claim) -> ThreadBusyError | None:
        """``claim``, awaited."""
        return await self._off_loop(partial(self.claim, claim))

    def beat(self, alive: Iterable[Claim]) -> None:
        """Note that the runs of these claims live, for processes that cannot see whether this one does."""
        raise NotImplementedError

    def claimed(self, thread_id: str) -> Claim | ClaimRow | None:
        """The last claim to a thread."""
        raise NotImplementedError

    async def aclaimed(self, thread_id: str) -> Claim | ClaimRow | None:
        """``claimed``, awaited."""
        return await self._off_loop(partial(self.claimed, thread_id))

    def release_thread(self, thread_id: str) -> None:
        """Take a thread from the run that writes to it. What that run still wants to store is refused.

        For runs that are known to be dead where this process cannot see it: on a machine that is gone.

        Args:
            thread_id: The thread.

        Example:
            >>> from langgraph_nb.checkpoint.memory import InMemorySaver
            >>> InMemorySaver().release_thread("1")
        """
        raise NotImplementedError

    async def arelease_thread(self, thread_id: str) -> None:
        """``release_thread``, awaited."""
        await self._off_loop(partial(self.release_thread, thread_id))
