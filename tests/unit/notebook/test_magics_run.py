"""``%%invoke``, ``%resume`` and ``%state`` in an IPython shell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from traceback import extract_tb
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from langgraph_nb.errors import InvalidUpdateError
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.magics import split_line
from langgraph_nb.notebook.magics_run import awaited
from langgraph_nb.notebook.mistakes import CellError, CellSyntaxError

ASKS = """
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.types import interrupt
def ask(state):
    return {"ok": interrupt("Refund?", response_schema=bool)}
def who(state, runtime):
    return {"who": runtime.context}
support = (StateGraph(dict).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
           .compile(checkpointer=InMemorySaver(), name="support"))
plain = StateGraph(dict).add_node("a", lambda s: {"n": s["n"] + 1}).add_edge(START, "a").compile(name="plain")
"""


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    run(shell, ASKS)
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def run(shell: Any, source: str) -> Any:
    """Run a cell; its result, raising what it raised."""
    cell = shell.transform_cell(source)
    done = asyncio.run(shell.run_cell_async(source, transformed_cell=cell, store_history=False))
    done.raise_error()
    return done.result


def test_a_graph_is_run_by_name_and_its_result_kept(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "%%invoke plain\n{'n': 1}")
    assert ip.user_ns["_"] == {"n": 2}
    assert "✓ a" in capsys.readouterr().out


def test_the_body_is_python_of_the_notebook_and_may_await(ip: Any) -> None:
    run(ip, "import asyncio\nn = 4")
    run(ip, "%%invoke plain\nm = n + 1\n{'n': await asyncio.sleep(0, m)}")
    assert ip.user_ns["_"] == {"n": 6}


def test_a_body_without_a_value_is_refused(ip: Any) -> None:
    with pytest.raises(ValueError, match="no value"):
        run(ip, "%%invoke plain\nn = 1")


def test_a_key_that_is_nearly_one_of_the_state_is_refused_before_anything_runs(ip: Any) -> None:
    typed = "StateGraph(State).add_node('a', lambda s: {'n': s['n'] + 1}).add_edge(START, 'a').compile(name='typed')"
    run(ip, f"from typing import TypedDict\nclass State(TypedDict):\n    n: int\n    words: list\ntyped = {typed}")
    with pytest.raises(ValueError, match=r"has no key 'word'.* Did you mean 'words'"):
        run(ip, "%%invoke typed\n{'n': 1, 'word': []}")
    run(ip, "%%invoke typed\n{'n': 1, 'else': 2}")
    assert ip.user_ns["_"] == {"n": 2}


def test_a_name_that_is_no_graph_gets_a_hint(ip: Any) -> None:
    with pytest.raises(LookupError, match="Did you mean 'plain'"):
        run(ip, "%%invoke plian\n{}")


def test_a_paused_thread_is_answered_from_code(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "%%invoke support --thread 42\n{'q': 1}")
    assert "__interrupt__" in ip.user_ns["_"]
    with pytest.raises(ValueError, match="does not fit"):
        run(ip, "%resume support --thread 42 'perhaps so'")
    run(ip, "%resume support --thread 42 True")
    assert ip.user_ns["_"]["ok"] is True
    capsys.readouterr()
    run(ip, "%state support --thread 42")
    assert capsys.readouterr().out.startswith("support, thread 42, after step 1; finished")
    run(ip, "%state support --thread 422")
    assert "nothing is stored. Did you mean thread '42'?" in capsys.readouterr().out


def test_a_question_that_was_answered_already_can_be_left_alone(ip: Any) -> None:
    run(ip, "%%invoke support --thread 1\n{}")
    run(ip, "%resume support --thread 1 True")
    assert run(ip, "%resume support --thread 1 --if-waiting False") is None
    with pytest.raises(ValueError, match="has finished"):
        run(ip, "%resume support --thread 1 False")


def test_a_thread_may_begin_anew(ip: Any) -> None:
    for _ in range(2):
        run(ip, "%%invoke support --thread 1 --fresh\n{}")
        assert len(list(ip.user_ns["support"].get_state_history({"configurable": {"thread_id": "1"}}))) == 2
    for line in ("support", "plain --thread 1"):
        with pytest.raises(ValueError, match="Nothing can be forgotten"):
            run(ip, f"%%invoke {line} --fresh\n{{}}")


def test_the_answer_may_be_the_body_of_a_cell(ip: Any) -> None:
    run(ip, "%%invoke support --thread 1\n{}")
    run(ip, "%%resume support --thread 1\n1 == 1")
    assert ip.user_ns["_"]["ok"] is True


def test_resume_without_an_answer_shows_the_question_again(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "%%invoke support --thread 1\n{}")
    capsys.readouterr()
    run(ip, "%resume support --thread 1")
    assert "? Refund?\n  answer: true or false" in capsys.readouterr().out


def test_a_thread_that_is_not_there_says_so(ip: Any) -> None:
    with pytest.raises(ValueError, match="Thread '9' of 'support' does not exist"):
        run(ip, "%resume support --thread 9")


def test_what_a_node_raises_is_raised_in_the_cell(ip: Any) -> None:
    with pytest.raises(KeyError, match="n"):
        run(ip, "%%invoke plain\n{'m': 1}")


TWO = """
from typing import Annotated
def first(state): return {"first": interrupt("Your name?")}
def second(state): return {"second": interrupt("Your age?", response_schema=int)}
two = StateGraph(Annotated[dict, lambda a, b: {**(a or {}), **b}])
for node in (first, second):
    two.add_node(node).add_edge(START, node.__name__)
