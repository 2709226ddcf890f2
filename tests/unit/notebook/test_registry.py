"""Graphs that grow over cells: who owns what, what a name stands for, and what is said to be missing."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb import node
from langgraph_nb.notebook.mistakes import (
    CellError,
    CellSyntaxError,
    UnfinishedGraphError,
    UnknownGraphError,
    WiringError,
)
from langgraph_nb.notebook.unfinished import UnfinishedGraph
from tests.unit.notebook.bench import STATE, Notebook

ADD = "def add(state): return {'n': state['n'] + 1}\n"
TWICE = "def twice(state): return {'n': state['n'] * 2}\n"


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_a_complete_graph_is_bound_to_its_name_and_runs(notebook: Notebook) -> None:
    graph = notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    assert graph.invoke({"n": 1}) == {"n": 2}
    assert graph.get_name() == "calc"


def test_a_graph_grows_over_cells(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add")
    notebook.cell("2", "calc", f"{TWICE}add >> twice >> END")
    assert notebook["calc"].invoke({"n": 1}) == {"n": 4}


def test_running_a_cell_again_replaces_what_it_contributed(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}START >> add >> twice >> END")
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    assert notebook.edges("calc") == {("__start__", "add"), ("add", "__end__")}
    assert notebook["calc"].invoke({"n": 1}) == {"n": 2}


def test_a_cell_that_fails_changes_nothing(notebook: Notebook) -> None:
    graph = notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    for body, error in (("START >> END >> add", WiringError), ("1 / 0", ZeroDivisionError), ("x =", CellSyntaxError)):
        with pytest.raises(error):
            notebook.cell("1", "calc", body)
    assert notebook["calc"] is graph


def test_a_cell_that_moves_to_another_graph_leaves_the_first(notebook: Notebook) -> None:
    notebook.cell("1", "one", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "one", f"{TWICE}add >> twice >> END")
    notebook.cell("2", "two", f"{TWICE}START >> twice >> END")
    assert notebook.edges("one") == {("__start__", "add"), ("add", "__end__")}
    assert notebook["two"].invoke({"n": 3}) == {"n": 6}


def test_a_cell_that_becomes_ordinary_leaves_its_graph(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "calc", f"{TWICE}add >> twice >> END")
    notebook.ordinary("x = 1", key="2")
    assert notebook.edges("calc") == {("__start__", "add"), ("add", "__end__")}


def test_cells_that_the_front_end_deleted_take_back_what_they_contributed(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "calc", f"{TWICE}add >> twice >> END")
    notebook.ordinary("x = 1", key="3", deleted=["2"])
    assert ("add", "twice") not in notebook.edges("calc")
    notebook.ordinary("x = 1", key="3", deleted=["1"])
    assert "calc" not in notebook.host.namespace
    assert notebook.bench.listing().startswith("There are no graphs yet")


def test_several_calls_in_one_cell_are_pieces_of_their_own(notebook: Notebook) -> None:
    bench = notebook.bench
    for pieces in (3, 2):
        bench.begin_cell("1")
        for body in (f"{STATE}{ADD}START >> add", "add >> END", f"{TWICE}add >> twice >> END")[:pieces]:
            bench.contribute("calc", body, {})
        bench.end_cell()
    assert notebook.edges("calc") == {("__start__", "add"), ("add", "__end__")}


def test_without_ids_a_definition_replaces_its_own_earlier_self(notebook: Notebook) -> None:
    notebook.cell("", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("", "calc", "def add(state): return {'n': 0}")
    assert notebook["calc"].invoke({"n": 5}) == {"n": 0}
    notebook.cell("", "calc", f"{TWICE}add >> (twice if state['n'] else END)")
    notebook.cell("", "calc", "add >> (twice if not state['n'] else END)\ntwice >> END")
    assert notebook.edges("calc") == {
        ("__start__", "add"), ("add", "__end__"), ("add", "twice"), ("twice", "__end__"),
    }  # fmt: skip
    assert len([e for e in notebook.bench.blueprint("calc").topology().edges if e.label == "state['n']"]) == 0


def test_the_same_line_in_two_cells_counts_once(notebook: Notebook) -> None:
    line = "START >> [work(n=i) for i in (1, 2)] >> END"
    state = "from typing import *\nimport operator\nclass State(TypedDict):\n    n: Annotated[int, operator.add]\n"
    notebook.cell("1", "calc", f"{state}def work(state): return {{'n': state['n']}}\n{line}")
    notebook.cell("2", "calc", line)
    assert notebook["calc"].invoke({"n": 0}) == {"n": 3}


# -- names


def test_functions_of_ordinary_cells_are_looked_up_late(notebook: Notebook) -> None:
    notebook.cell("1", "calc", "START >> add >> END")
    assert isinstance(notebook["calc"], UnfinishedGraph)
    notebook.ordinary(STATE + ADD)
    assert notebook["calc"].invoke({"n": 1}) == {"n": 2}
    notebook.ordinary("def add(state): return {'n': state['n'] + 100}")
    assert notebook["calc"].invoke({"n": 1}) == {"n": 101}
    notebook.ordinary("del add")
    assert isinstance(notebook["calc"], UnfinishedGraph)


def test_a_graph_that_has_not_changed_stays_the_same_object(notebook: Notebook) -> None:
    graph = notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.ordinary("x = 1")
    assert notebook["calc"] is graph


def test_a_function_of_a_graphs_cell_belongs_to_that_graph(notebook: Notebook) -> None:
    notebook.cell("1", "one", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "two", f"{STATE}def add(state): return {{'n': -1}}\nSTART >> add >> END")
    assert notebook["one"].invoke({"n": 1}) == {"n": 2}
    assert notebook["two"].invoke({"n": 1}) == {"n": -1}


def test_a_graphs_cell_does_not_hide_an_ordinary_function_from_other_graphs(notebook: Notebook) -> None:
    notebook.ordinary(STATE + ADD)
    notebook.cell("1", "one", "START >> add >> END")
    notebook.cell("2", "two", "def add(state): return {'n': -1}\nSTART >> add >> END")
    assert notebook["one"].invoke({"n": 1}) == {"n": 2}
    notebook.ordinary("def add(state): return {'n': 7}")
    assert notebook["one"].invoke({"n": 1}) == {"n": 7}
    assert notebook["two"].invoke({"n": 1}) == {"n": -1}


def test_a_test_calls_the_function_of_its_own_graph(notebook: Notebook) -> None:
    for key, name, limit in (("1", "one", 1), ("2", "two", 9)):
        helper = f"def big(state): return state['n'] > {limit}\n"
        notebook.cell(key, name, f"{STATE}{helper}{TWICE}START >> (twice if big(state) else END)\ntwice >> END")
    assert notebook["one"].invoke({"n": 5}) == {"n": 10}
    assert notebook["two"].invoke({"n": 5}) == {"n": 5}


def test_a_test_sees_the_variables_of_the_moment(notebook: Notebook) -> None:
    notebook.ordinary("limit = 1")
    notebook.cell("1", "calc", f"{STATE}{TWICE}START >> (twice if state['n'] > limit else END)\ntwice >> END")
    assert notebook["calc"].invoke({"n": 5}) == {"n": 10}
    notebook.ordinary("limit = 9")
    assert notebook["calc"].invoke({"n": 5}) == {"n": 5}


def test_a_graph_is_a_node_of_another_and_both_follow_changes(notebook: Notebook) -> None:
    notebook.cell("1", "outer", f"{STATE}START >> inner >> END")
    notebook.cell("2", "inner", f"{ADD}START >> add")
    assert notebook["outer"].invoke({"n": 1}) == {"n": 2}
    notebook.cell("2", "inner", "def add(state): return {'n': 50}\nSTART >> add >> END")
    assert notebook["outer"].invoke({"n": 1}) == {"n": 50}
    kinds = {node.id: node.kind for node in notebook.bench.blueprint("outer").topology().nodes}
    assert kinds["inner"] == "subgraph"


def test_an_unfinished_graph_as_a_node_is_named(notebook: Notebook) -> None:
    notebook.cell("1", "outer", f"{STATE}START >> inner >> END")
    notebook.cell("2", "inner", "def add(state): ...")
    assert "The graph 'inner' is not finished itself." in notebook.what("outer")


def test_dotted_and_quoted_names_are_nodes(notebook: Notebook) -> None:
    notebook.ordinary(f"{STATE}import types\n{ADD}tools = types.SimpleNamespace(add=add)")
    notebook.ordinary(
        "from langgraph_nb.notebook.node import node\n@node(name='add two')\ndef more(s): return {'n': s['n'] + 2}"
    )
    graph = notebook.cell("1", "calc", 'START >> tools.add >> "add two" >> END')
    assert [list(step) for step in graph.stream({"n": 1}, stream_mode="updates")] == [["tools.add"], ["add two"]]
    notebook.cell("1", "calc", "START >> tools.add >> more >> END")
    assert ("tools.add", "add two") in notebook.edges("calc")


def test_a_command_annotation_names_nodes(notebook: Notebook) -> None:
    notebook.ordinary("from typing import Literal\nfrom langgraph_nb.types import Command\n" + STATE + TWICE)
    body = "def pick(state) -> Command[Literal['twice', '__end__']]: return Command(goto='twice')\n"
    body += "START >> pick\ntwice >> END"
    assert notebook.cell("1", "calc", body).invoke({"n": 2}) == {"n": 4}
    assert ("pick", "twice") in notebook.edges("calc")
    notebook.cell("1", "calc", body.replace("'twice', ", "'twicw', "))
    assert "Nothing defines 'twicw'." in notebook.what("calc")


def test_options_of_a_function_reach_the_graph(notebook: Notebook) -> None:
    notebook.ordinary("from langgraph_nb.notebook.node import node")
    body = f"{STATE}@node(pause='before', defer=True)\n{ADD}START >> add >> END"
    graph = notebook.cell("1", "calc", body, checkpointer="memory")
    config = {"configurable": {"thread_id": "1"}}
    graph.invoke({"n": 1}, config)
    assert graph.get_state(config).next == ("add",)
    assert graph.invoke(None, config) == {"n": 2}
    (shown,) = (n for n in notebook.bench.blueprint("calc").topology().nodes if n.kind == "node")
    assert (shown.pause, shown.defer) == ("before", True)


# -- problems


def test_words_say_what_is_missing(notebook: Notebook) -> None:
    notebook.cell("1", "calc", ADD)
    assert notebook.what("calc") == ["The graph has no state.", "Nothing is wired yet."]
    notebook.cell("1", "calc", f"{STATE}{ADD}add >> END")
    assert notebook.what("calc") == ["No way leads from START."]
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> ad >> END\nadd >> END")
    assert notebook.what("calc") == ["Nothing defines 'ad'."]
    assert "Did you mean 'add'?" in notebook.shown()
    assert "[3] line 5: START >> ad >> END" in notebook.shown()
    with pytest.raises(UnfinishedGraphError, match="Nothing defines 'ad'"):
        notebook["calc"].invoke({"n": 1})


def test_what_does_not_keep_a_graph_from_running_is_only_said(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}START >> add\ntwice >> END")
    assert notebook.what("calc") == ["'twice' is never reached.", "No way leads on from 'add'."]
    assert notebook["calc"].invoke({"n": 1}) == {"n": 2}


def test_many_ways_that_end_nowhere_are_said_in_one_sentence(notebook: Notebook) -> None:
    five = "".join(f"def n{i}(state):\n    return {{}}\n" for i in range(5))
    notebook.cell("1", "calc", f"{STATE}{five}START >> {{n0, n1, n2, n3, n4}}")
    assert notebook.what("calc") == ["No way leads on from 'n0', 'n1', 'n2' and 2 more."]
    assert "Write `{n0, n1, n2, ...} >> END`." in notebook.shown()


def test_a_node_s_name_that_is_no_python_is_not_put_into_an_example(notebook: Notebook) -> None:
    notebook.host.namespace["node"] = node
    notebook.cell("1", "calc", f"{STATE}@node(name='to add')\n{ADD}START >> add")
    assert notebook.what("calc") == ["No way leads on from 'to add'."]
    assert "Write `... >> END` for each." in notebook.shown()


def test_a_saver_of_an_unknown_kind_is_said_with_those_that_there_are(notebook: Notebook) -> None:
    for option, hint in (("sqlte:a.db", "Did you mean 'sqlite'?"), ("pg:a", "Write memory, sqlite:PATH, or Python")):
        notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END", checkpointer=option)
        assert f"There is no saver {option.partition(':')[0]!r}. {hint}" in notebook.shown()


def test_a_ring_without_a_way_out_is_said(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}START >> add >> twice >> add")
    assert notebook.what("calc") == ["No way from 'add', 'twice' lead to END."]
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}START >> add >> twice >> (add if state['n'] < 9 else END)")
    assert notebook.what("calc") == []


def test_a_second_definition_is_said_with_both_cells(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "calc", ADD)
    assert notebook.what("calc") == ["'add' is defined in [1] and [2]."]
    notebook.bench.forget("calc", "2")
    assert notebook["calc"].invoke({"n": 1}) == {"n": 2}
    with pytest.raises(CellError, match=r"Cell \[7\] contributed nothing"):
        notebook.bench.forget("calc", "7")


def test_a_second_definition_in_one_cell_is_said_with_its_line(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}{ADD}START >> add >> END")
    assert notebook.what("calc") == ["'add' is defined twice in [1]."]
    assert "line 5: def add" in notebook.shown()


def test_what_is_defined_by_cases_is_defined_once(notebook: Notebook) -> None:
    cases = "if True:\n    def add(state): return {'n': 1}\nelse:\n    def add(state): return {'n': 2}\n"
    notebook.cell("1", "calc", f"{STATE}{cases}START >> add >> END")
    assert notebook.what("calc") == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("", "The graph has no state."),
        ("class State: pass\n", "The state State is a class without annotated fields."),
        ("State = {'n': int}\n", "The state State is of type dict, not a schema."),
    ],
)
def test_a_state_without_a_schema_is_said(notebook: Notebook, state: str, words: str) -> None:
    notebook.cell("1", "calc", f"{state}{ADD}START >> add >> END")
    if state.startswith("State"):
        notebook.ordinary(state)
    assert notebook.what("calc") == [words]


OTHERS = "The state is the class `State` of another cell, not 'Ticket{}', which the graph's cells define."
TICKET = "class Ticket{}(TypedDict):\n    n: int\n"


@pytest.mark.parametrize("postponed", ["", "from __future__ import annotations\n"])
@pytest.mark.parametrize(
    ("body", "likely"),
    [
        (TICKET.format("State") + ADD, "State"),
        (TICKET.format("") + ADD.replace("(state)", "(state: Ticket)"), ""),
        (TICKET.format("State") + ADD.replace("(state)", "(state: State)"), None),
        (TICKET.format("") + ADD, None),
        ("class TicketState: pass\n" + ADD, None),
    ],
)
def test_a_state_of_another_cell_is_said_where_a_class_of_the_graphs_own_was_meant(
    notebook: Notebook, postponed: str, body: str, likely: str | None
) -> None:
    notebook.ordinary(STATE)
    graph = notebook.cell("1", "calc", f"{postponed}{body}START >> add >> END")
    assert graph.invoke({"n": 1}) == {"n": 2}
    assert notebook.what("calc") == ([] if likely is None else [OTHERS.format(likely)])
    if likely is not None:
        assert f"name it: `--state Ticket{likely}`." in notebook.shown()
        notebook.cell("1", "calc", f"{postponed}{body}START >> add >> END", state=f"Ticket{likely}")
        assert notebook.what("calc") == []


def test_a_state_of_another_name_is_offered_where_there_is_none(notebook: Notebook) -> None:
    body = "from typing import TypedDict\n" + TICKET.format("State")
    notebook.cell("1", "calc", f"{body}{ADD}START >> add >> END")
    assert "The graph has no state. Name it: `--state TicketState`." in notebook.shown()


@pytest.mark.parametrize("use", ["calc.invoke({'n': 1})", "later(1)"])
def test_a_graph_used_by_the_cell_that_builds_it_is_explained_at_every_run(notebook: Notebook, use: str) -> None:
    whole = f"def later(n): return calc.invoke({{'n': n}})\n{STATE}{ADD}START >> add >> END"
    for _ in range(2):
        with pytest.raises(UnfinishedGraphError, match=r"still running. Use the graph in a cell of its own below"):
            notebook.cell("1", "calc", f"{whole}\n{use}")
        notebook.cell("1", "calc", whole)
        assert notebook["later"](1) == {"n": 2}


@pytest.mark.parametrize("value", ["7", "dict", "'text'"])
def test_what_cannot_be_a_node_is_said(notebook: Notebook, value: str) -> None:
    notebook.ordinary(f"thing = {value}")
    notebook.cell("1", "calc", f"{STATE}START >> thing >> END")
    assert notebook.what("calc")[0].startswith("'thing' is ")


def test_a_schema_that_does_not_compile_is_said_and_raised_on_use(notebook: Notebook) -> None:
    bad = "from typing import Annotated, TypedDict\nclass State(TypedDict):\n    n: Annotated[int, lambda a: a]\n"
    notebook.cell("1", "calc", f"{bad}{ADD}START >> add >> END")
    assert "Compiling it raised ValueError" in notebook.what("calc")[0]
    with pytest.raises(UnfinishedGraphError):
        notebook["calc"].stream({})


def test_an_unfinished_graph_shows_itself_and_has_no_methods_yet(notebook: Notebook) -> None:
    graph = notebook.cell("1", "calc", "START >> add")
    assert "calc is not finished" in repr(graph)
    assert set(graph._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert not hasattr(graph, "invoke")


def test_the_cell_shows_a_picture_with_what_it_added(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}START >> add >> twice >> END")
    (bundle,) = notebook.host.shown
    assert set(bundle) == {"image/svg+xml", "text/plain"}


def test_a_name_that_a_test_uses_and_nothing_defines_is_said(notebook: Notebook) -> None:
    tests = "(add if stat['n'] > limit and any(x for x in [len]) else END)"
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> {tests}\nadd >> END")
    assert notebook.what("calc") == [f"Nothing defines {name!r}, which wiring uses." for name in ("limit", "stat")]
    assert "Did you mean 'state'?" in notebook.shown()
    notebook.ordinary("limit = stat = 1")
    assert notebook.what("calc") == []


def test_an_ordinary_cell_that_defines_a_function_of_the_graph_again_is_said(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END")
    notebook.ordinary("def add(state): return {'n': 0}")
    assert notebook["calc"].invoke({"n": 1}) == {"n": 2}
    assert notebook.what("calc") == ["'add' was defined again in an ordinary cell; the graph keeps its own."]


def test_the_bound_graph_draws_the_labels_and_fan_outs_of_the_wiring(notebook: Notebook) -> None:
    body = f"{STATE}{ADD}{TWICE}START >> add >> ({{add, twice}} if state['n'] else END)\n"
    graph = notebook.cell("1", "calc", f"{body}START >> [twice(n=i) for i in (1, 2)] >> END")
    assert set(graph.topology().edges) == set(notebook.bench.blueprint("calc").topology().edges)
    assert [edge.fan_out for edge in graph.topology().edges if edge.source == "__start__"] == [False, True]


# -- options and savers


def test_threads_outlive_a_redefinition(notebook: Notebook) -> None:
    body = f"{STATE}{ADD}START >> add >> END"
    config = {"configurable": {"thread_id": "1"}}
    notebook.cell("1", "calc", body, checkpointer="memory").invoke({"n": 1}, config)
    notebook.cell("1", "calc", f"{body}\n{TWICE}", checkpointer="memory")
    assert notebook["calc"].get_state(config).values == {"n": 2}
    notebook.bench.delete("calc")
    notebook.cell("1", "calc", body, checkpointer="memory")
    assert notebook["calc"].get_state(config).values == {}


def test_an_option_belongs_to_the_graph_and_cannot_be_contradicted(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add", checkpointer="memory")
    notebook.cell("2", "calc", "add >> END", checkpointer="memory")
    with pytest.raises(CellError, match=r"--checkpointer of 'calc' is `memory` in \[1\] and `saver` here"):
        notebook.cell("3", "calc", "add >> END", checkpointer="saver")
    notebook.cell("2", "calc", "add >> END")
    assert notebook["calc"].checkpointer is not None


def test_an_expression_as_a_saver_is_evaluated_once_and_a_name_each_time(notebook: Notebook) -> None:
    notebook.ordinary("from langgraph_nb.checkpoint.memory import InMemorySaver\nsaver = InMemorySaver()")
    body = f"{STATE}{ADD}START >> add >> END"
    first = notebook.cell("1", "calc", body, checkpointer="InMemorySaver()").checkpointer
    assert notebook.cell("1", "calc", body, checkpointer="InMemorySaver()").checkpointer is first
    assert notebook.cell("1", "calc", body, checkpointer="saver").checkpointer is notebook["saver"]
    notebook.ordinary("saver = InMemorySaver()")
    assert notebook["calc"].checkpointer is notebook["saver"]


def test_an_option_that_cannot_be_evaluated_is_said(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add >> END", checkpointer="saver")
    assert notebook.what("calc") == ["--checkpointer saver raised NameError: name 'saver' is not defined."]


def test_schemas_can_be_named(notebook: Notebook) -> None:
    notebook.ordinary(f"{STATE}class Out(TypedDict):\n    m: int\nclass All(State):\n    m: int\n")
    graph = notebook.cell(
        "1", "calc", "def f(s): return {'m': s['n']}\nSTART >> f >> END", state="All", input="State", output="Out"
    )
    assert graph.invoke({"n": 3}) == {"m": 3}


# -- the graph's name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my-graph", "Call the graph `my_graph`"),
        ("class", "cannot be the name of a variable"),
        ("taken", "The variable 'taken' is there already, of type int"),
        ("print", "Python's own"),
        ("add", "The cell defines 'add'"),
    ],
)
def test_a_name_that_cannot_be_bound_is_refused_before_anything_runs(notebook: Notebook, name: str, words: str) -> None:
    notebook.ordinary("taken = 1")
    with pytest.raises(CellError, match=words):
        notebook.cell("1", name, f"ran = True\n{ADD}")
    assert "ran" not in notebook.host.namespace
    assert notebook["taken"] == 1


def test_a_variable_that_the_user_took_over_is_left_alone(notebook: Notebook) -> None:
    notebook.cell("1", "calc", "START >> add")
    notebook.ordinary("calc = 5")
    notebook.ordinary(STATE + ADD)
    assert notebook["calc"] == 5
    with pytest.raises(CellError, match="there already"):
        notebook.cell("1", "calc", "START >> add")


def test_an_unknown_graph_is_answered_with_the_closest_one(notebook: Notebook) -> None:
    notebook.cell("1", "support", ADD)
    for ask in (notebook.bench.find, notebook.bench.lookup, notebook.bench.show, notebook.bench.delete):
        with pytest.raises(UnknownGraphError, match="Did you mean 'support'"):
            ask("suport")


def test_a_variable_that_holds_a_graph_is_found_by_name(notebook: Notebook) -> None:
    notebook.ordinary(
        f"from langgraph_nb.graph.state import StateGraph\n{STATE}{ADD}"
        "plain = StateGraph(State).add_node(add).add_edge('__start__', 'add').compile()"
    )
    assert notebook.bench.lookup("plain") is notebook["plain"]


def test_graphs_are_listed_a_line_each(notebook: Notebook) -> None:
    notebook.cell("1", "one", f"{STATE}{ADD}START >> add >> END")
    notebook.cell("2", "two", "START >> nothing")
    assert notebook.bench.listing().splitlines() == [
        "one: add (ready)",
        "two: nothing (not finished: Nothing defines 'nothing'.)",
    ]


def test_a_sqlite_saver_is_opened_once_per_path(notebook: Notebook, tmp_path: Path) -> None:
    pytest.importorskip("langgraph_nb.checkpoint.sqlite")
    option = f"sqlite:{tmp_path / 'threads.db'}"
    one = notebook.cell("1", "one", f"{STATE}{ADD}START >> add >> END", checkpointer=option)
    two = notebook.cell("2", "two", f"{TWICE}START >> twice >> END", checkpointer=option)
    config = {"configurable": {"thread_id": "1"}}
    one.invoke({"n": 1}, config)
    assert one.checkpointer is two.checkpointer
    assert two.get_state(config).values == {"n": 2}
    notebook.bench.close()


def test_routing_with_a_reducer_works_end_to_end(notebook: Notebook) -> None:
    notebook.host.namespace["add"] = operator.add
    body = """
