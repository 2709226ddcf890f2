"""Every name that the packages built on LangGraph import from it, private ones too, is there by the alias."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

PACKAGES = (
    "langchain", "deepagents", "langgraph-supervisor", "langgraph-swarm", "langgraph-bigtool", "langmem", "trustcall",
    "langchain-mcp-adapters",
)  # fmt: skip
CHECK = """
import sys, warnings
from importlib import import_module
from langgraph_nb.alias import install

install()
warnings.simplefilter("ignore")
for line in sys.stdin.read().splitlines():
    module, _, name = line.partition(" ")
    try:
        found = import_module(module)
        if name and not hasattr(found, name):
            import_module(f"{module}.{name}")
        assert found.__name__.startswith("langgraph_nb"), found
    except Exception as error:
        print(line, "->", repr(error))
"""


def imported(package: str) -> set[tuple[str, str]]:
    """Module and name of all that a package imports of LangGraph's, wherever in its code."""
    found = set()
    for file in distribution(package).files or ():
        if file.suffix == ".py":
            for node in ast.walk(ast.parse(Path(str(file.locate())).read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "langgraph":
                    found |= {(str(node.module), alias.name) for alias in node.names}
                elif isinstance(node, ast.Import):
                    found |= {(alias.name, "") for alias in node.names if alias.name.split(".")[0] == "langgraph"}
    return found


def test_what_packages_import_is_there() -> None:
    names = {package: imported(package) for package in PACKAGES}
    assert all(names.values())
    lines = "\n".join(" ".join(pair).strip() for pair in sorted(set().union(*names.values())))
    ran = subprocess.run([sys.executable, "-c", CHECK], input=lines, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
