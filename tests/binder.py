"""What Binder and conda would do, as far as it goes without them: ``python -m tests.binder``.

In a new environment come the packages that ``binder/environment.yml`` lists, from PyPI; then ``binder/postBuild`` runs,
and the notebook that the server would open. Of ``environment.yml`` it is asked whether its packages go together.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
"""Name on PyPI -> conda's, where it is another."""


def listed(path: str) -> dict[str, str]:
    """Name, as conda has it -> range, of a file with an environment."""
    text = (ROOT / path).read_text("utf-8").partition("\ndependencies:")[2]
    found = re.findall(r"^  - ([\w.-]+) ?([<>=].*)?$", text, re.MULTILINE)
    return {normal(name): version for name, version in found}


def normal(name: str) -> str:
    """The one way of writing a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def from_pypi(path: str) -> list[str]:
    """The same packages, as pip is asked for them."""
    names = {conda: name for name, conda in CONDA_NAMES.items()}
    return [names.get(name, name) + version for name, version in listed(path).items() if name not in ("python", "pip")]


def check(prefix: Path) -> None:
    """Make the environment, and open the notebook in it.

    Raises:
        subprocess.CalledProcessError: Something of this does not work.
    """
    venv.create(prefix, with_pip=True, symlinks=os.name != "nt")
    programs = prefix / ("Scripts" if os.name == "nt" else "bin")
    path = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def run(*command: str | Path, cwd: Path = ROOT) -> None:
        print("+", *command, flush=True)
        subprocess.run(command, cwd=cwd, env=path, check=True, stdout=subprocess.DEVNULL)

    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "-q")
    run(*pip, "install", *from_pypi("binder/environment.yml"))
    run("bash", "binder/postBuild")
    run(*pip, "check")
    settings = prefix / "etc" / "jupyter" / "jupyter_server_config.d" / "langgraph_nb.json"
    opened = json.loads(settings.read_text("utf-8"))["ServerApp"]["default_url"]
    notebook = ROOT / opened.removeprefix("/lab/tree/")
    run(programs / "langgraph-nb", "run", notebook.name, cwd=notebook.parent)
    run(*pip, "install", "--dry-run", *from_pypi("environment.yml"), "--editable", ".[test]")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder) / "prefix")
    sys.exit()
