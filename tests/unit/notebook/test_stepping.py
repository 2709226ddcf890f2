"""A debugger in a notebook: what is shown of it, its buttons, and ``%step``."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

import pytest
from IPython.core.interactiveshell import InteractiveShell

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import START
from langgraph_nb.graph import StateGraph
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.live.session import Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.stepping import StepRun, StepView
from langgraph_nb.notebook.live.still import still_bundle
from langgraph_nb.notebook.magics_run import awaited
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.stepping import Debugger, astep, step
from langgraph_nb.types import Send, interrupt


class State(TypedDict, total=False):
    seen: Annotated[list[Any], operator.add]
    n: int


INPUT: dict[str, Any] = {"seen": [], "n": 0}


def graph(**nodes: Any) -> Any:
    """``a`` and ``b`` beside each other, then ``end``."""
    builder = StateGraph(State).add_node("end", lambda state: {"n": len(state["seen"])})
    for name in ("a", "b"):
        builder.add_node(name, nodes.get(name) or (lambda state, name=name: {"seen": [name]}))
        builder.add_edge(START, name)
    return builder.add_edge(["a", "b"], "end").compile(InMemorySaver(), name="pair")


def text_of(view: StepView) -> str:
    return still_bundle(view.topology, view.view)["text/plain"]


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_it_shows_the_position_the_state_and_what_changed_last() -> None:
    debugger = step(graph(), INPUT, thread="1", breakpoints=["end"])
    view = StepView(debugger)
    debugger.next()
    assert text_of(view) == (
        "pair stands before b.\n  · end\n  ✓ a\n  ⏸ b\n\nstate:\n  seen: []\n  n: 0"
    )
    debugger.run()
    assert text_of(view) == (
        "pair stands before end (breakpoint end).\n  ⏸ end\n  ✓ a\n  ✓ b\n\n"
        "state:\n  seen: ['a', 'b']  (was [])\n  n: 0"
    )
    debugger.run()
    assert text_of(view).startswith("pair has finished.\n  ✓ end\n  ✓ a\n  ✓ b")


def test_it_shows_what_one_of_a_fan_out_is_called_with() -> None:
    builder = StateGraph(State).add_node("work", lambda item: {"seen": [item["i"]]})
    builder.add_conditional_edges(START, lambda _: [Send("work", {"i": i}) for i in range(3)], ["work"])
    view = StepView(step(builder.compile(), INPUT).next())
    assert "⏸ work (1 of 3)" in text_of(view)
    assert "called with:\n  {'i': 1}" in text_of(view)


def test_a_view_that_comes_late_shows_the_same() -> None:
    debugger = step(graph(), INPUT, thread="1")
    early = StepView(debugger)
    debugger.next().next()
    assert text_of(StepView(debugger)).replace("  (was [])", "") == text_of(early).replace("  (was [])", "")


def test_what_ran_later_waits_again_after_going_back() -> None:
    debugger = step(graph(), INPUT)
    view = StepView(debugger)
    debugger.run().back()
    debugger.back()
    assert view.view.nodes["end"].status == "waiting"
    assert view.view.nodes["a"].status == "paused"


def test_what_only_waited_before_going_back_is_no_visit() -> None:
    builder = StateGraph(State).add_node("first", lambda state: {}).add_node("second", lambda state: {})
    builder.add_edge(START, "first").add_edge("first", "second")
    view = StepView(debugger := step(builder.compile(InMemorySaver()), INPUT))
    debugger.next().back().next().run()
    assert [view.view.nodes[name].visits for name in ("first", "second")] == [2, 1]


def test_what_waited_is_left_out_when_the_state_is_written_as_another_node() -> None:
    builder = StateGraph(State).add_node("judge", lambda state: {"n": 1})
    builder.add_node("call", lambda state: {}).add_node("report", lambda state: {}).add_edge(START, "judge")
    builder.add_conditional_edges("judge", lambda state: "call" if state["n"] else "report", ["call", "report"])
    view = StepView(debugger := step(builder.compile(InMemorySaver()), INPUT))
    debugger.next()
    assert view.view.nodes["call"].status == "paused"
    debugger.set({"n": 0}, as_node="judge").run()
    assert (view.view.nodes["report"].status, view.view.nodes["call"].status) == ("done", "skipped")


def test_a_failure_is_shown_and_gone_after_its_retry() -> None:
    broken = [True]

    def b(state: State) -> Any:
        return {"seen": [1 / 0 if broken else "mended"]}

    debugger = step(graph(b=b), INPUT)
    view = StepView(debugger)
    with pytest.raises(ZeroDivisionError):
        debugger.run()
    assert "✗ b" in text_of(view)
    assert "ZeroDivisionError: division by zero" in text_of(view)
    assert view.view.status == "failed"
    with pytest.raises(ValueError, match="No question waits"):
        debugger.answer(1)
    assert view.view.status == "failed", "a command that cannot be carried out changes nothing"
    broken.clear()
    debugger.retry()
    assert "ZeroDivisionError" not in text_of(view)
    assert view.view.nodes["b"].status == "done"


def test_hostile_values_and_secrets_are_text_and_hidden() -> None:
    builder = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a")
    view = StepView(step(builder.compile(), {"x": "<script>alert(1)</script>", "api_key": "sk-1"}))
    assert "<script>" not in still_bundle(view.topology, view.view)["image/svg+xml"]
    assert "sk-1" not in str(view.view.snapshot(0.0))


# -- buttons ----------------------------------------------------------------------------------------------------------


class Page(Surface):
    """Takes note of what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def flush(self, view: RunView, now: float, force: bool) -> None:
        if (patch := view.patch(now)) is not None:
            self.told.append(patch)


