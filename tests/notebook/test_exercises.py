"""Each lesson as a learner goes through it: all cells, then wrong answers, then right ones, in one kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.lessons import LESSONS, Answer, Kernel, answers, by_id, copied, kernel, read

EXERCISES = ("exercise-1", "exercise-2", "exercise-3")


@pytest.mark.parametrize("name", LESSONS)
def test_checks_refuse_what_is_wrong_and_take_what_is_right(name: str, tmp_path: Path) -> None:
    given = answers(name)
    rights = [answer.exercise for answer in given if answer.is_right]
    assert sorted(set(rights)) == list(EXERCISES), "a solution for each exercise"
    wrongs = [answer.exercise for answer in given if not answer.is_right]
    assert set(wrongs) == set(EXERCISES), "and wrong answers for each"
    book = read(name)
    cells = by_id(book)
    with kernel(book, copied(tmp_path)) as shell:
        for cell in book.cells:
            if cell.cell_type == "code":
                shell.run(cell)
                raised = any(output.output_type == "error" for output in cell.outputs)
                assert raised == ("raises-exception" in cell.metadata.get("tags", ())), cell.id
        for number in "123":
            first, second = cells[f"check-{number}"].outputs[-1].data, shell.run(cells[f"check-{number}"])
            assert "not yet" in first["text/plain"], f"the starter of exercise {number} must not be taken"
            assert first["text/plain"] != second, f"exercise {number} has a second hint"
            for answer in (one for one in given if one.exercise == f"exercise-{number}"):
                _try(shell, cells, answer)


def _try(shell: Kernel, cells: dict, answer: Answer) -> None:  # type: ignore[type-arg]
    """Run an answer as a learner does, who changes the cell and then runs the check."""
    cell, check = cells[answer.exercise], cells[answer.exercise.replace("exercise", "check")]
    cell.metadata["tags"] = ["raises-exception"] * (not answer.is_right)  # a wrong answer may fail
    shell.run(cell, answer.source)
    card = shell.run(check)
    if answer.is_right:
        assert "solved" in card, card
    else:
        assert "not yet" in card and answer.says in card, card
