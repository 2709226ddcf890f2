"""``%history``, ``%why``, ``%fork`` and ``%compare`` in an IPython shell, beside IPython's own ``%history``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from traceback import extract_tb
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.past import Comparison, Fork, History, Why
from tests.unit.notebook.past_graphs import review
from tests.unit.notebook.past_graphs import run as invoke


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    shell.user_ns["review"] = invoke(invoke(review(), "42", n=1), "43", n=1, ok=True)
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def run(shell: Any, source: str) -> Any:
    """Run a cell; its result, raising what it raised."""
    done = asyncio.run(shell.run_cell_async(source, transformed_cell=shell.transform_cell(source), store_history=True))
    done.raise_error()
    return done.result


def test_each_is_a_call_of_the_function_of_its_name(ip: Any) -> None:
    assert isinstance(run(ip, "%history review --thread 42"), History)
    assert len(run(ip, "%history review --thread=42 --before 3")) == 4
    assert isinstance(run(ip, "%why review join --thread 42"), Why)
    assert run(ip, "%why review join --thread 42 --step 4").ran is False
    made = run(ip, "better = {'ok': True}\n%fork review --thread 42 --at 1 --as-node draft {**better, 'n': 2}")
    assert isinstance(made, Fork) and made.next == ("send",)
    assert ip.user_ns["review"].invoke(None, made.config)["n"] == 2
    assert run(ip, "%fork review --thread 42 --at b1").next == ("ask",)
    assert isinstance(run(ip, "%compare review 42 43"), Comparison)
    assert run(ip, "%compare review 42 42 --at-a b1 --at-b b2 --other review").first.number == 2


def test_ipythons_own_history_is_as_it_was(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(ip, "first = 1")
    run(ip, "second = 2")
    capsys.readouterr()
    run(ip, "%history -n 1-2")
    assert "1: first = 1" in capsys.readouterr().out
    run(ip, "%history")
    assert "second = 2" in capsys.readouterr().out
    unload_ipython_extension(ip)
    run(ip, "%history -l 1")
    assert "history_of_either" not in repr(ip.magics_manager.magics["line"]["history"])
    assert not {"why", "fork", "compare"} & set(ip.magics_manager.magics["line"])
    load_ipython_extension(ip)
    load_ipython_extension(ip)
    assert isinstance(run(ip, "%history review --thread 42"), History)


def test_mistakes_are_raised_with_a_hint(ip: Any) -> None:
    with pytest.raises(LookupError, match="Did you mean 'review'"):
        run(ip, "%history reveiw --thread 42")
    with pytest.raises(CellError, match="nothing is stored"):
        run(ip, "%history review --thread none")
    with pytest.raises(CellError, match="Did you mean thread '42'"):
        run(ip, "%history review --thread 422")
    with pytest.raises(CellError, match="Did you mean 'draft'"):
        run(ip, "%why review drfat --thread 42")
    for line in ("%fork review --thread 42", "%compare review 42", "%why review --thread 42"):
        with pytest.raises(UsageError):
            run(ip, line)
    with pytest.raises(NameError) as caught:
        run(ip, "%fork review --thread 42 --at 1 {'n': many}")
    assert extract_tb(caught.value.__traceback__)[-1].line == "{'n': many}"
    with pytest.raises(CellError, match="This is not Python"):
        run(ip, "%fork review --thread 42 --at 1 {'n': 2")
    with pytest.raises(UsageError, match=r"required: --thread\. For example: %history support --thread 42"):
        run(ip, "%history review")
    with pytest.raises(UsageError, match=r"no option --att.* Did you mean '--at'"):
        run(ip, "%fork review --thread 42 --att 1")


@pytest.mark.parametrize("name", ["history", "why", "fork", "compare"])
def test_each_has_help_with_an_example(ip: Any, name: str) -> None:
    found = ip.magics_manager.magics["line"][name].__doc__
    assert f"%{name} support" in found and "::" in found
