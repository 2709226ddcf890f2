"""``python -m notebooks.course.save [NAME ...]``: run notebooks and store their outputs; all of them, if none is named.

Each runs in a new kernel in a copy of this folder, so that nothing of an earlier run counts and nothing is left behind.
A notebook is refused, and stays as it was, if a cell fails that is not tagged ``raises-exception``, or if one with that
tag does not. What differs from run to run (times, metadata of the execution, frames of libraries) is not stored.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1]
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT = ("tags", "scrolled", "collapsed", "jupyter")
"""Metadata of cells that authors set."""
LIMIT = 120


class RefusedError(Exception):
    """A notebook cannot be stored."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m notebooks.course.save", description="Run and store notebooks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the notebook's name or its number; default: all")
    status = 0
    for path in chosen(parser.parse_args().names):
        try:
            save(path)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)
        except RefusedError as error:
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
            status = 1
    return status


def chosen(names: list[str]) -> list[Path]:
    """The notebooks of these names; a number or the beginning of a name is enough."""
    books = sorted(FOLDER.glob("*.ipynb"))
    unknown = [name for name in names if not any(book.name.startswith(Path(name).name) for book in books)]
    if unknown:
        sys.exit(f"There is no notebook {unknown[0]!r}. There are: {', '.join(book.stem for book in books)}.")
    return [book for book in books if not names or any(book.name.startswith(Path(name).name) for name in names)]


def save(path: Path) -> None:
    """Run a notebook and store it with its outputs.

    Raises:
        RefusedError: It does not run as it should.
    """
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*", ".*", "__pycache__"))
        run(book, Path(folder))
    tidy(book)
    nbformat.validate(book)
    nbformat.write(book, path)  # type: ignore[no-untyped-call]


def run(book: nbformat.NotebookNode, folder: Path) -> None:
    """Run a notebook in a folder, in a new kernel with this checkout's package.

    Raises:
        RefusedError: It does not run as it should.
    """
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "PYTHONHASHSEED": "random"}
    client = NotebookClient(
        book, timeout=LIMIT, kernel_name="python3", store_widget_state=False, record_timing=False,
        coalesce_streams=True, resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise RefusedError(f"a cell failed.\n{error}") from None
    for cell in book.cells:
        raised = any(output.output_type == "error" for output in cell.get("outputs", ()))
        if "raises-exception" in cell.metadata.get("tags", ()) and not raised:
            raise RefusedError(f"the cell {cell.id!r} is tagged raises-exception, and raised none.")


def tidy(book: nbformat.NotebookNode) -> None:
    """Leave out what the next run would not give again."""
    book.metadata = nbformat.from_dict(METADATA)
    for cell in book.cells:
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in KEPT if key in cell.metadata})
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                output.traceback = _own_frames(output.traceback)
            if picture := output.get("data", {}).get("image/png"):
                output.data["image/png"] = _small(picture)


def _small(picture: str) -> str:
    """A PNG with 48 colours, which for a chart is as good and takes a third of the room."""
    small = BytesIO()
    Image.open(BytesIO(b64decode(picture))).convert("RGB").quantize(48).save(small, "PNG", optimize=True)
    return min(picture, b64encode(small.getvalue()).decode(), key=len)


def _own_frames(traceback: list[str]) -> list[str]:
    """A traceback without the files of this machine."""

    def plain(text: str) -> str:
        return re.sub(r"\x1b\[[\d;]*m", "", text)

    return [frame for frame in traceback if not re.match(r"(File |\[\.\.\. skipping)", plain(frame))]


def outputs(cell: Any) -> str:
    """What a cell put out, as text."""
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


if __name__ == "__main__":
    sys.exit(main())
