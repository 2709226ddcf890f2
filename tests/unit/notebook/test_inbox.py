"""The inbox: what waits is found across threads, graphs and savers, shown with its cards, and answered once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from pydantic import BaseModel, field_validator
from typing_extensions import TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.inbox import Inbox, inbox
from langgraph_nb.notebook.inbox.opened import open_item
from langgraph_nb.notebook.inbox.widget import InboxView
from langgraph_nb.notebook.live.session import ANSWERED, BUSY
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.types import Command, interrupt
from tests.unit.notebook.test_magics_run import run


class State(TypedDict, total=False):
    got: Any


ran: list[str] = []


def asking(saver: Any, question: str = "Refund?", schema: Any = bool, node: str = "ask", **options: Any) -> Any:
    def ask(state: State) -> Any:
        return {"got": interrupt(question, response_schema=schema)}

    def done(state: State) -> None:
        ran.append(question)

    builder = StateGraph(State).add_node(node, ask).add_node("done", done)
    return builder.add_edge(START, node).add_edge(node, "done").add_edge("done", END).compile(saver, **options)


def config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


@pytest.fixture
def ip() -> Iterator[Any]:
    ran.clear()
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def in_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await asyncio.wait_for(story(), 20)

    asyncio.run(told())


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.001)


def test_what_waits_is_listed_the_newest_first_and_what_does_not_is_left_out(ip: Any) -> None:
    support = ip.user_ns["support"] = asking(InMemorySaver())
    for thread in ("a", "b", "c"):
        support.invoke({}, config(thread))
    support.invoke(Command(resume=True), config("b"))
    found = asyncio.run(inbox())
    assert [(one.thread, one.graph, one.nodes, one.standing) for one in found] == [
        ("c", "support", ("ask",), "waiting"), ("a", "support", ("ask",), "waiting"),
    ]  # fmt: skip
    assert found[0].since.startswith("20") and [i.value for i in found[0].interrupts] == ["Refund?"]
    assert [one.thread for one in asyncio.run(inbox(support, threads="a"))] == ["a"]


def test_threads_in_one_saver_are_told_apart_by_the_graphs_that_made_them(ip: Any) -> None:
    saver = InMemorySaver()
    ip.user_ns["support"] = asking(saver)
    ip.user_ns["sales"] = asking(saver, "Discount?", node="offer")
    ip.user_ns["support"].invoke({}, config("1"))
    ip.user_ns["sales"].invoke({}, config("2"))
    assert {one.thread: one.graph for one in asyncio.run(inbox())} == {"1": "support", "2": "sales"}
    assert [one.thread for one in asyncio.run(inbox(ip.user_ns["sales"]))] == ["2"]
    del ip.user_ns["sales"]
    unknown = asyncio.run(inbox(saver))[0]
    assert (unknown.thread, unknown.standing, unknown.graph) == ("2", "unknown", "")
    assert "run the cells that build its graph" in repr(Inbox([unknown], 1))


def test_it_is_found_in_the_file_by_another_process(
    ip: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SqliteSaver(tmp_path / "threads.db") as then:
        asking(then, schema={"type": "boolean"}).invoke({}, config("42"))
    with SqliteSaver(tmp_path / "threads.db") as saver:
        ip.user_ns["support"] = asking(saver)
        run(ip, "%inbox support")
    said = capsys.readouterr().out
    assert said.startswith("1 thread waits.\n\nsupport, thread 42, at ask, since 20")
    assert said.endswith(
        " UTC\n? Refund?\n  answer: true or false\nAnswer from code: %resume support --thread 42 ANSWER\n"
    )
    assert [one.thread for one in ip.user_ns["_"]] == ["42"]


def test_a_saver_named_in_the_line_serves_graphs_that_were_built_with_another(ip: Any, tmp_path: Path) -> None:
    file = tmp_path / "threads.db"
    with SqliteSaver(file) as then:
        asking(then).invoke({}, config("42"))
    support = ip.user_ns["support"] = asking(InMemorySaver())
    run(ip, f"%inbox --saver sqlite:{file}")
    (found,) = ip.user_ns["_"]
    assert (found.graph, found.compiled is support, found.compiled.checkpointer is support.checkpointer) == (
        "support", False, False,
    )  # fmt: skip
    with pytest.raises(CellError, match="There is no file"):
        run(ip, f"%inbox --saver sqlite:{tmp_path}/none.db")
    with pytest.raises(CellError, match="Name one of them"):
        run(ip, f"%inbox support --saver sqlite:{file}")


def test_mistakes_say_how_to_mend_them(ip: Any) -> None:
    with pytest.raises(CellError, match="No graph of this notebook has a checkpointer"):
        asyncio.run(inbox())
    with pytest.raises(CellError, match="has no checkpointer"):
        asyncio.run(inbox(asking(None)))
    ip.user_ns["support"] = asking(InMemorySaver())
    with pytest.raises(CellError, match="Did you mean 'support'"):
        asyncio.run(inbox("suport"))
    with pytest.raises(LookupError, match="Did you mean 'support'"):
        run(ip, "%inbox suport")
    run(ip, "%inbox")
    assert repr(ip.user_ns["_"]) == "Nothing waits."


def test_a_pause_without_a_question_waits_and_a_failure_does_not(ip: Any) -> None:
    def fail(state: State) -> None:
        raise ValueError("no")

    paused = ip.user_ns["paused"] = asking(InMemorySaver(), interrupt_before=["ask"])
    broken = ip.user_ns["broken"] = (
        StateGraph(State).add_node("fail", fail).add_edge(START, "fail").compile(InMemorySaver())
    )
    paused.invoke({}, config("p"))
    with pytest.raises(ValueError, match="no"):
        broken.invoke({}, config("f"))
    found = asyncio.run(inbox())
    assert [(one.thread, one.interrupts) for one in found] == [("p", ())]
    assert repr(found).endswith("Go on: %resume paused --thread p")


def test_a_thread_that_somebody_is_at_is_busy(ip: Any) -> None:
    support = ip.user_ns["support"] = asking(InMemorySaver())
    support.invoke({}, config("1"))
    stream = support.stream(Command(resume=True), config("1"))
    next(stream)

    async def story() -> None:
        found = await inbox()
        assert [one.standing for one in found] == ["running"]
        assert "busy" in repr(found)

    in_loop(story)
    stream.close()


class Page:
    """A page that shows an inbox."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, found: Inbox, look: Callable[[], Awaitable[Inbox]]) -> None:
        self.sent: list[dict[str, Any]] = []
        self.view = InboxView(look, open_item)
        monkeypatch.setattr(self.view, "send", lambda content, buffers=None: self.sent.append(content))
        self.view.fill(found)

    def say(self, **content: Any) -> None:
        self.view._received(self.view, content, [])

    def row(self, thread: str) -> dict[str, Any]:
        return next(row for row in self.view.items if row["thread"] == thread)

    def answer(self, thread: str, value: Any) -> None:
        row = self.row(thread)
        self.say(type="answer", n=1, item=row["key"], id=row["view"]["forms"][0]["id"], value=value)