from typing import Annotated, TypedDict
class State(TypedDict):
    kind: str
    log: Annotated[list, add]
def a(s): return {"log": ["a"]}
def b(s): return {"log": ["b"]}
def c(s): return {"log": ["c"]}
def d(s): return {"log": ["d"]}
START >> a >> {"x": {b, c}, "y": (b if len(state["log"]) > 5 else END)}.get(state["kind"], c)
[b, c] >> d >> END
c >> END
"""
    graph = notebook.cell("1", "calc", body)
    assert graph.invoke({"kind": "x", "log": []})["log"] == ["a", "b", "c", "d"]
    assert graph.invoke({"kind": "y", "log": []})["log"] == ["a"]
    assert graph.invoke({"kind": "z", "log": []})["log"] == ["a", "c"]


QUOTES = """
from langgraph_nb import node
from langgraph_nb.errors import NodeError
from langgraph_nb.types import CachePolicy, Command, TimeoutPolicy
from typing import Literal
asked = []
def by_phone(state, error: NodeError) -> Command[Literal["twice"]]:
    return Command(update={"n": len(str(error.error))}, goto="twice")
def key(state):
    return str(state["n"])
@node(retry=2, error_handler=by_phone)
def add(state):
    if state["n"] < 0:
        raise ValueError("four")
    return {"n": state["n"] + 1}
