"""Asking a person who runs the notebook from a terminal, with ``langgraph-nb run``.

The kernel cannot show a form there, but it can ask: a question goes to the terminal over Jupyter's stdin channel, as
``input()`` does, and the answer comes back the same way. The program at the other end (``langgraph_nb.cli.run``) says
that it understands such questions with the environment variable ``LANGGRAPH_NB_ANSWERS=stdin``; what it shows, where it
takes the answer from and what it does when there is none is its own affair. Both ends are written here.

For a live view without a front end::

    if terminal_present():
        # print lines instead of showing widgets
        try:
            answer = ask(pending)                        # a question, shown and answered
            answer = ask(pending, problem="'maybe' is not a boolean.")   # the answer did not fit: once more
        except NobodyToAskError:
            ...                                          # leave the run interrupted, as without a person

Call it in the thread of the cell, like ``input()``. This file must not know of widgets, graphs or the command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from langgraph_nb.pregel.answers import as_json_schema

if TYPE_CHECKING:
    from langgraph_nb.types import Interrupt

__all__ = ["NobodyToAskError", "Question", "ask", "terminal_present"]

VARIABLE = "LANGGRAPH_NB_ANSWERS"
"""Set to ``stdin`` in the environment of a kernel whose front end answers questions."""
MARK = "langgraph_nb question: "
"""What a question's prompt begins with; the rest of it is JSON. A notebook's own ``input()`` has another prompt."""


class NobodyToAskError(Exception):
    """Nobody can answer: no terminal, or its input has ended."""


@dataclass(frozen=True, slots=True)
class Question:
    """An interrupt, as it travels to the terminal."""

    id: str
    """The interrupt's."""
    text: str
    """What is asked and how an answer looks, in words."""
    schema: dict[str, Any] | None = None
    """The JSON schema of a valid answer."""
    problem: str = ""
    """Why the last answer was refused."""

    def to_prompt(self) -> str:
        """The prompt that carries this question."""
        return MARK + json.dumps(asdict(self))

    @classmethod
    def from_prompt(cls, prompt: str) -> Question | None:
        """The question in a prompt; ``None`` for the prompt of an ordinary ``input()``."""
        return cls(**json.loads(prompt.removeprefix(MARK))) if prompt.startswith(MARK) else None


def terminal_present() -> bool:
    """Whether this process is a kernel that a terminal runs a notebook with."""
    return os.environ.get(VARIABLE) == "stdin"


def ask(interrupt: Interrupt, *, problem: str = "", read: Callable[[str], str] | None = None) -> Any:
    """The answer of the person at the terminal to ``interrupt``: JSON data, not validated.

    Args:
        interrupt: What waits for an answer.
        problem: Why the last answer was refused; shown with the question.
        read: Puts the prompt and returns the reply; by default ``input``, which a kernel replaces for every cell.

    Raises:
        NobodyToAskError: There is no terminal, or it has no answer; the message says which.

    Example:
        >>> from langgraph_nb.types import Interrupt
        >>> ask(Interrupt("Send it?", id="a1"))
        Traceback (most recent call last):
        langgraph_nb.notebook.terminal_answers.NobodyToAskError: No terminal runs this notebook.
    """
    if not terminal_present():
        raise NobodyToAskError("No terminal runs this notebook.")
    # here, because the terminal's end of the way imports this file too, and makes no forms
    from langgraph_nb.notebook.forms import form_of
    from langgraph_nb.notebook.live.still import describe_form

    text = describe_form(form_of(interrupt).to_json())
    question = Question(interrupt.id, text, as_json_schema(interrupt.response_schema), problem)
    try:
        reply = json.loads((read or input)(question.to_prompt()))
    except (EOFError, NotImplementedError) as error:  # the second: a front end that cannot be asked
        raise NobodyToAskError("The terminal's input has ended.") from error
    if "answer" not in reply:
        raise NobodyToAskError(reply["nobody"])
    return reply["answer"]