def test_answers_go_on_in_their_rows_and_a_second_one_is_refused(ip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    support = ip.user_ns["support"] = asking(InMemorySaver())
    for thread in ("a", "b"):
        support.invoke({}, config(thread))

    async def story() -> None:
        page = Page(monkeypatch, await inbox(), inbox)
        other = Page(monkeypatch, await inbox(), inbox)  # another tab, opened before
        assert json.loads(json.dumps(page.view.items)) == page.view.items
        page.answer("a", True)
        await until(lambda: page.row("a")["view"]["status"] == "done")
        assert page.row("b")["view"]["status"] == "paused"
        assert {m["item"] for m in page.sent if m["type"] == "patch"} == {page.row("a")["key"]}
        other.answer("a", False)
        await until(lambda: any(m.get("note") == ANSWERED for m in other.sent))
        assert ran == ["Refund?"], "nothing ran twice"
        assert support.get_state(config("a")).values["got"] is True
        page.say(type="refresh", n=2)
        await until(lambda: page.view._looking is not None and page.view._looking.done())
        assert [row["thread"] for row in page.view.items] == ["b", "a"], "what was answered here stays in sight"
        assert page.view.words().endswith("support, thread a: done")

    in_loop(story)


def test_an_answer_that_a_model_refuses_only_when_it_is_made_is_explained_at_its_field(
    ip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Even(BaseModel):
        n: int

        @field_validator("n")
        @classmethod
        def even(cls, n: int) -> int:
            if n % 2:
                raise ValueError("odd")
            return n

    support = ip.user_ns["support"] = asking(InMemorySaver(), schema=Even)
    support.invoke({}, config("a"))

    async def story() -> None:
        page = Page(monkeypatch, await inbox(), inbox)
        page.answer("a", {"n": 3})
        await until(lambda: bool(page.row("a")["view"]["forms"][0].get("errors")))
        view = page.row("a")["view"]
        assert (view["status"], view["forms"][0]["errors"]) == ("paused", {"n": "Value error, odd."})
        page.answer("a", {"n": 4})
        await until(lambda: page.row("a")["view"]["status"] == "done")
        assert ran == ["Refund?"]

    in_loop(story)


def test_an_answer_to_a_thread_that_somebody_is_at_is_refused_with_a_word(
    ip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = ip.user_ns["support"] = asking(InMemorySaver())
    support.invoke({}, config("a"))

    async def story() -> None:
        page = Page(monkeypatch, await inbox(), inbox)
        monkeypatch.setattr(InMemorySaver, "claim", lambda self, claim: ThreadBusyError("busy", claim.thread_id))
        page.answer("a", True)
        await until(lambda: page.row("a")["view"]["note"] == BUSY)
        assert (page.row("a")["view"]["status"], len(page.row("a")["view"]["forms"]), ran) == ("paused", 1, [])
        monkeypatch.undo()

    in_loop(story)
