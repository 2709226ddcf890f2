"""The command that runs public programs on both engines tells what is the same and what is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CELLS = [
    "%pip install -U langgraph",
    "from langgraph.graph import START, MessagesState, StateGraph",
    "from langgraph.checkpoint.memory import InMemorySaver",
    """builder = StateGraph(MessagesState).add_node("say", lambda state: {"messages": [SAYS]}).add_edge(START, "say")
graph = builder.compile(checkpointer=InMemorySaver())
(await graph.ainvoke({"messages": ["hi"]}, {"thread_id": "1"}))["messages"][-1].content""",
    "graph.get_graph().draw_mermaid_png()[:4]",
    "graph.no_such_method",
]
DIFFERENT = """import sys
from langgraph.graph import StateGraph
print(StateGraph.__module__, 'langgraph_nb' in sys.modules)"""


def test_programs_are_compared(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    cells = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in CELLS]
    (repository / "same.ipynb").write_text(json.dumps({"cells": cells}))
    (repository / "different.py").write_text(DIFFERENT)
    models = tmp_path / "models.py"
    models.write_text("import builtins\nbuiltins.SAYS = ('ai', 'scripted')\n")
    command = [sys.executable, "-m", "tests.alias.public", repository, "same.ipynb", "different.py", "--models", models]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    same, different = ran.stdout.split("different.py: ")
    assert same.startswith("same.ipynb: ") and same.count("the same") == 2 and "DIFFERS" not in same, ran.stderr
    assert different.count("DIFFERS") == 2 and "-langgraph.graph.state False" in different
    assert ran.returncode == 1
