"""A thread's past as an object: its steps, who wrote what, its branches; it shows itself as text and as a page.

This file must not know of magics or widgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.policies import shown_name
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.audience import audience
from langgraph_nb.notebook.live.still import describe_form
from langgraph_nb.notebook.live.text import MASK, brief, clipped, is_secret_key
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.past.changes import Change, state_changes
from langgraph_nb.notebook.past.records import Past, PastStep, PastTask, config_inside, read_at
from langgraph_nb.notebook.picture.xmltext import visible

__all__ = ["History", "Writers", "Written", "history", "shown_node"]

SHOWN = 20
"""Steps in text; a page shows more."""
SOURCES = {"input": "input", "loop": "", "update": "updated by hand", "fork": "forked"}


def history(
    graph: Any,
    thread: str | None = None,
    *,
    at: Any = None,
    before: int | None = None,
    limit: int | None = None,
    inside: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> History:
    """Look back at a thread, step by step: ``%history GRAPH --thread THREAD``.

    Args:
        graph: A compiled graph with a checkpointer.
        thread: The thread's id.
        at: The end of what is looked at: a branch (``"b1"``), a step's number, a checkpoint's id or how it begins; by
            default the newest step.
        before: Only steps with a smaller number: the next page of a long history.
        limit: How many checkpoints are read at most, the newest; by default 200, or as many as it
            takes to find ``at`` and ``before``.
        inside: A node that runs a graph: the past of that graph is shown, of when the node ran last.
        config: More of the config; with a ``checkpoint_ns``, a graph inside of a node is meant.

    Returns:
        The steps, the newest first. As the last value of a cell it shows what each did.

    Raises:
        CellError: When nothing is stored, or ``at`` means no step.
        ValueError: Without a checkpointer, or without a thread.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": state["n"] + 1}).add_edge(START, "one")
        >>> graph = builder.compile(checkpointer=InMemorySaver(), name="counter")
        >>> _ = graph.invoke({"n": 0}, {"configurable": {"thread_id": "1"}})
        >>> past = history(graph, "1")
        >>> [step.next for step in past]
        [(), ('one',), ('__start__',)]
        >>> print(past.writers("n"))
        step 1: one wrote 1
        step 0: input wrote 0
    """
    config, thread = config_inside(graph, thread, inside, config), None if inside else thread
    past, head = read_at(graph, thread, at, config=config, limit=limit, before=before)
    past.inside = inside or ""
    return History(past, head, before)


@dataclass(frozen=True, slots=True)
class Written:
    """A node's write to a key of the state."""

    step: int
    node: str
    value: Any

    def __str__(self) -> str:
        return f"step {self.step}: {shown_node(self.node)} wrote {brief(self.value, 100)}"


class Writers(list[Written]):
    """Who wrote a key, the newest first."""

    def __init__(self, key: str, found: list[Written]) -> None:
        super().__init__(found)
        self.key = key

    def __str__(self) -> str:
        hidden = is_secret_key(self.key)
        lines = [str(Written(w.step, w.node, _Masked()) if hidden else w) for w in self[:200]]
        left = len(self) - len(lines)
        return visible("\n".join([*lines, *([f"… {left:,} more"] if left else [])])) or f"No node wrote {self.key!r}."

    __repr__ = __str__


class _Masked:
    def __repr__(self) -> str:
        return MASK


