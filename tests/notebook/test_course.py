"""What every notebook of the course has, and how long it may be. None of this needs a kernel."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.notebook.lessons import COURSE, FOLDER, LESSONS, by_id, is_exercise, read

WORDS, CODE_CELLS, BYTES = 600, 12, 200_000
EXERCISES = [f"{kind}-{n}" for n in "123" for kind in ("task", "exercise", "check")]
PARTS = ("title", "setup", "break", "predict", "quiz", *EXERCISES, "next")
BOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
NETWORK = {"aiohttp", "anthropic", "boto3", "http", "httpx", "openai", "requests", "smtplib", "socket", "urllib"}


def words(source: str) -> int:
    """How many words a reader sees: marks, tags and addresses are none."""
    seen = re.sub(r"<[^>]*>|\]\([^)]*\)|[*_#`|>-]+", " ", source)
    return len(seen.split())


def test_each_lesson_of_the_course_is_there_with_its_checks_and_solutions() -> None:
    assert [*COURSE, "index"] == BOOKS and [*COURSE] == LESSONS
    checks = sorted(path.stem for path in (FOLDER / "course").glob("lesson_*.py"))
    assert checks == [f"lesson_{name[:2]}" for name in COURSE]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_parts(name: str) -> None:
    cells = by_id(read(name))
    assert [part for part in PARTS if part not in cells] == []
    order = list(cells)
    assert order[0] == "title" and order[-1] == "next"
    title = cells["title"].source
    assert title.startswith(f"# {name[:2]} · ") and "**You will be able to**" in title and "minutes" in title
    assert "raises-exception" in cells["break"].metadata.tags, "the cell that breaks says that it does"
    assert cells["predict"].cell_type == "markdown" and cells[order[order.index("predict") + 1]].cell_type == "code"
    for n in "123":
        at = order.index(f"task-{n}")
        assert order[at : at + 3] == [f"task-{n}", f"exercise-{n}", f"check-{n}"]
        assert "exercise" in cells[f"exercise-{n}"].metadata.tags
        assert f'check("{name[:2]}.{n}"' in cells[f"check-{n}"].source


@pytest.mark.parametrize("name", LESSONS)
def test_a_quiz_explains_each_answer(name: str) -> None:
    quiz = by_id(read(name))["quiz"].source
    found = re.findall(r"<details><summary>(.+?)</summary>(.+?)</details>", quiz, re.DOTALL)
    assert 3 <= len(found) <= 4 and quiz.count("<details>") == len(found)
    assert all(len(why.split()) > 2 for _, why in found)
    rights = [why for _, why in found if re.match(r"\s*(Right|Yes)\b", why)]
    assert len(rights) == 1, "one is right, and says so"


@pytest.mark.parametrize("name", BOOKS)
def test_it_is_short(name: str) -> None:
    own = [cell for cell in read(name).cells if not is_exercise(cell)]
    counted = sum(words(cell.source) for cell in own if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in own)
    assert counted <= WORDS and code <= CODE_CELLS
    assert (FOLDER / f"{name}.ipynb").stat().st_size < BYTES, "stored outputs are small"


@pytest.mark.parametrize("name", BOOKS)
def test_there_is_a_picture_in_the_first_third(name: str) -> None:
    own = [cell for cell in read(name).cells if not is_exercise(cell)]
    early = own[: -(-len(own) // 3)]
    shown = [output.get("data", {}) for cell in early for output in cell.get("outputs", ())]
    assert any("image/svg+xml" in data or "image/png" in data for data in shown)


@pytest.mark.parametrize("name", BOOKS)
def test_its_file_is_as_the_save_command_makes_it(name: str) -> None:
    book = read(name)
    assert book.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell.id) for cell in book.cells), "ids can be read"
    counts = [cell.execution_count for cell in book.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run from top to bottom; see notebooks/course/save.py"
    assert {key for cell in book.cells for key in cell.metadata} <= {"tags", "scrolled", "collapsed", "jupyter"}


@pytest.mark.parametrize("name", BOOKS)
def test_its_links_lead_somewhere(name: str) -> None:
    sources = "\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"", sources)
    local = [link for pair in links for link in pair if link and not link.startswith(("https://", "#"))]
    assert [link for link in local if not _exists(unquote(link.partition("#")[0]))] == []


def _exists(link: str) -> bool:
    return (FOLDER / link).exists()


@pytest.mark.parametrize("name", BOOKS)
def test_it_imports_nothing_that_needs_the_network(name: str) -> None:
    sources = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    used = {module for source in sources for module in re.findall(r"^\s*(?:from|import) +(\w+)", source, re.MULTILINE)}
    assert used & NETWORK == set()


def test_the_index_leads_to_every_lesson() -> None:
    cells = by_id(read("index"))
    links = re.findall(r"^\| \[(\d\d) .+?\]\((.+?)\.ipynb\) \|", cells["leaves"].source, re.MULTILINE)
    assert links == [(name[:2], name) for name in COURSE]
    drawn = re.findall(r" -> (\d\d .+)", cells["map"].outputs[0].data["text/plain"])
    assert {name.replace(" ", "_") for name in drawn} == set(COURSE), "and each is on the map"


@pytest.mark.parametrize("path", sorted((FOLDER / "course").glob("lesson_*.py")), ids=lambda path: path.stem)
def test_each_exercise_has_hints_and_says_what_was_learnt(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    found = [call for call in calls if getattr(call.func, "id", "") == "exercise"]
    assert [ast.literal_eval(call.args[0]) for call in found] == [f"{path.stem[-2:]}.{n}" for n in "123"]
    for call in found:
        given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        assert len(given["hints"]) >= 2 and given["done"]