@node(cache=CachePolicy(key_func=key, ttl=60))
def twice(state):
    asked.append(state["n"])
    return {"n": state["n"] * 2}
@node(timeout=TimeoutPolicy(idle_timeout=5))
async def last(state):
    return {}
START >> add >> last >> END
twice >> END
"""


def test_nodes_have_handlers_of_their_errors_and_caches(notebook: Notebook) -> None:
    graph = notebook.cell("1", "calc", f"{STATE}{QUOTES}", cache="memory")
    assert notebook.what("calc") == []
    assert notebook.edges("calc") == {(edge.source, edge.target) for edge in graph.topology().edges}
    assert [graph.invoke({"n": -1})["n"] for _ in range(2)] == [8, 8]
    assert notebook["asked"] == [4]
    assert notebook.cell("1", "calc", f"{STATE}{QUOTES}", cache="memory").cache is graph.cache


def test_a_program_keeps_handlers_and_caches_and_timeouts(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{QUOTES}", cache="memory")
    names: dict[str, Any] = {"__name__": "program"}
    exec(notebook.bench.program("calc"), names)
    assert [names["calc"].invoke({"n": -1})["n"] for _ in range(2)] == [8, 8]
    assert names["asked"] == [4]
    assert names["builder"].nodes["last"].policies == notebook["calc"].builder.nodes["last"].policies


def test_the_way_on_of_a_handler_has_to_be_defined(notebook: Notebook) -> None:
    notebook.cell("1", "calc", f"{STATE}{QUOTES}".replace('"twice"', '"twise"'))
    assert notebook.what("calc") == ["Nothing defines 'twise'."]
