"""What people install says the same everywhere: pyproject.toml, the conda environments, the scripts."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.binder import CONDA_NAMES, listed, normal

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LEFT_TO_PIP = ("ormsgpack",)
"""Named for conda without a range, because conda may not have the newest; installing the package sees to the range."""
ONLY_PIP = ("resvg-py",)
"""What conda does not have; pip brings it."""
IMPORT_NAMES = {"ipython": "IPython"}


def required(*extras: str) -> dict[str, str]:
    """Name, as conda has it -> range."""
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in extras)]
    found = (re.match(r"([\w.-]+)([^;]*)", line) for lines in lists for line in lines)
    pairs = {normal(m[1]): m[2].strip() for m in found if m}
    return {CONDA_NAMES.get(name, name): version for name, version in pairs.items()}


@pytest.mark.parametrize("path", ["environment.yml", "binder/environment.yml"])
def test_conda_environments_have_what_opening_the_notebooks_needs(path: str) -> None:
    here = listed(path)
    wanted = {name: v for name, v in required("lab").items() if name not in ONLY_PIP} | dict.fromkeys(LEFT_TO_PIP, "")
    assert {name: here.get(name) for name in wanted} == wanted


def test_the_package_imports_nothing_that_it_does_not_require() -> None:
    known = set(sys.stdlib_module_names) | {"langgraph_nb"}
    known |= {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in required("lab")}
    known |= {"pydantic_core", "orjson"}  # come with pydantic and langchain-core; the latter is not needed
    known |= {"numpy", "pandas", "polars"}  # only where values are of theirs already
    known |= {"PIL"}  # makes pictures smaller, where it is installed
    known |= {"sqlite_vec"}  # only where it is installed, and numpy is not enough
    known |= {"psycopg", "psycopg_pool"}  # the extra postgres
    known |= {"cryptography", "Crypto"}  # the extra encryption
    known |= {"langgraph_sdk"}  # the extra remote
    known |= {"langchain"}  # only where a store's embeddings are given by a name that it knows
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "langgraph_nb").rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {a.name for i in imports if isinstance(i, ast.Import) for a in i.names}
    names |= {i.module or "" for i in imports if isinstance(i, ast.ImportFrom) and not i.level}
    assert {name.partition(".")[0] for name in names} - known == set()


def test_dependencies_have_a_lower_limit() -> None:
    unlimited = [name for name, version in required("lab", "test", "engine-test").items() if ">=" not in version]
    assert unlimited == ["langgraph-nb"]  # an extra that is made of others


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_saved_outputs_show_no_path_of_the_machine_that_made_them(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = "\n".join(json.dumps(cell.get("outputs")) for cell in cells)
    assert re.findall(r"site-packages|/home/|/Users/|/root/|/tmp/|[A-Z]:\\\\", outputs) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bit")
@pytest.mark.parametrize("path", [".ci/run", "binder/postBuild"])
def test_scripts_can_be_executed(path: str) -> None:
    assert os.access(ROOT / path, os.X_OK)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="A source distribution has no history.")
def test_only_what_belongs_there_is_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name.partition("/")[0] for name in listed.splitlines()} == {
        ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "binder", "environment.yml", "langgraph_nb",
        "notebooks", "pyproject.toml", "tests",
    }  # fmt: skip
