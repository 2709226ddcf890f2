"""Running a recorded log again: the same answers must lead to the same commands.

Nothing is performed. What differs shows that the engine, the plan or a reducer is not what it was.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from langgraph_nb.pregel.commands import EngineCommand
from langgraph_nb.pregel.events import Answer
from langgraph_nb.pregel.request import Outcome

Log = Iterable[tuple[EngineCommand, Answer]]


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
    """
    index, answer = 0, None
    for index, (recorded, recorded_answer) in enumerate(log):
        try:
            asked = commands.send(answer)
        except StopIteration:
            raise ReplayDiverged(index, recorded, None) from None
        if asked != recorded:
            raise ReplayDiverged(index, recorded, asked)
        answer = recorded_answer
    try:
        asked = commands.send(answer)
    except StopIteration as stop:
        outcome: Outcome = stop.value
        return outcome
    raise ReplayDiverged(index + 1, None, asked)