async def shown(debugger: Debugger) -> StepRun:
    view = StepView(debugger)
    view.run = StepRun(view, Page())
    return view.run


async def press(run: StepRun, verb: str, **more: Any) -> None:
    """Press a button, and wait until it has had its effect."""
    run.do({"verb": verb, **more})
    await asyncio.sleep(0)
    while run._kept:
        await asyncio.gather(*run._kept, return_exceptions=True)


def test_buttons_give_the_debugger_s_commands() -> None:
    async def go() -> None:
        debugger = await astep(graph(), INPUT)
        run = await shown(debugger)
        await press(run, "next", task=debugger.tasks[1].id)
        assert [task.status for task in debugger.tasks] == ["waiting", "done"]
        await press(run, "set", value={"n": 5})
        assert debugger.state["n"] == 5
        await press(run, "replace", task=debugger.tasks[0].id, value={"seen": ["given"]})
        assert debugger.state["seen"] == ["given", "b"]
        await press(run, "back", task="")
        assert [task.status for task in debugger.tasks] == ["waiting", "waiting"]
        await press(run, "back", task="")
        assert "beginning of the run" in run.view.note
        assert run.view.status == "paused"
        await press(run, "skip")
        await press(run, "replace", task="", value={"seen": ["mine"]})
        await press(run, "run")
        assert (run.view.status, debugger.values) == ("done", {"seen": ["mine"], "n": 1})
        await press(run, "clear")  # of another page, or of nobody's
        assert run.surface.told[-1]["step"]["finished"]  # type: ignore[attr-defined]

    asyncio.run(go())


def test_a_failure_behind_a_button_is_shown_and_retried() -> None:
    broken = [True]

    async def b(state: State) -> Any:
        return {"seen": [1 / 0 if broken else "mended"]}

    async def go() -> None:
        debugger = await astep(graph(b=b), INPUT)
        run = await shown(debugger)
        await press(run, "next")
        await press(run, "next")
        assert run.view.status == "failed"
        assert run.view.step is not None
        assert run.view.step["status"] == "failed"
        broken.clear()
        await press(run, "retry")
        assert debugger.state["seen"] == ["a", "mended"]

    asyncio.run(go())


