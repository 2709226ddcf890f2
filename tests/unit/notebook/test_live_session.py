"""A watched run: answers, refusals, failures, Stop, and what is shown where nobody can click."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.notebook.live import run as live_run
from langgraph_nb.notebook.live.prints import node_prints
from langgraph_nb.notebook.live.run import StillSurface, finish, last_run, live, open_thread, reopen
from langgraph_nb.notebook.live.session import ANSWERED, LiveRun, Options, RunStopped, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import NO_WAY_ON, words
from langgraph_nb.notebook.live.terminal import TerminalSurface, print_events
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.pregel.events import RunFinished
from langgraph_nb.scope import current_scope
from langgraph_nb.types import Interrupt
from tests.unit.notebook.live_events import FakeGraph, asking, finished, started, stepped, topology


class Decision(BaseModel):
    approve: bool


NAME = Interrupt("Your name?", id="q1")
APPROVE = Interrupt("Approve?", id="q2", response_schema=Decision)


class Recorded(Surface):
    """A surface that keeps what it is shown."""

    def __init__(self) -> None:
        self.patches: list[dict[str, Any]] = []
        self.settled: list[str] = []

    def flush(self, view: RunView, now: float, force: bool) -> None:
        self.patches.append(view.patch(now) or {})

    def settle(self, view: RunView, now: float) -> None:
        self.settled.append(view.status)


def watched(graph: FakeGraph, surface: Surface | None = None) -> LiveRun:
    view = RunView(graph.topology(), name=graph.name, thread="1")
    view.resumable = True
    return LiveRun(lambda: graph, Options({"configurable": {"thread_id": "1"}}), view, surface or Recorded())


def in_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await asyncio.wait_for(story(), 20)

    asyncio.run(told())


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0)


def test_a_run_to_the_end_has_the_states_values() -> None:
    async def story() -> None:
        graph = FakeGraph(lambda _: [started("a"), finished("a", n=1), RunFinished("finished", {"n": 1})], "a")
        surface = Recorded()
        run = watched(graph, surface)
        assert await finish(run, {}) == {"n": 1}
        assert surface.settled == ["done"]

    in_loop(story)


def test_an_answer_after_the_cell_goes_on_in_the_same_view() -> None:
    async def story() -> None:
        run = watched(FakeGraph(asking(NAME), "ask"))
        assert (await finish(run, {}))["__interrupt__"] == [NAME]
        run.answer("q1", "Ada")
        await until(lambda: run.status == "done")
        assert run.result == {"got": {"q1": "Ada"}}
        assert run.view.forms == []

    in_loop(story)


def test_an_answer_may_come_from_another_thread() -> None:
    async def story() -> None:
        run = watched(FakeGraph(asking(NAME), "ask"))
        await run.run({})
        threading.Thread(target=run.answer, args=("q1", "Ada")).start()
        await until(lambda: run.status == "done")

    in_loop(story)


def test_a_wrong_answer_is_explained_at_its_field_and_runs_nothing() -> None:
    async def story() -> None:
        graph = FakeGraph(asking(APPROVE), "ask")
        run = watched(graph)
        await run.run({})
        run.answer("q2", {"approve": "perhaps"})
        await until(lambda: bool(run.view.forms[0]["errors"]))
        assert list(run.view.forms[0]["errors"]) == ["approve"]
        assert (run.status, len(graph.inputs)) == ("paused", 1)

    in_loop(story)


def test_several_questions_are_answered_in_any_order() -> None:
    async def story() -> None:
        run = watched(FakeGraph(asking(NAME, APPROVE), "ask"))
        await run.run({})
        run.answer("q2", {"approve": True})
        run.answer("q1", "Ada")
        await until(lambda: run.status == "done")
        assert run.result == {"got": {"q2": {"approve": True}, "q1": "Ada"}}

    in_loop(story)


def test_a_second_answer_is_refused_with_a_word() -> None:
    async def story() -> None:
        run = watched(FakeGraph(asking(NAME), "ask"))
        await run.run({})
        run.answer("q1", "Ada")
        run.answer("q1", "Bob")
        await until(lambda: run.view.note == ANSWERED)
        assert run.result == {"got": {"q1": "Ada"}}

    in_loop(story)


def test_an_answer_to_a_question_that_was_answered_elsewhere_is_refused() -> None:
    async def story() -> None:
        graph = FakeGraph(asking(NAME), "ask")
        run = watched(graph)
        await run.run({})
        graph.pending = ()
        run.answer("q1", "Ada")
        await until(lambda: run.view.note == ANSWERED)
        assert len(graph.inputs) == 1
        assert run.view.forms == []

    in_loop(story)


def test_what_is_typed_into_a_secret_field_is_not_kept_in_sight() -> None:
    async def story() -> None:
        secret = {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}}
        run = watched(FakeGraph(asking(Interrupt("PIN?", id="q", response_schema=secret)), "ask"))
        await run.run({})
        run.answer("q", {"pin": "1234"})
        await until(lambda: run.status == "done")
        told = next(e for e in run.view.log.to_json() if e["kind"] == "input")
        assert told["text"] == "pin: •••"

    in_loop(story)


def test_a_failure_is_raised_in_the_cell_and_resume_goes_on() -> None:
    async def story() -> None:
        endings: list[list[Any]] = [[started("a"), ValueError("no")], [RunFinished("finished", {"n": 1})]]
        run = watched(FakeGraph(lambda _: endings.pop(0), "a"))
        with pytest.raises(ValueError, match="no"):
            await finish(run, {})
        assert run.view.failure is not None
        run.resume()
        await until(lambda: run.status == "done")
        assert run.error is None and run.view.failure is None

    in_loop(story)


def test_what_goes_wrong_around_a_click_is_said_in_the_view() -> None:
    async def story() -> None:
        graph = FakeGraph(asking(NAME), "ask")
        run = watched(graph)
        await run.run({})

        async def broken(config: Any) -> Any:
            raise OSError("the database is gone")

        graph.aget_state = broken  # type: ignore[method-assign]
        run.answer("q1", "Ada")
        await until(lambda: bool(run.view.note))
        assert run.view.note == "OSError: the database is gone"
        assert [f["id"] for f in run.view.forms] == ["q1"]

    in_loop(story)


def endless() -> FakeGraph:
    return FakeGraph(lambda _: [started("a"), asyncio.Event().wait], "a")


def test_stop_ends_the_cell_with_one_line() -> None:
    async def story() -> None:
        run = watched(endless())
        task = asyncio.ensure_future(finish(run, {}))
        await until(lambda: run.view.nodes["a"].status == "running")
        run.stop()
        with pytest.raises(RunStopped, match="Resume goes on"):
            await task
        assert run.status == "stopped"

    in_loop(story)


def test_interrupting_the_cell_cancels_the_run() -> None:
    async def story() -> None:
        run = watched(endless())
        task = asyncio.ensure_future(finish(run, {}))
        await until(lambda: run.view.nodes["a"].status == "running")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.status == "stopped"

    in_loop(story)


def test_prints_of_nodes_go_to_the_view_and_others_where_they_always_went(capsys: pytest.CaptureFixture[str]) -> None:
    class Scope:
        def __init__(self) -> None:
            self.config = {"metadata": {"langgraph_node": "a", "langgraph_checkpoint_ns": "sub:1|a:2"}}

    told: list[tuple[str, str]] = []
    with node_prints(lambda node, text: told.append((node, text))):
        print("outside")
        token = current_scope.set(Scope())  # type: ignore[arg-type]
        print("inside")
        current_scope.reset(token)
    assert "".join(text for _, text in told) == "inside\n"
    assert {node for node, _ in told} == {"sub|a"}
    assert capsys.readouterr().out == "outside\n"
    assert type(sys.stdout).__name__ != "_Prints"


def test_a_stored_thread_shows_its_questions_without_running() -> None:
    async def story() -> None:
        graph = FakeGraph(asking(NAME), "ask")
        graph.pending = (NAME,)
        run = await reopen(graph, thread="7")
        assert graph.inputs == []
        assert (run.status, run.view.nodes["ask"].status) == ("paused", "waiting")
        run.answer("q1", "Ada")
        await until(lambda: run.status == "done")

    in_loop(story)


def test_who_goes_on_with_a_thread_that_is_not_there_hears_of_one_with_nearly_its_name() -> None:
    builder = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a")
    graph = builder.compile(InMemorySaver(), name="g")
    graph.invoke({"n": 1}, {"configurable": {"thread_id": "monday"}})

    async def story() -> None:
        with pytest.raises(CellError, match=r"does not exist: .* Did you mean thread 'monday'"):
            await reopen(graph, thread="mondya")
        with pytest.raises(CellError, match=r"has finished: .* Start a run\."):
            await reopen(graph, thread="monday")

    in_loop(story)


def test_answers_from_code_are_validated_and_named_where_several_wait() -> None:
    async def story() -> None:
        graph = FakeGraph(asking(NAME, APPROVE), "ask")
        graph.pending = (NAME, APPROVE)
        run = await open_thread(graph, thread="7")
        with pytest.raises(CellError, match="2 questions wait"):
            await run.command("x")
        with pytest.raises(CellError, match="Did you mean 'q1'"):
            await run.command("x", "q11")
        with pytest.raises(CellError, match=r"does not fit: approve: Input should be a valid boolean"):
            await run.command({"approve": "perhaps"}, "q2")
        assert (await run.command({"approve": True}, "q2")).resume == {"q2": {"approve": True}}

    in_loop(story)


def test_a_thread_that_waits_for_nothing_and_a_graph_that_keeps_none_say_so() -> None:
    async def story() -> None:
        with pytest.raises(CellError, match="has finished: there is nothing to go on with"):
            await reopen(FakeGraph(asking(NAME), "ask"), thread="7")
        with pytest.raises(CellError, match="has no checkpointer"):
            await reopen(FakeGraph(asking(NAME), "ask", checkpointer=None), thread="7")

    in_loop(story)


def test_in_a_terminal_a_run_is_lines_and_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        result = await live(FakeGraph(asking(APPROVE), "ask"), {}, thread="1")
        assert result["__interrupt__"] == [APPROVE]
        newest = last_run("g")
        assert newest is not None and newest.result == result

    in_loop(story)
    assert capsys.readouterr().out.splitlines()[-2:] == ["? Approve?", "  approve: true or false"]


def test_at_a_terminal_that_answers_wrong_answers_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    problems: list[str] = []
    answers: list[Any] = [{"approve": "perhaps"}, {"approve": True}]

    def ask(interrupt: Interrupt, *, problem: str = "") -> Any:
        problems.append(problem)
        return answers.pop(0)

    monkeypatch.setattr(live_run, "ask", ask)

    async def story() -> None:
        assert await live(FakeGraph(asking(APPROVE), "ask"), {}, thread="1") == {"got": {"q2": {"approve": True}}}

    in_loop(story)
    assert problems[0] == "" and problems[1].startswith("approve: Input should be a valid boolean")


def test_a_thread_is_made_up_where_the_graph_keeps_any() -> None:
    async def story() -> None:
        await live(FakeGraph(lambda _: [RunFinished("finished", {})], name="kept"), {})
        await live(FakeGraph(lambda _: [RunFinished("finished", {})], checkpointer=None, name="lost"), {})
        kept, lost = last_run("kept"), last_run("lost")
        assert kept is not None and kept.view.thread
        assert lost is not None and lost.view.thread is None

    in_loop(story)


def test_a_still_view_shows_picture_and_words_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(live_run, "display", lambda what, **how: shown.append(what))

    async def story() -> None:
        surface: Surface = StillSurface(topology("ask"), "%resume g --thread 1 ANSWER")
        await watched(FakeGraph(asking(APPROVE), "ask"), surface).run({})

    in_loop(story)
    picture, question = shown
    assert picture["image/svg+xml"].startswith("<svg")
    assert picture["text/plain"] == "g: waits for an answer\n  ⏸ ask"
    assert question == {  # apart, or pages would show only the picture
        "text/plain": "? Approve?\n  approve: true or false\n\nAnswer from code: %resume g --thread 1 ANSWER"
    }


def test_a_question_of_a_graph_that_keeps_nothing_is_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        result = await live(FakeGraph(asking(APPROVE), "ask", checkpointer=None), {}, wait=True)
        assert result["__interrupt__"] == [APPROVE]

    in_loop(story)
    view = RunView(topology("ask"), name="g")
    view.set_status("paused")
    view.set_forms([{"question": "?", "context": [], "root": {"key": "", "kind": "text"}}])
    assert words(view).endswith(NO_WAY_ON)


def test_events_are_printed_as_lines_and_control_characters_spelt_out() -> None:
    stream = io.StringIO()
    events = [started("a"), finished("a", text="red\x1b[31m"), stepped(1, text=""), RunFinished("finished", {"n": 1})]
    assert print_events([((), e) for e in events], topology("a"), stream=stream) == {"n": 1}
    assert stream.getvalue() == "    text = red\\u001b[31m\n✓ a  0.0 s\n"


def test_a_terminal_surface_puts_tokens_on_one_line() -> None:
    from langchain_core.messages import AIMessageChunk

    from langgraph_nb.pregel.events import MessageChunk
    from tests.unit.notebook.live_events import task

    stream = io.StringIO()
    surface, view = TerminalSurface(stream), RunView(topology("a"), name="g")
    for text in ("to", "ken"):
        view.fold((), MessageChunk(task("a"), AIMessageChunk(text, id="1"), {}), 0.0)
        surface.flush(view, 0.0, True)
    surface.settle(view, 0.0)
    assert stream.getvalue() == "    assistant: token\n"
    pieces = (("look", '{"q":'), (None, "1}"))
    calls = [{"name": n, "args": args, "id": None, "index": 0, "type": "tool_call_chunk"} for n, args in pieces]
    for text, some in (("s", []), ("", calls[:1]), (" here", calls[1:])):
        chunk = AIMessageChunk(text, id="2", tool_call_chunks=some)
        view.fold((), MessageChunk(task("a"), chunk, {}), 0.0)
    surface.flush(view, 0.0, True)
    surface.settle(view, 0.0)
    assert stream.getvalue().splitlines()[1:] == ["    assistant: s here", "      → look(q=1)"]


def test_where_several_questions_wait_the_line_that_answers_has_an_id() -> None:
    view = RunView(topology("ask"), name="g")
    view.resumable = True
    view.set_status("paused")
    question = {"question": "?", "context": [], "root": {"key": "", "kind": "text"}}
    line = "%resume g --thread 1 ANSWER"
    view.set_forms([question])
    assert words(view, line).endswith(f"Answer from code: {line}")
    view.set_forms([question, question])
    assert "%resume g --thread 1 --id ID ANSWER" in words(view, line)
