"""What a check is, and what ``check`` does with it. How a card looks is in ``card.py``.

A lesson's file has one function for each exercise. Its first parameter collects what is found; the others are named
like the variables of the notebook that it looks at::

    @exercise("01.1", hints=("A node returns what it changes.", "Return `{\"tax\": ...}`."), done="Now you know …")
    def tax(found, bill):
        result = bill.invoke({"net": 100.0})
        found.equal("`tax`", result.get("tax"), 19.0, given={"net": 100.0})
        found.that("the text names the sum", "119" in result["text"], f"The text is {show(result['text'])}.")

The first thing that does not hold ends it, and so does an exception of the learner's code; both are shown. Nothing
here waits, and nothing raises.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module, reload
from inspect import signature
from pathlib import Path
from typing import Any, NoReturn

from IPython.display import display
from IPython.utils.capture import capture_output

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.live.text import brief

from .card import Card
from .raised import explained, hint_for_cell
from .ran import failure_of, watch

__all__ = ["Exercise", "Found", "Used", "awaited", "check", "exercise", "instead", "look", "nodes_of", "show"]

HERE = Path(__file__).parent
MISSING: Any = object()
_exercises: dict[str, Exercise] = {}
FAILED = "The cell of your answer ended with an error, so there is nothing new to check."
_seen: dict[str, tuple[str, int]] = {}
"""Exercise -> what was wrong last time, and how many hints were given for it."""


class _Wrong(Exception):
    """Something does not hold; what and why is in ``Found``."""


@dataclass
class Found:
    """What a check has found so far."""

    holds: list[str] = field(default_factory=list)
    wrong: str = ""
    detail: str = ""
    """What the wrong sentence is about, as text in lines of its own: a traceback, a table."""
    hint: str = ""
    """The first hint for this mistake, before those of the exercise."""
    if_raised: str = ""
    """The first hint if the learner's code raises from here on."""
    notebook: Mapping[str, Any] = field(default_factory=dict)
    """The notebook's variables."""

    def that(self, holds: str, condition: object, wrong: str, *, hint: str = "", detail: str = "") -> None:
        """Go on if a condition is true.

        Args:
            holds: The sentence for the card if it is.
            condition: Anything; its truth counts.
            wrong: The sentence if it is not, with the learner's own values (see `show`).
            hint: What helps against exactly this mistake.
            detail: More to see, in lines of its own.
        """
        if not condition:
            self.stop(wrong, hint=hint, detail=detail)
        if holds not in self.holds:  # what holds for many values is said once
            self.holds.append(holds)

    def equal(self, what: str, got: Any, expected: Any, *, given: Any = MISSING, hint: str = "") -> None:
        """Go on if what the learner's code gave is what it should give.

        Args:
            what: What was looked at: "`tax`", "the list of files".
            got: What it is.
            expected: What it should be.
            given: What it was made from; a text is shown as it is.
            hint: What helps against exactly this mistake.
        """
        lead = "" if given is MISSING else f"with {given if isinstance(given, str) else show(given)}, "
        holds, wrong = f"{lead}{what} is {show(expected)}", f"{lead}{what} is {show(got)}, expected {show(expected)}."
        self.that(holds, bool(got == expected), wrong[:1].upper() + wrong[1:], hint=hint)

    def stop(self, wrong: str, *, hint: str = "", detail: str = "") -> NoReturn:
        """End the check: this is wrong."""
        self.wrong, self.hint, self.detail = wrong, hint, detail
        raise _Wrong


@dataclass(frozen=True)
class Exercise:
    """One exercise's check, and what helps with it."""

    id: str
    run: Callable[..., None]
    hints: Sequence[str]
    done: str

    @property
    def names(self) -> list[str]:
        """The notebook's variables that it looks at."""
        return list(signature(self.run).parameters)[1:]

    @property
    def solution(self) -> str:
        """The file of its solution, from the notebook's folder."""
        found = sorted((HERE.parent / "solutions").glob(f"{self.id[:2]}_*.py"))
        return f"solutions/{found[0].name}" if found else ""