def test_a_question_is_answered_in_its_form() -> None:
    async def go() -> None:
        debugger = await astep(graph(b=lambda state: {"seen": [interrupt("how many?")]}), INPUT)
        run = await shown(debugger)
        await press(run, "run")
        (form,) = run.view.forms
        assert form["question"] == "how many?"
        await press(run, "refresh")
        run.answer(form["id"], "three")
        await press(run, "refresh")
        assert (debugger.state["seen"], run.view.forms) == (["a", "three"], [])

    asyncio.run(go())


# -- %step ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def run_cell(shell: Any, source: str) -> Any:
    """Run a cell; its result, raising what it raised."""
    cell = shell.transform_cell(source)
    done = asyncio.run(shell.run_cell_async(source, transformed_cell=cell, store_history=False))
    done.raise_error()
    return done.result


def test_it_is_awaited_also_where_its_value_is_kept() -> None:
    line = "debugger = get_ipython().run_line_magic('step', 'pair {}')"
    assert awaited([line]) == ["debugger = await get_ipython().run_line_magic('step', 'pair {}')"]


def test_a_failed_node_is_mended_in_its_cell_and_only_that_is_run_again(ip: Any) -> None:
    run_cell(ip, "import operator\nfrom typing import Annotated, TypedDict\nran, two = [], 2")
    run_cell(ip, """%%graph pair --checkpointer memory
class State(TypedDict):
    seen: Annotated[list, operator.add]
def a(state: State):
    ran.append("a")
    return {"seen": ["a"]}
def b(state: State):
    return {"seen": [1 / 0]}
def end(state: State):
    return {"seen": ["end"]}
START >> {a, b}
[a, b] >> end >> END""")
    options = """--thread 1 --break "end if len(state['seen']) == two" --break b"""
    run_cell(ip, f"debugger = %step pair {options} {{'seen': []}}")
    assert run_cell(ip, "debugger.run()").current.path == "b"
    with pytest.raises(ZeroDivisionError):
        run_cell(ip, "debugger.run()")
    run_cell(ip, "%%graph pair\ndef b(state: State):\n    return {'seen': ['mended']}")
    run_cell(ip, "debugger.retry()")
    assert (ip.user_ns["debugger"].state, ip.user_ns["ran"]) == ({"seen": ["a", "mended"]}, ["a"])
    assert str(ip.user_ns["debugger"].hit) == "end if len(state['seen']) == two"


def test_without_an_input_it_takes_a_thread_up(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ip.user_ns["pair"] = graph()
    debugger = run_cell(ip, "%step pair --thread 1 {'seen': []}")
    debugger.next()
    capsys.readouterr()
    assert run_cell(ip, "%step pair --thread 1").current.path == "b"
    assert capsys.readouterr().out.endswith("pair stands before b.\n")


def test_it_refuses_what_is_not_there(ip: Any) -> None:
    ip.user_ns["pair"] = graph()
    with pytest.raises(CellError, match="Did you mean 'pair'"):
        run_cell(ip, "%step paix {}")
    with pytest.raises(CellError, match="no node 'ende' to stop at"):
        run_cell(ip, "%step pair --break ende {}")


def test_only_what_the_run_stands_at_is_paused_after_going_back() -> None:
    inner = StateGraph(State).add_node("x", lambda state: {}).add_node("y", lambda state: {})
    inner.add_edge(START, "x").add_edge("x", "y")
    builder = StateGraph(State).add_node("first", lambda state: {}).add_node("sub", inner.compile())
    view = StepView(debugger := step(builder.add_edge(START, "first").add_edge("first", "sub").compile(), INPUT))

    def paused() -> list[str]:
        return [path for path, node in view.view.nodes.items() if node.status == "paused"]

    debugger.superstep().next().next()
    assert paused() == ["sub", "sub|y"]
    assert (debugger.back(), paused())[1] == ["sub", "sub|x"]
    assert (debugger.back(), paused())[1] == ["sub"]
    assert (debugger.back(), paused())[1] == ["first"]
