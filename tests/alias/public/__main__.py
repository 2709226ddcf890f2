"""``python -m tests.alias.public FOLDER --models FILE [PROGRAM ...]``: run a repository's programs on both engines.

Each program (a notebook, a script, or a file of pytest's) is run three times, each in a Python of its own: on
LangGraph, with ``langgraph`` written ``langgraph_nb`` in the imports of a copy, and as it is by the alias. What they
print has to be the same. FILE is run first, and puts scripted models in the place of clients; nothing else is changed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

RUN = Path(__file__).with_name("run.py")
ROOT = Path(__file__).resolve().parents[3]
LIMIT = 300
"""Seconds after which a program has hung."""
IMPORT = re.compile(r"^(\s*(?:>>> )?(?:from|import)\s+)langgraph\b", re.M)
CHANCE = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"0x[0-9a-f]{6,}"), "ADDRESS"),
    (re.compile(r"\d+\.\d+ ?s(econds)?\b"), "DURATION"),
    (re.compile(r"langgraph_nb"), "langgraph"),
)
"""What differs from run to run, and the word."""


def main() -> int:
    options = arguments()
    programs = options.programs or sorted(str(p.relative_to(options.folder)) for p in options.folder.rglob("*.ipynb"))
    failed = 0
    for program in programs:
        printed = {way: told(options.folder, program, options.models, way) for way in ("langgraph", *options.by)}
        theirs = printed["langgraph"]
        print(f"{program}: {theirs.count(chr(10))} lines on LangGraph, {theirs.count('ERROR ')} errors")
        for way in options.by:
            failed += theirs != printed[way]
            print(f"  {way}: {'the same' if theirs == printed[way] else 'DIFFERS'}")
            print("".join(f"    {line}\n" for line in difference(theirs, printed[way])), end="")
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.alias.public", description=__doc__)
    parser.add_argument("folder", type=Path, help="a copy of the repository")
    parser.add_argument("programs", nargs="*", help="paths in it; all notebooks, if none is named")
    parser.add_argument("--models", type=Path, required=True, help="what is run first, to put scripted models in place")
    parser.add_argument(
        "--by", nargs="+", choices=("word", "alias"), default=["word", "alias"],
        help="how it is run here; a program that uses packages built on LangGraph is run by the alias alone",
    )  # fmt: skip
    return parser.parse_args()


def told(folder: Path, program: str, models: Path, way: str) -> str:
    """What a program prints, in a copy of its folder, without what is chance."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "repository"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".git", "__pycache__"))
        if way == "word":
            change_the_word(copy)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "LANGSMITH_TRACING": "false"}
        command = [sys.executable, "-W", "ignore", str(RUN), way, str(models.resolve()), str(copy / program)]
        place_of_it = (copy / program).parent
        ran = subprocess.run(command, cwd=place_of_it, env=env, capture_output=True, text=True, timeout=LIMIT)
        text = ran.stdout + (f"ERROR exit {ran.returncode}\n{ran.stderr[-3000:]}" if ran.returncode else "")
        text = text.replace(str(copy), "")
    for pattern, name in CHANCE:
        text = pattern.sub(name, text)
    return text


def change_the_word(folder: Path) -> None:
    """``langgraph`` -> ``langgraph_nb`` in imports, in scripts and in the code cells of notebooks."""
    for path in folder.rglob("*.py"):
        path.write_text(IMPORT.sub(r"\1langgraph_nb", path.read_text("utf-8")), "utf-8")
    for path in folder.rglob("*.ipynb"):
        book = json.loads(path.read_text("utf-8"))
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                cell["source"] = IMPORT.sub(r"\1langgraph_nb", "".join(cell["source"]))
        path.write_text(json.dumps(book), "utf-8")


def difference(theirs: str, ours: str) -> Iterator[str]:
    return (line[:400] for line in difflib.unified_diff(theirs.splitlines(), ours.splitlines(), lineterm="", n=1))


if __name__ == "__main__":
    sys.exit(main())