class History:
    """The steps of one branch of a thread, the newest first. Made by ``history``."""

    def __init__(self, past: Past, head: PastStep, before: int | None = None) -> None:
        self.past, self.head = past, head
        line = past.line(head)
        self.steps: list[PastStep] = line if before is None else [s for s in line if s.number < before]
        self.is_head = before is None

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[PastStep]:
        return iter(self.steps)

    def __getitem__(self, number: int) -> PastStep:
        """The step with this number."""
        found = next((step for step in self.steps if step.number == number), None)
        if found is None:
            raise KeyError(f"There is no step {number}. There are {self.steps[-1].number} to {self.steps[0].number}.")
        return found

    @property
    def name(self) -> str:
        """The graph's."""
        return self.past.name

    @property
    def thread(self) -> str:
        """The thread's id."""
        return self.past.thread

    def changes(self, number: int) -> list[Change]:
        """What a step changed."""
        step = self[number]
        return state_changes(step.before, step.values)

    def writers(self, key: str) -> Writers:
        """Who wrote a key of the state, the newest first.

        Args:
            key: The key.

        Raises:
            CellError: When the state has no such key.
        """
        known = self.past.plan.key_set
        if key not in known:
            raise CellError(f"The state of {self.name} has no key {key!r}.", did_you_mean(key, sorted(known)))
        found = [
            Written(step.number, task.name, value)
            for step in self.steps for task in step.ran for k, value in task.wrote if k == key
        ]  # fmt: skip
        return Writers(key, found)

    @property
    def status(self) -> str:
        """How the branch ends, in words."""
        head = self.head
        if any(task.error is not None for task in head.tasks):
            return "failed"
        if any(task.interrupts for task in head.tasks):
            return "waits for an answer"
        return f"next: {', '.join(map(shown_node, head.next))}" if head.next else "finished"

    # -- shown ---------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        lines = [self.title]
        for step in self.steps[:SHOWN]:
            lines += ["", *step_text(step, pending=self.is_head and step is self.head)]
        if (left := len(self.steps) - SHOWN) > 0:
            lines += ["", f"… {left:,} earlier steps: {self.next_page(self.steps[SHOWN - 1].number)}"]
        if len(self.past.branches) > 1:
            lines += ["", "branches:", *(f"  {line}" for line in branch_lines(self.past, self.head))]
        return visible("\n".join(lines))

    @property
    def title(self) -> str:
        """Graph, thread, how many steps, and how it ends."""
        many = f"{len(self.steps):,}{'+' if self.past.more else ''} steps"
        return f"{self.name}, thread {self.thread}: {many}; {self.status}"

    def next_page(self, number: int) -> str:
        """The line that shows what comes before a step."""
        return f"{self.past.magic} --before {number}"

    def _ipython_display_(self) -> None:
        """Where somebody can click, the page has a form to fork with below it; elsewhere it is the bundle alone."""
        keys = self.past.plan.state_keys
        if audience() != "widget" or not self.steps or not keys or any(key.startswith("__") for key in keys):
            raise NotImplementedError
        from langgraph_nb.notebook.past.fork_widget import show

        show(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from langgraph_nb.notebook.past.page import history_html

        return {"text/plain": repr(self), "text/html": history_html(self)}


# -- words -------------------------------------------------------------------------------------------------------------


def shown_node(name: str) -> str:
    """What a person calls a node."""
    return "input" if name == START else shown_name(name)


def step_title(step: PastStep) -> str:
    """What made a step, in a few words."""
    ran: dict[str, int] = {}
    for task in step.ran:
        ran[shown_node(task.name)] = ran.get(shown_node(task.name), 0) + 1
    names = ", ".join(name if n == 1 else f"{name} ×{n}" for name, n in ran.items())
    before = step.parent.number if step.parent is not None else step.number
    left_out = f"steps {before + 1} to {step.number} in one" if step.number > before + 1 else ""
    return clipped(names or SOURCES.get(step.source) or left_out or "not known what ran", 160)


def step_text(step: PastStep, pending: bool = False) -> list[str]:
    """A step in lines.

    Args:
        step: The step.
        pending: Whether to tell what waits after it.
    """
    lines = [f"step {step.number}: {step_title(step)}"]
    lines += [f"  {line}" for line in wrote_lines(step)]
    lines += [f"  {line}" for change in shown_changes(step) for line in str(change).split("\n")]
    for task in step.tasks if pending else ():
        lines += [f"  {line}" for line in pending_lines(task)]
    return lines


def wrote_lines(step: PastStep) -> list[str]:
    """Who wrote what, where it is not plain from the changes: where several nodes ran."""
    ran = [task for task in step.ran if task.wrote]
    if len(ran) < 2:
        return []
    lines = [f"{shown_node(task.name)} wrote {written(task)}" for task in ran[:12]]
    return [*lines, *([f"… {len(ran) - 12:,} more"] if len(ran) > 12 else [])]


def written(task: PastTask) -> str:
    """What a task wrote to the state, in one line."""
    return ", ".join(f"{key}={MASK if is_secret_key(key) else brief(value, 60)}" for key, value in task.wrote[:6])


def shown_changes(step: PastStep) -> list[Change]:
    """What a step changed. At the first one that is kept, nothing is known of what was before."""
    return state_changes(step.before, step.values) if step.parent is not None else []


def pending_lines(task: PastTask) -> list[str]:
    """What waits in a task, or went wrong."""
    name = shown_node(task.name)
    if task.error is not None:
        return [f"✗ {name}: {brief(task.error, 300)}"]
    asked = [line for i in task.interrupts for line in describe_form(form_of(i).to_json()).split("\n")]
    return [f"⏸ {name} asks", *(f"  {line}" for line in asked)] if asked else []


def branch_lines(past: Past, head: PastStep) -> list[str]:
    """Each branch in a line; that of the step that is looked at is marked."""
    on = {step.id for step in past.line(head)}
    lines = []
    for branch in past.branches:
        start, end = branch.steps[0], branch.head
        where = f"from step {start.parent.number}, " if start.parent is not None else ""
        mark = " (shown)" if end.id == head.id else ""
        now = " (current)" if past.head is end else ""
        part = "" if end.id in on or start.id not in on else ", partly on the way"
        lines.append(f"{branch.name}: {where}steps {start.number} to {end.number}{part}, {end.id}{now}{mark}")
    return lines
