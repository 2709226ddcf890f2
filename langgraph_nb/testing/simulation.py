"""``simulate``: a graph is run under many seeds, each of which decides what is otherwise left to chance.

The idea is FoundationDB's: run everything in one thread, with clock, ids, chance and storage given from outside, and a
failure can be had again from its seed. What fails is then made small, by leaving out what it does not need.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import INTERRUPT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.binding import RunOptions
from langgraph_nb.pregel.callbacks import commands_of
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.results import drain, result_of
from langgraph_nb.testing.schedule import Choice, Chooser, Schedule, smallest
from langgraph_nb.testing.simulated_driver import FAULTS, Crash, SaveFailed, World, driving
from langgraph_nb.types import Command, Interrupt, StateSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langgraph_nb.pregel.main import Pregel

RUNS = 100
"""After so many runs of one trial something does not get on."""


@dataclass
class Trial:
    """One simulated history of a thread: from the input to its end, over all crashes and questions.

    Attributes:
        seed: What decided it.
        schedule: What did not go as it goes by itself.
        result: What the last run returned.
        error: What it raised instead.
        log: What happened, in words.
    """

    seed: int
    schedule: Schedule = ()
    result: Any = None
    error: Exception | None = None
    log: list[str] = field(default_factory=list)
    graph: Any = field(default=None, repr=False)
    """The graph with the simulated storage."""
    config: Any = field(default=None, repr=False)

    def get_state(self) -> StateSnapshot:
        """The state of the thread as it is stored."""
        state: StateSnapshot = self.graph.get_state(self.config)
        return state


@dataclass(frozen=True)
class Report:
    """What came of a simulation in which nothing failed."""

    seeds: int
    """How many were tried."""
    schedules: int
    """How many different ones there were among them."""
    runs: int
    """How many runs were made in all."""


class SimulationFailed(AssertionError):
    """Under some schedule, the graph does not do what it should.

    Attributes:
        schedule: The smallest one found; ``simulate(..., schedule=error.schedule)`` plays it again.
        trial: What happened under it.
        problem: What is wrong with that. It is the ``__cause__`` too.
        seed: The seed that found it.
    """

    def __init__(self, seed: int, trial: Trial, problem: Exception) -> None:
        self.seed, self.trial, self.problem, self.schedule = seed, trial, problem, trial.schedule
        choices = [f"    {number}. {choice}" for number, choice in enumerate(trial.schedule, 1)]
        super().__init__(
            "\n".join(
                (
                    f"Seed {seed}: {type(problem).__name__}: {problem}",
                    "The smallest schedule that fails; all else goes as it goes by itself:",
                    *(choices or ["    (it fails even so)"]),
                    "What happens:",
                    *(f"    {line}" for line in trial.log),
                    f"To play it again: simulate(..., schedule={list(trial.schedule)!r})",
                )
            )
        )


def simulate(
    graph: Pregel[Any],
    input: Any,
    config: Any = None,
    *,
    seeds: Iterable[int] = range(100),
    faults: Sequence[str] = (),
    check: Callable[[Trial], Any] | None = None,
    answer: Callable[[Interrupt], Any] | None = None,
    schedule: Iterable[Choice] | None = None,
    max_faults: int = 3,
    **options: Any,
) -> Report:
    """Run a graph under many schedules, in this thread, and fail with the smallest one under which it is wrong.

    A seed decides in which order the tasks of a step run and end, which of several questions is answered first, what
    ``random`` and the jitter of retries give, and where faults happen. Ids and checkpoint times are counted. Awaited
    code runs on a loop whose time passes only while all wait, so sleeping costs nothing. A thread is kept in memory,
    whatever saver the graph has, and is new for each seed. After a fault the thread goes on as it would after a
    restart: with ``None``, or from its input when nothing was stored.

    Tasks of graphs inside of nodes are part of the schedule, but for those that are awaited (``ainvoke``): these run in
    the order in which the loop takes them. Tasks of the functional API run when their result is asked for; those that
    are awaited, in threads.

    Args:
        graph: A compiled graph.
        input: Its input.
        config: Its config. The thread that it names is simulated, too.
        seeds: What to try, besides the schedule in which everything goes as it goes by itself.
        faults: ``"crash"``: the process dies, when something is saved or a task has ended. ``"save"``: a save fails.
        check: Is given each :class:`Trial`; raises, or returns ``False``, if it is wrong. By default the result must be
            the same under each schedule. An error that the run raises is wrong if there is none without the schedule.
        answer: Gives the answer to a question; without it, a run that asks has ended.
        schedule: Play this one only.
        max_faults: How many faults a trial has at most.
        options: As for ``invoke``: ``durability``, ``context``, ...

    Returns:
        How much was tried.

    Raises:
        SimulationFailed: With the smallest schedule that fails, as a list of readable choices.
        TypeError: For an option that there is not.
        ValueError: For an unknown fault, or for faults of a graph without a checkpointer.

    Example:
        Two nodes share something that is not in the state:

        >>> import operator
        >>> from typing import Annotated
        >>> from langgraph_nb.graph import START, StateGraph
        >>> came = []
        >>> def node(name):
        ...     def come(state):
        ...         came.append(name)
        ...         return [f"{name} is number {len(came)}"]
        ...     return come
        >>> builder = StateGraph(Annotated[list, operator.add])
        >>> for name in ("a", "b"):
        ...     _ = builder.add_node(name, node(name)).add_edge(START, name)
        >>> def check(trial):
        ...     came.clear()
        ...     assert "b is number 1" not in trial.result
        >>> try:
        ...     simulate(builder.compile(), [], check=check)
        ... except SimulationFailed as failed:
        ...     print(*failed.schedule)
        run 1, step 1, next task: b

        Faults need a graph that keeps its threads:

        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> builder = StateGraph(Annotated[list, operator.add])
        >>> builder = builder.add_node("work", lambda state: ["done"]).add_edge(START, "work")
        >>> simulate(builder.compile(InMemorySaver()), [], faults=("crash", "save")).seeds
        100
    """
    if unknown := options.keys() - RunOptions.__annotations__.keys():
        known = [*signature(simulate).parameters, *RunOptions.__annotations__]
        raise TypeError(f"simulate() has no option {min(unknown)!r}. {did_you_mean(min(unknown), known)}")
    for fault in faults:
        if fault not in FAULTS:
            raise ValueError(f"Unknown fault {fault!r}. {did_you_mean(fault, FAULTS)}")
    if faults and not graph.checkpointer:
        raise ValueError("Only a thread that is kept can survive a fault. Compile the graph with a checkpointer.")
    simulation = _Simulation(graph, input, config, tuple(faults), check, answer, max_faults, options)
    if schedule is not None:
        simulation.try_seed(0, tuple(schedule))
        return Report(1, 1, simulation.runs)
    simulation.verify(0, simulation.natural)
    schedules = [simulation.try_seed(seed) for seed in seeds]
    return Report(len(schedules), len({*schedules, ()}), simulation.runs)


class _Simulation:
    def __init__(
        self,
        graph: Pregel[Any],
        input: Any,
        config: Any,
        faults: tuple[str, ...],
        check: Callable[[Trial], Any] | None,
        answer: Callable[[Interrupt], Any] | None,
        max_faults: int,
        options: dict[str, Any],
    ) -> None:
        self.graph, self.input, self.faults, self.check, self.answer = graph, input, faults, check, answer
        self.max_faults, self.options = max_faults, options
        given: dict[str, Any] = config or {}
        self.config = {**given, "configurable": {"thread_id": "simulation", **given.get("configurable", {})}}
        self.runs = 0

    @cached_property
    def natural(self) -> Trial:
        """What happens by itself."""
        return self.play(0, ())

    def try_seed(self, seed: int, schedule: Schedule | None = None) -> Schedule:
        """Play what a seed decides, or a schedule. Returns what did not go as it goes by itself."""
        trial = self.play(seed, schedule)
        self.verify(seed, trial)
        return trial.schedule

    def verify(self, seed: int, trial: Trial) -> None:
        """Raise ``SimulationFailed``, with a small schedule, if a trial is wrong."""
        problem = self.problem(trial)
        if problem is None:
            return
        found = trial, problem

        def fails(schedule: Schedule) -> bool:
            nonlocal found
            shorter = self.play(seed, schedule)
            if (problem := self.problem(shorter)) is not None:
                found = shorter, problem
            return problem is not None

        smallest(trial.schedule, fails)
        raise SimulationFailed(seed, *found) from found[1]

    def problem(self, trial: Trial) -> Exception | None:
        """What is wrong with a trial."""
        if trial.error is not None and type(trial.error) is not type(self.natural.error):
            return trial.error
        try:
            if self.check is not None:
                return AssertionError("The check returned False.") if self.check(trial) is False else None
        except Exception as error:
            return error
        if trial.result == self.natural.result:
            return None
        return AssertionError(f"The result is {trial.result!r}; by itself it is {self.natural.result!r}.")

    def play(self, seed: int, schedule: Schedule | None) -> Trial:
        """One history of the thread."""
        graph = self.graph.copy(checkpointer=InMemorySaver() if self.graph.checkpointer else None)
        trial = Trial(seed, graph=graph, config=self.config)
        world = World(Chooser(random.Random(seed), schedule), self.faults, self.max_faults, seed)
        with _seeded(seed), world:
            given = self.input
            while world.runs < RUNS:
                self.runs += 1
                world.runs += 1
                try:
                    trial.result = self._run(world, graph, given)
                except (Crash, SaveFailed):
                    stored = graph.checkpointer.get_tuple(self.config) is not None
                    given = None if stored else self.input
                    continue
                except Exception as error:
                    trial.error = error
                    break
                questions = _questions(trial.result)
                if not questions or self.answer is None:
                    break
                given = self._answers(world, questions)
            else:
                trial.error = RuntimeError(f"The thread has not come to an end in {RUNS} runs.")
        trial.schedule, trial.log = tuple(world.chooser.taken), world.log
        return trial

    def _run(self, world: World, graph: Pregel[Any], given: Any) -> Any:
        host, request = graph._bind(given, self.config, frozenset(), graph.plan.output_keys, self.options)  # type: ignore[arg-type]
        host.drives = driving(world)
        request = replace(request, seed=f"run {world.runs}")
        outcome = drain(drive_sync(commands_of(host, request), host), host)
        return result_of(outcome, False, host.plan.make_output)

    def _answers(self, world: World, questions: Sequence[Interrupt]) -> Command[Any]:
        """Answers to all questions at once, or to one of them."""
        assert self.answer is not None
        ways = [f"only {question.value!r} ({number})" for number, question in enumerate(questions, 1)]
        picked = world.pick("questions answered", ["all", *ways]) if len(questions) > 1 else 0
        chosen = questions if not picked else [questions[picked - 1]]
        world.note("answered " + ", ".join(repr(question.value) for question in chosen))
        return Command(resume={question.id: self.answer(question) for question in chosen})


def _questions(result: Any) -> Sequence[Interrupt]:
    return result.get(INTERRUPT, ()) if isinstance(result, dict) else ()


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Have ``random`` give what the seed says, and be as it was afterwards."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
