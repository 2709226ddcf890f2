"""What holds for every magic: a function of the same name, help with an example, completion of all that it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import langgraph_nb
from langgraph_nb import notebook
from langgraph_nb.notebook.completion import candidates
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension, workbench
from langgraph_nb.notebook.registered import BY_NAME, MAGICS
from tests.unit.notebook.past_graphs import review
from tests.unit.notebook.past_graphs import run as invoke
from tests.unit.notebook.test_magics_run import run

CALC = """%%graph calc --checkpointer memory
from typing import TypedDict
class State(TypedDict):
    n: int
def add(state): return {"n": state["n"] + 1}
START >> add >> END"""
NAMES = sorted({name for _, _, name in MAGICS})


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    shell.user_ns["review"] = invoke(invoke(review(), "42", n=1), "43", n=1, ok=True)
    run(shell, CALC)
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("name", NAMES)
def test_every_magic_has_a_function_of_its_name(name: str) -> None:
    assert inspect.isfunction(function(name)) and inspect.getdoc(function(name))
    assert name in (notebook if name == "graph" else langgraph_nb).__all__


def function(name: str) -> Callable[..., Any]:
    """``langgraph_nb.graph`` is the module that LangGraph has; the function is in ``langgraph_nb.notebook``."""
    found: Callable[..., Any] = getattr(notebook if name == "graph" else langgraph_nb, name.strip("%"))
    return found


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_function_takes_what_the_magic_takes(name: str) -> None:
    """Arguments of a line have the same names in the function, but for the graph, which a magic finds by name."""
    parser = BY_NAME[name].parser  # type: ignore[attr-defined]
    known = inspect.signature(function(name.strip("%"))).parameters
    called = {"breaks": "breakpoints", "name": "graph"} if name != "%inbox" else {"thread": "threads"}
    taken = {called.get(action.dest, action.dest) for action in parser._actions} - {"help"}
    by_position = {"graph", "name", "saver"}  # of the inbox: either is its first argument
    others = {"context"} if any(one.kind is one.VAR_KEYWORD for one in known.values()) else set()
    assert taken - by_position - others <= set(known)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_magic_has_help_with_an_example(ip: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, f"{name}?")
    said = capsys.readouterr().out
    assert f"{name} support" in said and "::" in said
    for option in BY_NAME[name].parser._actions:  # type: ignore[attr-defined]
        assert option.help, f"{name} does not say what {option.dest} is"


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_graphs_and_options_are_completed_in_every_magic(ip: Any, name: str) -> None:
    assert ask(f"{name} ca") == ["calc"]
    assert set(ask(f"x = {name} re" if name.count("%") == 1 else f"{name} re")) == {"review"}
    actions = BY_NAME[name].parser._actions  # type: ignore[attr-defined]
    options = {one for action in actions for one in action.option_strings if one.startswith("--")}
    assert set(ask(f"{name} calc --")) == options
    if "--thread" in options:
        assert sorted(ask(f"{name} review --thread ")) == ["42", "43"]


def ask(text: str) -> list[str]:
    return candidates(workbench(), BY_NAME, text, text.rsplit(" ", 1)[-1].rsplit("\n", 1)[-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%graph calc --de", ["--delete"]),
        ("%graph calc --export calc.s", ["calc.svg"]),
        ("%graph calc --forget ", ["0"]),
        ("%%graph calc --ch", ["--checkpointer"]),
        ("%%graph calc --checkpointer ", ["memory", "sqlite:"]),
        ("%%graph calc --from m", ["mermaid"]),
        ("%%graph calc\ndef adds(s): ...\nSTART >> a", ["adds", "add"]),
        ("%%graph calc\nST", ["START"]),
        ("%%invoke calc --durability s", ["sync"]),
        ("x = 1\n%state review --thread 4", ["42", "43"]),
        ("%inbox --thread 42 --th", ["--thread"]),
        ("%why review jo", ["join"]),
        ("%why review --thread 42 --at b", ["b1"]),
        ("%why review join --thread 42 --step 4", ["4"]),
        ("%fork review --as-node dr", ["draft"]),
        ("%compare review 42 43 --at", ["--at-a", "--at-b"]),
        ("%compare review 4", ["42", "43"]),
        ("%compare review 42 42 --at-b b", ["b1"]),
        ("debugger = %step review --break dr", ["draft"]),
        ("%time ca", []),
        ("%%time\nST", []),
        ("%graph nothing --code", ["--code"]),
        ("%why nothing a", []),
    ],
)
def test_what_an_argument_can_be_is_completed(ip: Any, text: str, expected: list[str]) -> None:
    try:
        found = ask(text)
    except LookupError:  # which the completer takes for nothing
        found = []
    assert sorted(found) == sorted(expected)


def test_completion_reaches_ipythons_completer(ip: Any) -> None:
    for text, found in (("%%graph calc --che", "--checkpointer"), ("%step review --th", "--thread")):
        with provisionalcompleter():
            assert found in [one.text for one in ip.Completer.completions(text, len(text))]


def test_no_magic_takes_a_name_of_ipythons(ip: Any) -> None:
    ours: set[Callable[..., Any]] = {function for function, _, _ in MAGICS}
    unload_ipython_extension(ip)
    left = ip.magics_manager.magics
    assert {name for name in NAMES if name in left["line"] or name in left["cell"]} == {"history"}
    assert not ours & {*left["line"].values(), *left["cell"].values()}
    load_ipython_extension(ip)
