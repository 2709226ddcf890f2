"""Answers that a run has accepted and that nobody has taken yet: for graphs inside of tasks, or for whoever asks first.

They are stored with the checkpoint of the graph that was given them, so that a run that is cut off before it gets to
the question does not lose them. Who takes one stores that it is taken together with what came of it, so that none is
taken twice. Pure: it knows no saver and no graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langgraph_nb.constants import RESUME
from langgraph_nb.persistence import PutWrites
from langgraph_nb.pregel.pending import NULL_TASK_ID, TaskRecord

FOR_ANYONE = ""
"""The key of an answer that no question is known to await."""


class HeldAnswers:
    """The answers, shared by a run and the runs of graphs inside. Read and written from any thread.

    Args:
        at: The config of the checkpoint that they belong to; ``None`` while nothing is stored.
        stored: What was stored of them.
    """

    __slots__ = ("at", "answers", "bare", "changed", "loose", "questions")

    def __init__(self, at: Any = None, stored: list[Any] | None = None) -> None:
        self.at = at
        self.answers: dict[str, list[Any]] = {}
        """Interrupt id -> the answer, in a list that is empty once it was taken."""
        self.bare: str | None = None
        """The question that was answered without being named. When it is gone, what is asked in its place gets that."""
        self.questions: dict[str, Any] = {}
        """On another branch, where questions have new ids: what those asked that the answers are for."""
        self.changed = False
        """Whether it is to be stored."""
        self.loose: dict[str, list[Any]] = {}
        """Answers that were taken, where it is not stored yet who took them: they are stored as not taken."""
        if stored and len(stored) == 3 and isinstance(stored[0], dict):  # LangGraph stores other things there
            self.answers = {key: list(answer) for key, answer in stored[0].items()}
            self.bare, self.questions = stored[1], dict(stored[2])

    def hold(self, key: str, answer: Any, bare: bool = False) -> None:
        """Keep an answer; a taken one cannot be changed."""
        if self.answers.get(key) != [] or key == FOR_ANYONE:
            self.answers[key] = [answer]
            self.bare = key if bare else self.bare
            self.changed = True

    def left(self) -> dict[str, Any]:
        """The answers to questions that nobody has taken."""
        return {key: answer[0] for key, answer in tuple(self.answers.items()) if answer and key != FOR_ANYONE}

    def take(self, key: str, loosely: bool = False) -> list[Any]:
        """Take an answer: in a list, which is empty if somebody else was quicker. ``loosely``: until ``settle``."""
        taken = self.answers.get(key, [])
        if loosely:
            self.loose[key] = taken
        self.answers[key] = []
        self.changed = True
        return taken

    def settle(self, keys: Iterable[str]) -> None:
        """It is stored who took these."""
        for key in keys:
            self.loose.pop(key, None)
        self.changed = True

    def give_back(self, taken: dict[str, list[Any]]) -> None:
        """Have answers be there again that were taken for nothing."""
        self.answers.update(taken)
        self.changed = True

    def ask_again(self, keys: Iterable[str]) -> None:
        """These are asked; what was taken for one of them is lost, and it can be answered again."""
        for key in keys:
            if self.answers.get(key) == []:
                self.forget(key)

    def for_words(self, question: Any) -> list[str]:
        """The keys of answers to what was asked in these words on another branch."""
        return [key for key, asked in tuple(self.questions.items()) if _same(asked, question)]

    def forget(self, key: str) -> None:
        """Let a question be answered again."""
        if self.answers.pop(key, None) is not None:
            self.changed = True

    def let_go(self) -> None:
        """Forget all answers: the step that they were for is over."""
        self.at, self.answers, self.bare, self.questions, self.changed = None, {}, None, {}, False
        self.loose = {}

    def ops(self) -> tuple[PutWrites, ...]:
        """What is to be stored of them, if that is something new."""
        if not self.changed or self.at is None:
            return ()
        self.changed = False
        answers = {key: list(answer or self.loose.get(key, [])) for key, answer in tuple(self.answers.items())}
        stored = [answers, self.bare, self.questions]
        return (PutWrites(self.at, ((RESUME, stored),), NULL_TASK_ID),)


def _same(asked: Any, question: Any) -> bool:
    try:
        return type(asked) is type(question) and bool(asked == question)
    except Exception:  # values that cannot be compared, like arrays
        return False


def held_answers(records: dict[str, TaskRecord], at: Any) -> HeldAnswers:
    """What is stored of the answers at a checkpoint.

    Args:
        records: What is pending there.
        at: Its config.
    """
    record = records.get(NULL_TASK_ID)
    return HeldAnswers(at, record.answers if record is not None else None)


def answered_inside(records: dict[str, TaskRecord]) -> frozenset[str]:
    """The questions of graphs inside that have an answer, taken or not."""
    return frozenset(held_answers(records, None).answers)
