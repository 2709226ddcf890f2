"""The choices of a simulation: what could have gone otherwise, and how a failure is brought back to few of them.

Knows no graph: a choice has a place, which is a text, and a label of what was taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

ATTEMPTS = 300
"""How many schedules are tried to make a failing one smaller."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that did not go as it goes by itself.

    Example:
        >>> print(Choice("run 1, step 1, next task", "b"))
        run 1, step 1, next task: b
    """

    at: str
    """Where in the simulation."""
    took: str
    """What happened there."""

    def __str__(self) -> str:
        return f"{self.at}: {self.took}"


Schedule = tuple[Choice, ...]
"""All that did not go as it goes by itself, in order."""


class Chooser:
    """Chooses at random, or as a schedule says; where that says nothing, what happens by itself.

    Args:
        random: Where chance comes from.
        schedule: What to choose instead of by chance.
    """

    def __init__(self, random: Random, schedule: Iterable[Choice] | None = None) -> None:
        self.random = random
        self.forced = None if schedule is None else {choice.at: choice.took for choice in schedule}
        self.taken: list[Choice] = []
        self._places: Counter[str] = Counter()

    def choose(self, at: str, options: Sequence[str], chance: float = 1.0) -> int:
        """The index of one of these options; the first is what happens by itself.

        Args:
            at: Where this is. Places of the same name are told apart by a number.
            options: What may happen. Labels differ.
            chance: How likely it is to look for another option than the first.
        """
        if len(options) < 2:
            return 0
        self._places[at] += 1
        if self._places[at] > 1:
            at = f"{at} ({self._places[at]})"
        if self.forced is not None:
            took = self.forced.get(at)
            index = options.index(took) if took in options else 0
        else:
            index = self.random.randrange(len(options)) if self.random.random() < chance else 0
        if index:
            self.taken.append(Choice(at, options[index]))
        return index


def smallest(schedule: Schedule, fails: Callable[[Schedule], bool]) -> Schedule:
    """A schedule that still fails and of which nothing can be left out; found by leaving out larger parts first.

    Example:
        >>> found = smallest(tuple(Choice(str(n), "x") for n in range(9)), lambda s: Choice("4", "x") in s)
        >>> [choice.at for choice in found]
        ['4']
    """
    attempts, size = 0, max(1, len(schedule) // 2)
    while attempts < ATTEMPTS:
        for start in range(0, len(schedule), size):
            attempts += 1
            shorter = schedule[:start] + schedule[start + size :]
            if fails(shorter):
                schedule = shorter
                break
        else:
            if size == 1:
                break
            size //= 2
        size = min(size, max(1, len(schedule)))
        if not schedule:
            break
    return schedule
