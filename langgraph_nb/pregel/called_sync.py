"""Tasks that code calls, in a run that is driven from a thread: begun soon in another thread, or by who waits for them.

Performs the commands of ``pregel.called``; knows threads, and nothing of event loops but how to hand one a result.
"""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from langgraph_nb.errors import GraphInterrupt
from langgraph_nb.pregel.call import Scope
from langgraph_nb.pregel.call_threads import CalledJob, CallThreads
from langgraph_nb.pregel.called import Calling, namespace_around, returned, with_questions
from langgraph_nb.pregel.commands import Emit, EngineCommand, RunTasks
from langgraph_nb.pregel.driver import GRACE, look_at
from langgraph_nb.pregel.events import Answer, TaskFinished

if TYPE_CHECKING:
    from langgraph_nb.pregel.drive_sync import SyncDriver


class SyncCalls:
    """The tasks that the tasks of one run call."""

    def __init__(self, driver: SyncDriver) -> None:
        self.driver: SyncDriver = weakref.proxy(driver)  # which has this
        self.limit = driver.host.max_concurrency
        self.threads: dict[int, CallThreads] = {}
        """How deep calls are nested -> the threads for them; under a limit, callers take none from what they call."""
        self.let_go = False
        """Whether nobody waits any more for what still runs."""

    def begin(self, scope: Scope, commands: Calling) -> Any:
        """Begin a task. Returns its future; to async code, one of the loop that this runs on."""
        first = self.driver.until_wait(commands)
        job = CalledJob(self._threads(scope), partial(self._value, scope, commands, first))
        if isinstance(first, TaskFinished):
            job.claim()
            job.run()
        else:
            scope.called[job] = None
            job.submit()
        loop = asyncio._get_running_loop()
        return job if loop is None or loop is self.driver.around else _on(loop, job)

    def _threads(self, scope: Scope) -> CallThreads:
        depth = len(namespace_around(scope.task, ())) if self.limit else 0
        threads = self.threads.get(depth)
        return self.threads.setdefault(depth, CallThreads(self.limit)) if threads is None else threads

    def _value(self, scope: Scope, commands: Calling, first: EngineCommand | TaskFinished, job: CalledJob) -> Any:
        """What a task returns, after it was run in this thread."""
        __tracebackhide__ = True
        finished = first if isinstance(first, TaskFinished) else self._perform(scope, commands, first)
        scope.call_ended(job, finished)
        return returned(finished)

    def _perform(self, scope: Scope, commands: Calling, command: EngineCommand) -> TaskFinished:
        __tracebackhide__ = True
        driver = self.driver
        answer: Answer
        while True:
            if isinstance(command, RunTasks):
                inner = Scope(driver.host, command.tasks[0], command.state, command.journal)
                inner.callbacks, inner.caller = scope.callbacks, scope
                answer = driver.told((driver.perform(inner),))
            elif self.let_go:
                raise KeyboardInterrupt
            elif isinstance(command, Emit):
                driver.tell(command.event)
                answer = None
            else:
                answer = driver.store(command)
            try:
                command = commands.send(answer)
            except StopIteration as stop:
                finished: TaskFinished = stop.value
                return finished

    def settle(self, scope: Scope, finished: TaskFinished) -> TaskFinished:
        """See to it that what a task called has ended; of one that failed, what has not begun does not."""
        called: tuple[CalledJob, ...] = tuple(scope.called)
        if finished.error is not None:
            for job in called:
                job.cancel()
        for job in called:
            job.finish()
        if finished.error is None:
            for job in called:
                error = job.exception() if job in scope.called and not job.cancelled() else None
                if error is not None and not isinstance(error, GraphInterrupt):  # it could not be stored
                    raise error
        return with_questions(finished, scope.called.values())

    def stop(self) -> None:
        """Let nothing begin any more, interrupt what runs, and let go of it; what was stored by then stays."""
        self.let_go = True
        for threads in tuple(self.threads.values()):
            threads.stop(KeyboardInterrupt)
        for threads in tuple(self.threads.values()):
            threads.wait(GRACE)


def _on(loop: asyncio.AbstractEventLoop, future: Future[Any]) -> asyncio.Future[Any]:
    """A future of the loop that follows one of a thread."""
    wrapped = asyncio.wrap_future(future, loop=loop)
    wrapped.add_done_callback(look_at)
    return wrapped
