"""Talking with a graph: turns on a thread, questions, what is said as text, and a panel that a person writes in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from langchain_core.messages import AIMessage

from langgraph_nb import MessagesState, chat, interrupt
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.notebook.chat.opened import Chat
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.live import run as live_run
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.testing import ScriptedModel
from tests.unit.notebook.test_magics_run import run


def echo(state: MessagesState) -> Any:
    said = state["messages"][-1].content
    if said == "fail":
        raise ValueError("cannot <say> that")
    if said == "ask":
        said = interrupt("Really?", response_schema=str)
    return {"messages": [{"role": "ai", "content": f"{len(state['messages'])}: {said}"}]}


def parrot(saver: Any = None, node: Callable[..., Any] = echo) -> Any:
    return StateGraph(MessagesState).add_node("echo", node).add_edge(START, "echo").compile(saver, name="parrot")


def spoken(talk: Chat) -> list[str]:
    return [str(message.content) for message in talk.messages]


def awaited(work: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await work

    return asyncio.run(wait())


def test_a_conversation_goes_on_with_its_thread(capsys: pytest.CaptureFixture[str]) -> None:
    graph = parrot(InMemorySaver())

    async def talks() -> None:
        first = await chat(graph, "hello", thread="1")
        assert first.answer == "1: hello" and first.thread == "1"
        assert await first.say("again") == "3: again"
        assert capsys.readouterr().out == "user: hello\nassistant: 1: hello\nuser: again\nassistant: 3: again\n"
        later = await chat(graph, thread="1")
        assert spoken(later) == ["hello", "1: hello", "again", "3: again"]
        assert capsys.readouterr().out == "user: hello\nassistant: 1: hello\nuser: again\nassistant: 3: again\n"
        assert repr(later) == "<chat with parrot, thread 1: 4 messages>"

    asyncio.run(talks())


def test_a_graph_that_keeps_nothing_is_told_all_that_was_said() -> None:
    async def talks() -> None:
        talk = await chat(parrot(), "one")
        assert await talk.say("two") == "3: two"
        assert spoken(talk) == ["one", "1: one", "two", "3: two"]

    asyncio.run(talks())


def test_a_message_that_is_streamed_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(script=["Hello to you", "Good bye"])
    graph = parrot(InMemorySaver(), lambda state: {"messages": [model.invoke(state["messages"])]})

    async def talks() -> None:
        talk = await chat(graph, "hi")
        assert await talk.say("bye") == "Good bye"

    asyncio.run(talks())
    assert capsys.readouterr().out == "user: hi\nassistant: Hello to you\nuser: bye\nassistant: Good bye\n"


def test_a_question_is_told_and_waits(capsys: pytest.CaptureFixture[str]) -> None:
    graph = parrot(InMemorySaver())

    async def talks() -> None:
        talk = await chat(graph, "ask", thread="1")
        assert talk.answer == ""
        with pytest.raises(CellError, match=r"waits for an answer: Really\?"):
            await talk.say("never mind")
        assert "Really?" in capsys.readouterr().out
        assert (await live_run.resume(graph, "yes", thread="1"))["messages"][-1].content == "1: yes"
        assert spoken(await chat(graph, "well", thread="1"))[-1] == "3: well"

    asyncio.run(talks())


def test_what_a_node_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="cannot <say> that"):
        awaited(chat(parrot(InMemorySaver()), "fail"))


def test_a_graph_without_messages_says_so() -> None:
    class Told(MessagesState):
        talked: list[Any]

    graph = StateGraph(Told).add_node("a", lambda state: {}).add_edge(START, "a").compile(name="told")
    with pytest.raises(CellError, match=r"has no key 'message' of messages\. Did you mean 'messages'"):
        awaited(chat(graph, "hi", key="message"))


class TestPanel:
    """As a page sees it."""

    @pytest.fixture(autouse=True)
    def page(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        from langgraph_nb.notebook.chat import opened

        shown: list[Any] = []

        def show(what: Any, **how: Any) -> Any:
            shown.append(what)
            return type("Handle", (), {"update": lambda self, what: None})()

        monkeypatch.setattr(opened, "audience", lambda: "widget")
        monkeypatch.setattr(live_run, "audience", lambda: "widget")
        monkeypatch.setattr(opened, "display", show)
        self.shown = shown

    async def written(self, talk: Chat, **message: Any) -> None:
        """Write something in the panel, and wait until what came of it is shown."""
        panel = self.shown[-1]
        panel._received(None, {"n": 1, **message}, [])
        for _ in range(3000):
            await asyncio.sleep(0.01)
            if talk._talk.status != "running" and not talk._talk._turn.locked():
                return

    def text(self) -> str:
        return str(self.shown[-1]._repr_mimebundle_()[0]["text/plain"])

    def test_a_person_writes_and_is_answered_after_the_cell_has_ended(self) -> None:
        async def talks() -> None:
            talk = await chat(parrot(InMemorySaver()), thread="1")
            assert self.text() == "parrot, thread 1: nothing was said yet"
            await self.written(talk, type="say", text="hello <b>")
            assert self.text() == "parrot, thread 1\n\nuser: hello <b>\nassistant: 1: hello <b>"
            await self.written(talk, type="say", text="   ")
            assert len(talk.messages) == 2
            assert "image/svg+xml" not in self.shown[-1]._repr_mimebundle_()[0]

        asyncio.run(talks())

    def test_a_question_is_a_form_and_messages_wait_for_its_answer(self) -> None:
        async def talks() -> None:
            talk = await chat(parrot(InMemorySaver()), "ask", thread="1")
            [form] = self.shown[-1].view["forms"]
            await self.written(talk, type="say", text="no")
            assert self.shown[-1].view["note"].startswith("Answer the question first") or len(talk.messages) == 1
            await self.written(talk, type="answer", id=form["id"], value="sure")
            assert spoken(talk) == ["ask", "1: sure"]
            assert "Really? → sure" in self.text()

        asyncio.run(talks())

    def test_a_failure_is_shown_and_the_conversation_goes_on(self) -> None:
        async def talks() -> None:
            talk = await chat(parrot(InMemorySaver()), thread="1")
            await self.written(talk, type="say", text="fail")
            assert "✗" in self.text() and "cannot <say> that" in self.text()
            await self.written(talk, type="say", text="hello")
            assert talk.answer.endswith(": hello")

        asyncio.run(talks())


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    shell.user_ns["parrot"] = parrot(InMemorySaver())
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def test_the_magic_says_a_line_or_a_body_as_it_stands(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "%chat parrot --thread 1 It's {late}, and --help is no option")
    assert ip.user_ns["_"].answer == "1: It's {late}, and --help is no option"
    run(ip, "%%chat parrot --thread 1\ntwo\nlines")
    assert ip.user_ns["_"].messages[-1] == AIMessage("3: two\nlines", id=ip.user_ns["_"].messages[-1].id)
    assert "user: two\nlines" in capsys.readouterr().out
    with pytest.raises(LookupError, match="Did you mean 'parrot'"):
        run(ip, "%chat parot hi")
