"""Running a recorded log again: the same answers must lead to the same commands.

Nothing is performed. What differs shows that the engine, the plan or a reducer is not what it was.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from langgraph_nb.pregel.commands import EngineCommand
from langgraph_nb.pregel.events import Answer
from langgraph_nb.pregel.request import Outcome

Log = Iterable[tuple[EngineCommand, Answer | BaseException]]


class ReplayDiverged(AssertionError):
    """A run asked for something else than it did when it was recorded."""

    def __init__(self, index: int, recorded: EngineCommand | None, asked: EngineCommand | None) -> None:
        self.index = index
        self.recorded = recorded
        self.asked = asked
        super().__init__(
            f"The run diverged at command {index}: recorded was {recorded!r}, asked is {asked!r}. "
            "Something between the two is not deterministic, or the graph was changed."
        )


def drive_replay(commands: Generator[EngineCommand, Answer, Outcome], log: Log) -> Outcome:
    """Feed a run the recorded answers.

    Args:
        commands: A fresh run of the same plan and request.
        log: (command, answer) pairs, as ``SteppedRun.log`` has them.

    Returns:
        The run's outcome.

    Raises:
        ReplayDiverged: At the first command that is not the recorded one.
        Exception: What the run raised when it was recorded.
    """
    index, answer = -1, None
    for index, (recorded, recorded_answer) in enumerate(log):
        asked = _next(commands, answer)
        if isinstance(asked, _End):
            raise ReplayDiverged(index, recorded, None)
        if asked != recorded:
            raise ReplayDiverged(index, recorded, asked)
        answer = recorded_answer
    asked = _next(commands, answer)
    if not isinstance(asked, _End):
        raise ReplayDiverged(index + 1, None, asked)
    return asked.outcome


@dataclass(frozen=True, slots=True)
class _End:
    outcome: Outcome


def _next(
    commands: Generator[EngineCommand, Answer, Outcome], answer: Answer | BaseException
) -> EngineCommand | _End:
    try:
        return commands.throw(answer) if isinstance(answer, BaseException) else commands.send(answer)
    except StopIteration as stop:
        return _End(stop.value)
