"""Where the answers to a notebook's questions come from: the command line first, then the person at the terminal.

This file knows questions and text; it must not know of kernels.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from langgraph_nb.cli import CommandError
from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.terminal_answers import NobodyToAskError, Question

_ADDRESSED = re.compile(r"([\w:-]+)=(.*)", re.DOTALL)
_WORDS = {"yes": True, "y": True, "no": False, "n": False}


class Answers:
    """The answers that were given beforehand, and a way to ask for more.

    Args:
        in_order: Answers to questions as they come.
        by_id: Answers to the question with this id.
        read: Shows a prompt and returns a line, like ``input``; it raises ``EOFError`` when there is nobody. By default
            the terminal, or what is piped in.

    Example:
        >>> answers = Answers.parse(["a1=true", "maybe"])
        >>> answers.to(Question("b2", "Sure?")), answers.to(Question("a1", "Send it?"))
        ('maybe', True)
    """

    def __init__(
        self,
        in_order: Sequence[str] = (),
        by_id: dict[str, str] | None = None,
        *,
        read: Callable[[str], str] | None = None,
    ) -> None:
        self._in_order = list(in_order)
        self._by_id = dict(by_id or {})
        self._asked: list[str] = []
        self._exclusive = bool(in_order or by_id)
        self._read = read or read_line
        self.problems: list[str] = []
        """What makes the run a failure, though every cell may have run."""

    @classmethod
    def parse(cls, options: Sequence[str], *, read: Callable[[str], str] | None = None) -> Answers:
        """The answers in the values of ``--answer``.

        Raises:
            CommandError: One of them is neither JSON nor plain text, or two are for the same question.
        """
        in_order: list[str] = []
        by_id: dict[str, str] = {}
        for option in options:
            match = _ADDRESSED.fullmatch(option)
            if match and match[1] in by_id:
                raise CommandError(f"--answer gives two answers to {match[1]}. Leave one out.")
            if match:
                by_id[match[1]] = match[2]
            else:
                in_order.append(option)
            try:
                to_value(match[2] if match else option)
            except ValueError as error:
                raise CommandError(f"--answer {option}: {error}") from None
        return cls(in_order, by_id, read=read)

    def to(self, question: Question) -> Any:
        """The answer to a question.

        Raises:
            NobodyToAskError: None was given and nobody is there.
        """
        again = question.id in self._asked
        self._asked.append(question.id)
        if not self._exclusive:
            return self._from_person(question)
        if question.problem and again:
            raise self._failed(f"The answer to {question.id} was refused: {question.problem}")
        text = self._by_id.pop(question.id, None)
        if text is None and self._in_order:
            text = self._in_order.pop(0)
        if text is None:
            raise self._failed(f"No --answer is left for {question.id}:\n{question.text}")
        print(f"{describe(question)}\nAnswer (given): {text}", flush=True)
        return to_value(text, question.schema)

    def finish(self) -> None:
        """Note what was given and never asked for."""
        for name in self._by_id:
            self.problems.append(f"No question had the id {name!r}. {did_you_mean(name, set(self._asked))}")
        if self._in_order:
            unused = ", ".join(self._in_order)
            self.problems.append(f"More answers were given than questions asked; not used: {unused}")

    def _failed(self, problem: str) -> NobodyToAskError:
        self.problems.append(problem)
        return NobodyToAskError(problem)

    def _from_person(self, question: Question) -> Any:
        print(describe(question), flush=True)
        while True:
            try:
                return to_value(self._read("Answer (JSON or text): "), question.schema)
            except EOFError:
                print()
                raise NobodyToAskError("Nobody answered: the input has ended. The run stays paused.") from None
            except ValueError as error:
                print(error, file=sys.stderr)


def to_value(text: str, schema: dict[str, Any] | None = None) -> Any:
    """What a person means by a line: JSON where it is JSON, otherwise the text itself.

    Raises:
        ValueError: It begins like JSON and is not.

    Example:
        >>> to_value('{"approve": true}'), to_value("yes"), to_value("yes", {"type": "boolean"})
        ({'approve': True}, 'yes', True)
    """
    kind = (schema or {}).get("type")
    ways = {way.get("type") for way in (schema or {}).get("anyOf") or () if isinstance(way, dict)}
    text = text.strip()
    if kind == "boolean" and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if text[:1] in ("{", "[", '"'):
            raise ValueError(f"This is not JSON: {error}. Quote names and texts with double quotes.") from None
        return text
    exact = isinstance(value, float) and {"number", "string"} <= ways and str(value) != text  # 12.50 is no 12.5
    return text if exact or (kind == "string" and not isinstance(value, str)) else value


def read_line(prompt: str) -> str:
    """A line of the terminal; a piped one is shown, as a typed one is."""
    line = input(prompt)
    if not sys.stdin.isatty():
        print(line)
    return line


def describe(question: Question) -> str:
    """A question as lines of text."""
    refused = f"\n  Refused: {question.problem}" if question.problem else ""
    return f"\n{question.text}\n  (id {question.id}){refused}"