two = two.compile(checkpointer=InMemorySaver(), name="two")
"""


def test_where_several_questions_wait_each_id_is_named_with_its_question(ip: Any) -> None:
    run(ip, TWO)
    run(ip, "%%invoke two --thread 1\n{}")
    config = {"configurable": {"thread_id": "1"}}
    ids = {i.value: i.id for i in ip.user_ns["two"].get_state(config).interrupts}
    with pytest.raises(CellError) as refused:
        run(ip, "%resume two --thread 1 'Ann'")
    assert f"--id {ids['Your name?']}  Your name?" in str(refused.value)
    assert f"--id {ids['Your age?']}  Your age?" in str(refused.value)


def test_a_question_that_was_answered_does_not_wait_any_more_while_another_does(ip: Any) -> None:
    run(ip, TWO)
    run(ip, "%%invoke two --thread 1\n{}")
    config = {"configurable": {"thread_id": "1"}}
    name = next(i.id for i in ip.user_ns["two"].get_state(config).interrupts if i.value == "Your name?")
    run(ip, f"%resume two --thread 1 --id {name} 'Ann'")
    with pytest.raises(CellError, match="No question"):
        run(ip, f"%resume two --thread 1 --id {name} 'Bob'")
    run(ip, "%resume two --thread 1 33")
    assert ip.user_ns["_"] == {"first": "Ann", "second": 33}


@pytest.mark.parametrize(
    ("cell", "line"),
    [("%%invoke plain\n{'n': (1\n", 2), ("%resume support --thread 1 {", 1), ("%%invoke plain\n\nn = = 1", 3)],
)
def test_what_is_not_python_is_shown_at_its_line(ip: Any, cell: str, line: int) -> None:
    run(ip, "%%invoke support --thread 1\n{'ok': False}")
    with pytest.raises(CellSyntaxError, match=rf"(?s)This is not Python: .*\nline {line}: .*\n +\^"):
        run(ip, cell)


def test_a_mistake_found_by_the_engine_is_told_without_its_frames(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "from typing import TypedDict\nclass Count(TypedDict):\n    n: int")
    run(ip, 'wrong = StateGraph(Count).add_node("a", lambda s: 5).add_edge(START, "a").compile(name="wrong")')
    with pytest.raises(InvalidUpdateError) as raised:
        run(ip, "%%invoke wrong\n{'n': 1}")
    assert "engine.py" not in capsys.readouterr().out
    assert not any("/pregel/" in frame.filename.replace("\\", "/") for frame in extract_tb(raised.value.__traceback__))


def test_of_an_input_that_does_not_fit_nobody_is_told_to_mend_a_node(ip: Any) -> None:
    run(ip, "from typing import TypedDict\nclass Count(TypedDict):\n    n: int")
    run(ip, 'counts = StateGraph(Count).add_node("a", lambda s: {}).add_edge(START, "a").compile(name="counts")')
    with pytest.raises(InvalidUpdateError) as raised:
        run(ip, "%%invoke counts\n'hello'")
    assert not any("mend the node" in note for note in raised.value.__notes__)


def test_loading_twice_awaits_once_and_unloading_leaves_nothing(ip: Any) -> None:
    load_ipython_extension(ip)
    assert ip.input_transformers_post.count(awaited) == 1
    unload_ipython_extension(ip)
    assert awaited not in ip.input_transformers_post
    assert ip.find_cell_magic("invoke") is None and ip.find_line_magic("resume") is None
    load_ipython_extension(ip)


def test_only_calls_of_magics_that_run_are_awaited_and_only_once() -> None:
    line = "x = get_ipython().run_line_magic('resume', 'g')"
    assert awaited([line]) == ["x = await get_ipython().run_line_magic('resume', 'g')"]
    assert awaited(awaited([line])) == awaited([line])
    assert awaited(["get_ipython().run_line_magic('resumes', '')"]) == ["get_ipython().run_line_magic('resumes', '')"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("g --thread 1", ("g --thread 1", "")),
        ('g --thread 1 {"a": 1}', ("g --thread 1", '{"a": 1}')),
        ("--thread=1 g 'yes, please'", ("--thread=1 g", "'yes, please'")),
        ("g --thread 1 answer", ("g --thread 1", "answer")),
        ("g --if-waiting --thread 1 True", ("g --if-waiting --thread 1", "True")),
        ("g --thread 1 -3", ("g --thread 1", "-3")),
        ("g --thread 'my thread' [1, 2]", ("g --thread 'my thread'", "[1, 2]")),
    ],
)
def test_a_resume_line_is_options_and_then_an_expression(line: str, parts: tuple[str, str]) -> None:
    assert split_line(line) == parts


def test_a_wrong_indentation_in_a_graphs_cell_is_shown_at_its_line(ip: Any) -> None:
    with pytest.raises(CellSyntaxError, match=r"line 4: START >> a >> END"):
        run(ip, "%%graph calc\ndef a(state):\n    return {}\n  START >> a >> END")


def test_a_misspelt_kind_of_checkpointer_gets_a_hint(ip: Any) -> None:
    run(ip, "%%graph calc --checkpointer memry\ndef a(state): return {}\nSTART >> a >> END")
    with pytest.raises(CellError, match=r"not defined\. Did you mean 'memory'\?"):
        run(ip, "%%invoke calc\n{}")
