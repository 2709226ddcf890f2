"""A run that is watched: started in a cell, paused, answered, stopped and gone on with, on one event loop.

Theory of operation. The loop and the context variables of the cell are kept when the run begins. Whatever comes later,
in whichever thread (a click's handler may have one of its own, with another loop), is put on that loop with
``call_soon_threadsafe``, in that context: so nodes print where the cell prints, also after the cell has ended. One
segment of the run (from a start or an answer to the next pause) is one asyncio task, kept referenced; a second task
looks every 50 ms what is to be shown, and so lets Interrupt land while the cell awaits. What happens inside of tasks is
only noted as it comes, and folded at these looks, or before anything that comes after it. Answers are taken one at a
time: each is validated, checked against the questions that the thread has pending then, and only after that resumes.

This file must not know of widgets: what shows a run is a ``Surface``.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from langgraph_nb.errors import ThreadBusyError, UnknownInterruptError, did_you_mean, is_invalid_resume
from langgraph_nb.notebook.forms import Form, explained, form_of, read_answer
from langgraph_nb.notebook.live.heard import Heard
from langgraph_nb.notebook.live.prints import node_prints
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key, text_of
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.pregel.events import RunFinished
from langgraph_nb.spans import Spans
from langgraph_nb.types import Command, Interrupt, StateSnapshot

__all__ = ["LiveRun", "Options", "RunStopped", "Surface"]

HEARTBEAT = 0.05
FLUSH = 0.09
"""Seconds between two looks that tokens are shown at: every second heartbeat. A message to a page is dear, and nobody
reads faster."""
NODE_END = 1 / 40
"""A node that has ended is shown sooner than a token or a task of many; a thousand do not make a thousand messages."""
GRACE = 0.5
"""Seconds that a cancelled run may take before the cell is freed."""

ANSWERED = "This question was answered already, here or elsewhere; nothing was changed."
BUSY = "Somebody else is at this thread just now; nothing was changed. Try again in a moment."


class RunStopped(Exception):
    """A person stopped the run."""

    def _render_traceback_(self) -> list[str]:
        return [f"Stopped: {self}"]


class Surface:
    """What a run is shown on. This one shows nothing."""

    takes_prints = True
    """Whether what nodes print is shown here, and not where the cell prints."""

    def flush(self, view: RunView, now: float, force: bool) -> None:
        """Show what changed; ``force``: whatever was shown a moment ago."""

    def whole(self, view: RunView, now: float) -> None:
        """Show everything, to a page that has just come."""

    def settle(self, view: RunView, now: float) -> None:
        """The run paused or ended."""


@dataclass(frozen=True, slots=True)
class Options:
    """How each segment of a run is started."""

    config: Mapping[str, Any]
    context: Any = None
    durability: Any = None
    interrupt_before: Any = None
    interrupt_after: Any = None


class LiveRun:
    """One run on one thread.

    Args:
        find: The graph as it is now; a redefined graph is picked up when the run goes on.
        options: How each segment is started.
        view: What is known of the run.
        surface: What it is shown on.
        clock: Seconds of any origin.
    """

    def __init__(
        self,
        find: Callable[[], Any],
        options: Options,
        view: RunView,
        surface: Surface,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options, self.view, self.surface = options, view, surface
        self.result: Any = None
        """The state that the run came to; of a paused run, its questions are under ``__interrupt__``."""
        self.error: BaseException | None = None
        self.spans = Spans(view.name, view.thread)
        """What it does, with times, for whoever asks afterwards."""
        self._find, self._clock = find, clock
        self._forms: dict[str, tuple[Interrupt, Form]] = {}
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._task: asyncio.Task[None] | None = None
        self._kept: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._flushed = 0.0
        self._heard = Heard(clock)

    @property
    def status(self) -> str:
        """``running``, ``paused``, ``done``, ``failed`` or ``stopped``."""
        return self.view.status

    @property
    def graph(self) -> Any:
        """The graph as it is now."""
        return self._find()

    @property
    def begun(self) -> bool:
        """Whether anything was run; a stored thread is only shown."""
        return self._task is not None

    # -- in the cell ---------------------------------------------------------------------------------------------------

    async def run(self, input: Any) -> None:
        """Run a segment and wait for its end. Interrupt cancels it and leaves the thread ready to go on."""
        __tracebackhide__ = True
        task = self._launch(input)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
            raise

    async def wait(self) -> Any:
        """Wait until nothing is left to answer, and return the result. Only where clicks arrive meanwhile."""
        while self.status == "running" or (self.status == "paused" and self.view.resumable):
            await asyncio.sleep(HEARTBEAT)
        return self.result

    def load(
        self, history: list[StateSnapshot], inside: Mapping[tuple[str, ...], list[StateSnapshot]] | None = None
    ) -> None:
        """Take over what a stored thread came to and waits for, without running anything.

        Args:
            history: Its snapshots since its last input, the newest first.
            inside: The same of the graphs inside that wait, by namespace.
        """
        for ns, snapshots in {(): history, **(inside or {})}.items():
            ran: tuple[str, ...] = ()
            for stored in reversed(snapshots):
                self.view.remember((stored.metadata or {}).get("step", 0), stored.values, ran, ns)
                ran = tuple(task.name for task in stored.tasks)
            self.view.mark_waiting(snapshots[0].next, _asking(snapshots[0]), ns)
        self._wait_as(history[0])

    async def command(self, raw: Any, id: str | None = None) -> Command[Any]:
        """The command that resumes with an answer from code.

        Args:
            raw: The answer.
            id: Which question it is for, where several wait.

        Raises:
            CellError: No question waits, several do and none is named, or the answer does not fit.
        """
        known = list(self._forms)
        if not known:
            raise CellError("This thread waits for no answer.", "Without an answer, %resume goes on with it.")
        if id is None and len(known) > 1:
            listed = "".join(f"\n  --id {i}  {brief(form.question)}" for i, (_, form) in self._forms.items())
            raise CellError(f"{len(known)} questions wait.", f"Say which one is answered:{listed}")
        if id is not None and id not in known:
            raise CellError(f"No question {id!r} waits.", did_you_mean(id, known))
        chosen = id or known[0]
        asked = self._forms[chosen][1].question
        command = await self.check(chosen, raw)
        if command is None and not (problem := self.problem(chosen)):
            raise CellError(self.view.note, f"Asked: {asked}")
        if command is None:
            raise CellError(f"The answer does not fit: {problem}", f"Asked: {asked}")
        return command

    # -- from anywhere, any thread -------------------------------------------------------------------------------------

    def answer(self, id: str, raw: Any) -> None:
        """Answer a question; what comes of it is shown in the view."""
        self._post(lambda: self._answer(id, raw))

    def resume(self) -> None:
        """Go on with a run that failed, was stopped, or paused at a breakpoint, with the graph as it is now."""
        self._post(self._resume)

    def do(self, message: Mapping[str, Any]) -> None:
        """A button of a debugger was pressed; a run that is only watched has none."""

    def stop(self) -> None:
        """Cancel what runs."""
        self._loop.call_soon_threadsafe(self._cancel, context=self._context)

    def show_whole(self) -> None:
        """A page has come, or has missed something."""
        self._loop.call_soon_threadsafe(lambda: self.surface.whole(self.view, self._clock()))

    def _post(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._loop.call_soon_threadsafe(lambda: self._keep(self._told(work())), context=self._context)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Nobody awaits what a click began: what goes wrong around the run itself is said in the view."""
        try:
            await work
        except Exception as error:
            self.view.set_status(self.view.status, f"{type(error).__name__}: {error}")
            self._show_forms({})

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that nothing refers to may vanish in the middle of its work."""
        task = self._loop.create_task(work, context=self._context.copy())
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)
        return task

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # -- on the loop ---------------------------------------------------------------------------------------------------

    async def _answer(self, id: str, raw: Any) -> None:
        async with self._turn:
            await self._settled()
            answer = await self.check(id, raw)
            if answer is not None:
                await asyncio.wait({self._launch(answer, id)})

    async def check(self, id: str, raw: Any) -> Command[Any] | None:
        """The command that resumes with an answer; ``None`` when the answer is refused, which the view then says."""
        if id not in self._forms:
            self.say(ANSWERED)
            return None
        interrupt, form = self._forms[id]
        answer = read_answer(interrupt, raw, form)
        if not answer.ok:
            self._show_forms({id: dict(answer.errors)})
            return None
        pending = (await self._find().aget_state(self.options.config)).interrupts
        if id not in {i.id for i in pending}:
            self._offer(pending)
            self.say(ANSWERED)
            return None
        self.view.outputs.answered(form.question, _answer_text(form, answer.value))
        return Command(resume={id: answer.value})

    def problem(self, id: str) -> str:
        """Why the last answer to a question was refused, in words."""
        shown = next((f for f in self.view.forms if f["id"] == id), None)
        errors = (shown or {}).get("errors") or {}
        return "; ".join(f"{path.replace('/', '.')}: {what}" if path else what for path, what in errors.items())

    async def _resume(self) -> None:
        async with self._turn:
            await self._settled()
            await asyncio.wait({self._launch(None)})

    async def _settled(self) -> None:
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task})

    def _launch(self, input: Any, answered: str = "") -> asyncio.Task[None]:
        self._task = self._keep(self._segment(input, answered))
        return self._task

    async def _segment(self, input: Any, answered: str = "") -> None:
        """Run to the next pause. The other questions stay open while what came of an answer runs."""
        self.error = None
        self.view.begin(input, self._clock())
        self.spans.begin(self._clock())
        if len(self._forms) > 1 and answered:
            del self._forms[answered]
            self._show_forms({})
        ticking = self._keep(self._tick())
        try:
            with node_prints(self._printed) if self.surface.takes_prints else nullcontext():
                await self._follow(input)
        except asyncio.CancelledError:
            self.view.stop(self._clock())
            self.spans.stop(self._clock())
            raise
        except Exception as error:
            if not (answered and await self._taken_back(error, input.resume[answered], answered)):
                self.error = error
                self.view.fail(error, self._clock())
                self.spans.fail(error, self._clock())
        finally:
            ticking.cancel()
            self.settle()

    async def _taken_back(self, error: Exception, value: Any, id: str) -> bool:
        """Whether the thread refused an answer, and nothing came of it: what waits, waits as before."""
        note, errors = "", {}
        if is_invalid_resume(error):
            errors = {id: explained(error, value)}
        elif isinstance(error, ThreadBusyError | UnknownInterruptError):
            note = BUSY if isinstance(error, ThreadBusyError) else ANSWERED
        else:
            return False
        snapshot = await self._find().aget_state(self.options.config)
        self.view.stop(self._clock())
        self._wait_as(snapshot, note)
        self._show_forms(errors)
        return True

    def _wait_as(self, snapshot: StateSnapshot, note: str = "") -> None:
        """Take over what a stored thread waits for."""
        self.view.interrupts = snapshot.interrupts
        self.view.mark_waiting(snapshot.next, _asking(snapshot))
        self.view.set_status("paused", note)
        self._offer(snapshot.interrupts)
        self.result = _with_interrupts(snapshot.values, snapshot.interrupts)

    async def _follow(self, input: Any) -> None:
        o = self.options
        run = self._find().aevents(
            input, dict(o.config), context=o.context, durability=o.durability, hear=self._heard.event,
            interrupt_before=o.interrupt_before, interrupt_after=o.interrupt_after, messages=True,
        )  # fmt: skip
        try:
            async with aclosing(run) as events:
                async for ns, event in events:
                    self.take_in()
                    now = self._clock()
                    self.view.fold(ns, event, now)
                    self.spans.fold(ns, event, now)
                    if isinstance(event, RunFinished) and not ns:
                        self._finished(event)
                    if self.flush_soon():
                        await asyncio.sleep(0)  # a run that never waits must not keep Stop and Interrupt out
        finally:
            self.take_in()
            self._heard = Heard(self._clock)  # what still runs of this, in a thread, is listened to no more

    def _finished(self, event: RunFinished) -> None:
        self.result = _with_interrupts(event.values, event.interrupts)
        self._offer(event.interrupts)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            self.flush_soon()

    def _printed(self, node: str, text: str) -> None:
        """Called in the thread of the node that prints."""
        self._heard.print(node, text)

    # -- showing -------------------------------------------------------------------------------------------------------

    def _offer(self, interrupts: Any) -> None:
        self._forms = {i.id: (i, _form(i)) for i in interrupts}
        self._show_forms({})

    def _show_forms(self, errors: dict[str, dict[str, str]]) -> None:
        shown = [{**form.to_json(), "errors": errors.get(id, {})} for id, (_, form) in self._forms.items()]
        self.view.set_forms(shown)
        self._flush(0.0)

    def say(self, note: str) -> None:
        """A sentence for the person who looks."""
        self.view.set_note(note)
        self._flush(0.0)

    def take_in(self) -> None:
        """Fold what was heard so far."""
        self._heard.take_in(self.view, self.spans)

    def flush_soon(self) -> bool:
        """Show what happened, if its time has come; whether it had."""
        return self._flush(NODE_END if self.view.left else FLUSH)

    def _flush(self, after: float) -> bool:
        now = self._clock()
        if now - self._flushed < after:
            return False
        self.take_in()
        if not self.view.changed:
            return False
        self._flushed = now
        self.surface.flush(self.view, now, after == 0.0)
        return True

    def settle(self) -> None:
        """Show how things stand, for good."""
        self.take_in()
        now = self._clock()
        self.surface.flush(self.view, now, True)
        self.surface.settle(self.view, now)


def _form(interrupt: Interrupt) -> Form:
    """A question whose schema makes no form is answered as JSON, and says why."""
    try:
        return form_of(interrupt)
    except TypeError as error:
        plain = form_of(replace(interrupt, response_schema=None))
        return replace(plain, root=replace(plain.root, description=str(error)))


def _asking(snapshot: StateSnapshot) -> frozenset[str]:
    return frozenset(task.name for task in snapshot.tasks if task.interrupts)


def _answer_text(form: Form, value: Any) -> str:
    """An answer as it is kept in sight, without what was typed into secret fields."""
    secret = {f.key for f in form.root.fields if f.kind == "secret"}
    if form.root.kind == "secret":
        return MASK
    if not isinstance(value, dict):
        return text_of(value, 600)
    return "\n".join(f"{k}: {MASK if k in secret or is_secret_key(k) else brief(v)}" for k, v in value.items())


def _with_interrupts(values: Any, interrupts: tuple[Interrupt, ...]) -> Any:
    if not interrupts:
        return values
    return {**(values if isinstance(values, dict) else {}), "__interrupt__": list(interrupts)}
