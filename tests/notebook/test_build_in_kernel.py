"""Building a graph in a real kernel, as nbclient runs a notebook, and as a front end with cell ids does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

PREPARE = """%load_ext langgraph_nb
from typing import TypedDict"""
STATE = """%%graph support --checkpointer sqlite:support.db
class State(TypedDict):
    question: str
    kind: str
    answer: str"""
NODES = """%%graph support
def classify(state: State):
    return {"kind": "refund" if "refund" in state["question"] else "other"}
def refund(state: State):
    return {"answer": "money"}
def reply(state: State):
    return {"answer": "words"}"""
WIRING = """%%graph support
START >> classify >> (refund if state["kind"] == "refund" else reply) >> END"""
RUN = 'support.invoke({"question": "a refund?"}, {"configurable": {"thread_id": "42"}})["answer"]'


def notebook_of(*cells: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, id=str(n)) for n, cell in enumerate(cells)])
    return made  # type: ignore[no-any-return]


def run(folder: Path, *cells: str) -> list[Any]:
    """The outputs of each cell."""
    notebook = notebook_of(*cells)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_notebook_builds_and_runs_a_graph(tmp_path: Path) -> None:
    *_, state, nodes, wiring, result = run(tmp_path, PREPARE, STATE, NODES, WIRING, RUN)
    assert "Nothing is wired yet" in state[0].data["text/plain"]
    assert "START >> classify >> refund >> reply >> END" in nodes[0].data["text/plain"]
    assert set(wiring[0].data) == {"image/svg+xml", "text/plain"}
    assert result[0].data["text/plain"] == "'money'"
    assert (tmp_path / "support.db").exists()


def test_a_test_in_the_wiring_that_fails_is_shown_at_its_line(tmp_path: Path) -> None:
    wiring = '%%graph support\nSTART >> classify >> (refund if state["kidn"] == "refund" else reply) >> END'
    with pytest.raises(CellExecutionError, match="kidn") as caught:
        run(tmp_path, PREPARE, STATE, f"{NODES}\n\n{wiring.partition(chr(10))[2]}", RUN)
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(caught.value))
    assert '--> 9 START >> classify >> (refund if state["kidn"]' in text and "after_classify" in text


def test_a_mistake_fails_the_notebook_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="WiringError: A path stops at END") as caught:
        run(tmp_path, PREPARE, STATE, "%%graph support\n\nSTART >> END >> classify")
    assert "line 3: START >> END >> classify" in str(caught.value)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[BlockingKernelClient]:
    manager: KernelManager
    manager, client = start_new_kernel(cwd=str(tmp_path))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    client.context.destroy(linger=0)


def ask(client: BlockingKernelClient, cell: str, code: str, deleted: tuple[str, ...] = ()) -> str:
    """Run a cell as JupyterLab does, with its id and those of deleted cells; the text it put out."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = client.session.msg("execute_request", content, metadata={"cellId": cell, "deletedCells": list(deleted)})
    client.shell_channel.send(message)
    texts: list[str] = []
    while True:
        reply = client.get_iopub_msg(timeout=60)
        if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        content = reply["content"]
        if reply["msg_type"] in ("display_data", "execute_result"):
            texts.append(content["data"]["text/plain"])
        elif reply["msg_type"] in ("stream", "error"):
            texts.append(content.get("text") or f"{content['ename']}: {content['evalue']}")
        elif content.get("execution_state") == "idle":
            client.get_shell_msg(timeout=60)
            return "\n".join(texts)


def test_cells_are_told_apart_by_the_front_ends_ids(kernel: BlockingKernelClient) -> None:
    for cell, code in (("a", PREPARE), ("b", STATE), ("c", NODES), ("d", WIRING)):
        ask(kernel, cell, code)
    assert ask(kernel, "e", RUN) == "'money'"
    assert "kind" not in ask(kernel, "d", "%%graph support\nSTART >> reply >> END")
    assert ask(kernel, "e", RUN) == "'words'"
    ask(kernel, "d", WIRING)
    ask(kernel, "c", NODES.replace('"money"', '"coins"'))
    assert ask(kernel, "e", RUN) == "'coins'"
    assert "Nothing defines 'classify'" in ask(kernel, "f", "support", deleted=("c",)) + ask(kernel, "f", "support")


def test_an_exported_notebook_runs_and_is_loaded_like_the_one_that_wrote_it(tmp_path: Path) -> None:
    answer = RUN.replace("support.", "graph.")
    loads = f"import langgraph_nb\ngraph = langgraph_nb.load('FILE:support')\n{answer}"
    book = [PREPARE, STATE, NODES, WIRING, "%graph support --export plain.ipynb", "%graph support --compare"]
    nbformat.write(notebook_of(*book), tmp_path / "book.ipynb")  # type: ignore[no-untyped-call]
    *_, written, compared = run(tmp_path, *book)
    assert "support was written to plain.ipynb" in written[0].text
    assert "+ classify -> refund" in compared[-1].text
    plain = nbformat.read(tmp_path / "plain.ipynb", 4)  # type: ignore[no-untyped-call]
    plain.cells.append(nbformat.v4.new_code_cell(RUN))  # type: ignore[no-untyped-call]
    NotebookClient(plain, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert plain.cells[-1].outputs[0].data["text/plain"] == "'money'"
    assert not any("load_ext" in cell.source for cell in plain.cells)
    for file in ("book.ipynb", "plain.ipynb"):
        assert run(tmp_path, loads.replace("FILE", file))[0][0].data["text/plain"] == "'money'"


TALKS = """%%graph parrot --checkpointer memory --state MessagesState
def echo(state):
    return {"messages": [{"role": "ai", "content": state["messages"][-1].content.upper()}]}
START >> echo >> END"""


def test_charts_conversations_and_traces_work_without_a_person(tmp_path: Path) -> None:
    chart = "%%graph drawn --from mermaid\ngraph TD\na -->|yes| b\na -->|no| a"
    *_, drawn, talked, traced = run(
        tmp_path, PREPARE, "from langgraph_nb import MessagesState", TALKS, chart, "%chat parrot --thread 1 hello",
        "%trace parrot --thread 1",
    )  # fmt: skip
    assert "a -> b" in drawn[0].data["text/plain"]
    assert "".join(output.text for output in talked) == "user: hello\nassistant: HELLO\n"
    assert "echo (step 1)" in traced[0].data["text/plain"]


def test_a_program_has_what_cells_made_also_where_no_history_is_kept(kernel: BlockingKernelClient) -> None:
    said: list[str] = []
    for source in (
        f"{PREPARE}\nfrom decimal import Decimal\nprice = Decimal('9.5')",
        "fee = price / 2",
        STATE,
        NODES.replace('"money"', "str(price + fee)"),
        WIRING,
        "%graph support --code",
    ):
        kernel.execute_interactive(
            source, store_history=False, timeout=60,
            output_hook=lambda message: said.append(message["content"].get("text", "")),
        )  # fmt: skip
    assert "fee = price / 2" in "".join(said), "".join(said)