def exercise(id: str, *, hints: Sequence[str], done: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function the check of an exercise.

    Args:
        id: The lesson and the number: "01.1".
        hints: From a nudge to nearly the answer; each run of the same mistake shows one more.
        done: What the learner has seen with it; shown with the success.
    """

    def take(run: Callable[..., None]) -> Callable[..., None]:
        _exercises[id] = Exercise(id, run, tuple(hints), done)
        return run

    return take


def check(id: str, *things: Any) -> None:
    """Show whether an exercise is solved: what holds, what does not, and a hint. Again without a change: the next hint.

    Args:
        id: The exercise: "01.1".
        things: What to look at; by default the notebook's variables that the exercise asks for.
    """
    display(look(id, things, sys._getframe(1).f_globals))  # type: ignore[no-untyped-call]


def look(id: str, things: Sequence[Any] = (), namespace: Mapping[str, Any] | None = None) -> Card:
    """What ``check`` shows.

    Args:
        id: The exercise.
        things: What to look at, in the order of the check's parameters.
        namespace: Where the rest is looked up.
    """
    task = _find(id)
    if task is None:
        return Card(id, wrong=f"There is no exercise {id!r}.", hints=[did_you_mean(id, _exercises)])
    found = Found(notebook=namespace or {})
    if failure := failure_of(f"exercise-{id.rpartition('.')[2]}", task.names):
        found.wrong, found.detail, found.hint = FAILED, failure, hint_for_cell(failure)
    else:
        _run(task, found, things, namespace or {})
    hints, last = _hints(task, found)
    return Card(
        id, holds=found.holds, wrong=found.wrong, detail=found.detail, hints=hints, last=last,
        solution=task.solution, done=task.done,
    )  # fmt: skip


def _run(task: Exercise, found: Found, things: Sequence[Any], namespace: Mapping[str, Any]) -> None:
    values: dict[str, Any] = {}
    with capture_output():  # what nodes print and display has been seen in the learner's own runs
        try:
            values.update(zip(task.names, _values(task, things, namespace), strict=True))
            task.run(found, *values.values())
        except _Wrong:
            pass
        except _Missing as error:
            found.wrong = f"{error} Run the cell of the exercise first, and see that it ends without an error."
        except Exception as error:
            found.wrong, found.detail, hint = explained(error, values)
            found.hint = hint or found.if_raised


def _find(id: str) -> Exercise | None:
    """An exercise by its id; its lesson's file is read first."""
    name = f"{__package__}.lesson_{id.partition('.')[0]}"
    if id not in _exercises and (HERE / f"{name.rpartition('.')[2]}.py").is_file():
        reload(sys.modules[name]) if name in sys.modules else import_module(name)
    return _exercises.get(id)


def _values(task: Exercise, things: Sequence[Any], namespace: Mapping[str, Any]) -> list[Any]:
    values = list(things)
    for name in task.names[len(things) :]:
        if name not in namespace:
            raise _Missing(f"There is no `{name}` yet.")
        values.append(namespace[name])
    return values


class _Missing(Exception):
    """The notebook has no such variable."""


def _hints(task: Exercise, found: Found) -> tuple[list[str], bool]:
    """The hints for what is wrong, one more each time that it is the same; and whether these are all."""
    known = [hint for hint in (found.hint, *task.hints) if hint]
    said, given = _seen.get(task.id, ("", 0))
    wrong = f"{found.wrong} {found.detail.rpartition(chr(10))[2]}"  # of an exception what it says, not where
    given = min(given + 1 if said == wrong else 1, len(known))
    _seen[task.id] = (wrong, given)
    return (known[:given], given == len(known)) if found.wrong else ([], True)


def show(value: Any) -> str:
    """A learner's value for a sentence: short, in one line."""
    return f"`{brief(value if not isinstance(value, str) else repr(value), 160)}`"


def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives, although the notebook's event loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextmanager
def instead(where: Any, **others: Any) -> Iterator[None]:
    """Put other values in the place of variables of the notebook: where a function was defined, or these."""
    namespace = where if isinstance(where, dict) else getattr(where, "__globals__", {})
    before = {name: namespace[name] for name in others if name in namespace}
    namespace.update({name: others[name] for name in before})
    try:
        yield
    finally:
        namespace.update(before)


class Used:
    """A thing of the notebook that tells whether a learner's code did anything with it."""

    def __init__(self, thing: Any) -> None:
        self._thing, self.used = thing, False

    def __getattr__(self, name: str) -> Any:
        self.used = True
        return getattr(self._thing, name)


def nodes_of(graph: Any) -> list[str]:
    """The names of a graph's nodes, in the order of their definition; also of one that cannot run yet."""
    return [node.id for node in graph.topology().nodes if node.kind not in ("start", "end")]


watch()
