"""Tracebacks in a notebook: the user's lines, where in the graph it happened, and what to do next."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from textwrap import indent
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.tracebacks import own_traceback

BUILD = """from typing import TypedDict
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
class State(TypedDict):
    n: int
    words: list
def helper(n):
    return 1 / n
def divide(state: State):
    return {"n": helper(state["n"])}
def other(state: State):
    return {"words": []}
builder = StateGraph(State).add_node("a\\x1b<b>", divide).add_node(other)
half = builder.add_edge(START, "a\\x1b<b>").add_edge(START, "other").compile(InMemorySaver())
outer = StateGraph(State).add_node("half", builder.compile()).add_edge(START, "half").compile()
thread = {"configurable": {"thread_id": "t 1"}}"""


@pytest.fixture
def ip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(colors="nocolor")
    shell.shown = []
    monkeypatch.setattr(shell, "_showtraceback", lambda kind, error, text: shell.shown.append("\n".join(text)))
    load_ipython_extension(shell)
    assert shell.run_cell(BUILD, store_history=True).success
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def shown(ip: Any, cell: str) -> str:
    """What a cell that raises shows, without colours."""
    ip.shown.clear()
    ip.run_cell(cell, store_history=True)
    return re.sub(r"\x1b\[[0-9;]*m", "", ip.shown[-1])


FIRST = re.compile(r"^(?:Cell|File) (\S+), line (\d+)", re.M)
WAYS = {
    "invoke": "half.invoke({'n': 0}, thread)",
    "ainvoke": "await half.ainvoke({'n': 0}, thread)",
    "stream": "list(half.stream({'n': 0}, thread))",
    "astream": "async for part in half.astream({'n': 0}, thread): pass",
    "batch": "half.batch([{'n': 0}], [thread])",
}


@pytest.mark.parametrize("way", WAYS)
def test_only_the_cells_own_lines_are_shown_and_then_where_and_what_next(ip: Any, way: str) -> None:
    text = shown(ip, WAYS[way])
    lines = [int(line) for _, line in FIRST.findall(text)]
    assert lines == [1, 10, 8], text
    assert text.endswith(
        "ZeroDivisionError: division by zero\n"
        "In node a\\u001b<b>, step 1; state keys: n\n"
        'Next: mend the node, run its cell, then %resume half --thread "t 1". What has finished is kept.'
    )


def test_in_a_debugger_the_way_on_is_its_retry(ip: Any) -> None:
    assert ip.run_cell("from langgraph_nb.stepping import step\ndebugger = step(half, {'n': 0}, thread='2')").success
    told = shown(ip, "debugger.run()")
    assert told.endswith("then retry() of the debugger. What its siblings did is kept.") and "%resume" not in told


def test_of_graphs_inside_of_graphs_the_whole_way_is_named(ip: Any) -> None:
    text = shown(ip, "outer.invoke({'n': 0})")
    assert "\nIn node half › a\\u001b<b>, step 1; state keys: n\n" in text
    assert text.endswith("run this one again. Nothing was kept: the graph has no checkpointer.")


def test_a_mistake_that_the_engine_finds_is_shown_at_the_line_that_called_it(ip: Any) -> None:
    text = shown(ip, "x = 1\nouter.invoke(3)")
    assert [int(line) for _, line in FIRST.findall(text)] == [2]
    assert "Expected dict, got 3" in text and text.endswith("While the input was read")


def test_the_line_of_a_magic_is_left_out_where_a_line_of_the_cell_follows(ip: Any) -> None:
    text = shown(ip, "%%graph sums\nn = 1\nhelper(n - 1)")
    assert [int(line) for _, line in FIRST.findall(text)] == [3, 8] and "get_ipython" not in text
    alone = shown(ip, "get_ipython().run_line_magic('pinfo', 1 / 0)")
    assert "get_ipython" in alone, "what a person wrote stays"


SHIFTED = {"START >> helper": True, "helper >> other": True, "helper >> 1": False}


@pytest.mark.parametrize(("wiring", "is_told"), SHIFTED.items())
def test_wiring_that_was_run_as_python_is_told_where_it_works(ip: Any, wiring: str, is_told: bool) -> None:
    text = shown(ip, wiring)
    assert "TypeError: unsupported operand" in text
    assert text.endswith("wiring in a cell whose first line is `%%graph NAME`.") == is_told


def test_what_led_to_an_error_is_shown_without_engine_frames_too(ip: Any) -> None:
    again = "except ZeroDivisionError as e:\n    raise ValueError from e"
    text = shown(ip, f"try:\n    half.invoke({{'n': 0}}, thread)\n{again}")
    assert "langgraph_nb" not in text.replace("load_ext langgraph_nb", "")
    assert text.count("line 8") == 1 and "direct cause" in text


GROUPS = """import asyncio
async def both(state: State):
    async def one(n):
        return helper(n)
    async with asyncio.TaskGroup() as group:
        for n in (1, 0, 0):
            group.create_task(one(n))
grouped = StateGraph(State).add_node(both).add_edge(START, "both").compile(InMemorySaver())"""


def test_each_exception_of_a_group_is_shown_by_its_own_lines_and_where_and_what_next(ip: Any) -> None:
    assert ip.run_cell(GROUPS, store_history=True).success
    text = shown(ip, "await grouped.ainvoke({'n': 1}, thread)")
    head, first, second = text.split(" of 2 in this ExceptionGroup")
    assert [int(line) for _, line in FIRST.findall(head)] == [1, 5], text
    assert "In node both, step 1; state keys: n\nNext: mend the node" in head
    for branch in (first, second):
        assert re.findall(r"^  Cell \S+, line (\d+)", branch, re.M) == ["4", "8"], text
        assert "  ZeroDivisionError: division by zero" in branch
    assert "langgraph_nb" not in text and "taskgroups.py" not in text and "interactiveshell" not in text


def test_of_a_group_of_runs_each_says_its_own_node_and_thread(ip: Any) -> None:
    assert ip.run_cell("import asyncio", store_history=True).success
    runs = "(half.ainvoke({'n': 0}, {'configurable': {'thread_id': n}}) for n in '78')"
    both = f"await asyncio.gather(*{runs}, return_exceptions=True)"
    text = shown(ip, f"errors = {both}\nraise ExceptionGroup('', errors)")
    for number, thread in enumerate("78", 1):
        branch = text.split(f"{number} of 2 in this ExceptionGroup")[1]
        assert re.findall(r"^  Cell \S+, line (\d+)", branch, re.M)[:2] == ["10", "8"], text
        assert "In node a\\u001b<b>, step 1; state keys: n\n  Next: mend the node" in branch
        assert f"then %resume half --thread {thread}." in branch


def test_a_group_that_led_to_an_error_and_groups_within_groups_are_shown(ip: Any) -> None:
    inner = "ExceptionGroup('inner', [KeyError('deep'), *map(ValueError, range(20))])"
    raised = f"raise ExceptionGroup('outer', [{inner}, error]) from None"
    cell = f"try:\n    half.invoke({{'n': 0}}, thread)\nexcept ZeroDivisionError as error:\n    {raised}"
    text = shown(ip, cell)
    assert "KeyError: 'deep'" in text and "and 6 more" in text and text.count("state keys: n") == 1
    text = shown(ip, f"try:\n{indent(cell, '    ')}\nexcept* KeyError as e:\n    raise OSError from e")
    assert text.count("state keys: n") == 1 and "langgraph_nb" not in text


def test_errors_of_others_and_engine_frames_that_were_asked_for_are_left_as_they_are(ip: Any) -> None:
    assert shown(ip, "1 / 0").count("\n") == 5
    with redirect_stderr(StringIO()) as python:
        ip.run_cell("raise ExceptionGroup('of others', [ValueError()])")
    assert "| ExceptionGroup: of others" in python.getvalue()
    ip.InteractiveTB.skip_hidden = False
    text = shown(ip, WAYS["invoke"])
    assert "drive_sync.py" in text and "During task with name" in text
    ip.InteractiveTB.skip_hidden = True
    unload_ipython_extension(ip)
    assert "During task with name" in shown(ip, WAYS["invoke"])


def test_the_error_itself_keeps_its_frames_and_notes(ip: Any) -> None:
    shown(ip, WAYS["invoke"])
    error = sys.last_value
    assert error.__notes__[0].startswith("During task with name 'a\x1b<b>' and id '")
    assert error.__notes__[0].endswith("', in step 1, with the state keys n") and len(error.__notes__) == 1
    assert own_traceback(error.__traceback__) is not error.__traceback__
