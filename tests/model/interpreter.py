"""What LangGraph's documentation says, in as few and as plain words as we could: the reference of the model test.

No checkpoints, channels, versions, ids or events: the state of a thread is a handful of Python values, a checkpoint is
a copy of them. It is slow, and it knows neither package. Where the documentation leaves something to chance (which of
the tasks beside one that failed had finished), so does this: ``unsettled``, ``UNDEFINED``.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from .spec import (
    EMPTY,
    REDUCERS,
    START,
    Act,
    Answer,
    Ask,
    Begin,
    Broken,
    GoOn,
    Graph,
    How,
    Look,
    Seen,
    Send,
    Target,
    Travel,
    Update,
    World,
    body,
)

Path = tuple[Any, ...]
"""``("node", name)`` or ``("send", index)``: the place of a task in its step. Writes are applied in their order."""


class Undefined(Exception):
    """What comes of this is not defined, or too much to be worth it."""


class Failed(Exception):
    """A run ended with an error, of the class of this name."""


class Asked(Exception):
    """A task cannot go on without an answer."""


class Up(Exception):
    """A command for the graph above: (update, targets)."""


class Result:
    """What a task wrote."""

    def __init__(self, graph: Graph, values: dict[str, Any], name: str, update: Any, goto: Iterable[Target]) -> None:
        self.update = {key: update[key] for key in graph.keys if key in update}
        targets = [*goto, *(end for start, end in graph.edges if start == name)]
        seen = reduced(values, [self.update])
        for router in graph.routers:
            if router.source == name:
                targets += router.choose(seen)
        self.names = [t for t in targets if isinstance(t, str)]
        self.sends = [t for t in targets if isinstance(t, Send)]
        self.joins = [join for join in graph.joins if name in join[0]]
        self.name = name


def reduced(values: dict[str, Any], updates: list[dict[str, Any]]) -> dict[str, Any]:
    """The values after the updates of a superstep."""
    new = dict(values)
    for key in {key for update in updates for key in update}:
        written = [update[key] for update in updates if key in update]
        if key not in REDUCERS:
            if len(written) > 1:
                raise Failed("InvalidUpdateError")
            new[key] = written[0]
        else:
            for value in written:
                new[key] = REDUCERS[key](new[key], value)
    return new


class Thread:
    """A graph and the state of one thread of it."""

    def __init__(self, graph: Graph, world: World, path: str = "") -> None:
        self.graph, self.world, self.path = graph, world, path
        self.values: dict[str, Any] = {key: EMPTY[key] for key in graph.keys if key in EMPTY}
        self.input: Any = None
        """What the virtual start has not taken yet."""
        self.wanted: set[str] = set()
        """The nodes that the last step led to."""
        self.late: dict[str, bool] = {}
        """The deferred nodes that some step led to, and whether their time has come."""
        self.arrived: dict[Any, set[str]] = {join: set() for join in graph.joins}
        self.opened: set[Any] = set()
        """The full joins of deferred nodes whose time has come."""
        self.sends: list[Send] = []
        self.forget()

    def forget(self) -> None:
        """Forget what came of the tasks of a step that did not end."""
        self.done: dict[Path, Result] = {}
        self.questions: dict[Path, list[str]] = {}
        """What a task asked last."""
        self.asked = False
        self.answers: dict[Path, list[int]] = {}
        self.inner: dict[Path, Thread] = {}

    def copy(self) -> Thread:
        return deepcopy(self, {id(self.graph): self.graph, id(self.world): self.world})

    # -- supersteps ---------------------------------------------------------------------------------------------------

    def tasks(self) -> dict[Path, tuple[str, Any]]:
        """The tasks of the next step, in the order in which they run."""
        if self.input is not None:
            return {("node", START): (START, self.input)}
        sends: dict[Path, Any] = {("send", i): (s.node, {"n": s.n, "count": s.n}) for i, s in enumerate(self.sends)}
        late = {name for name, due in self.late.items() if due}
        joined = {end for starts, end in self.graph.joins if self.is_open((starts, end))}
        return sends | {("node", name): (name, dict(self.values)) for name in sorted(self.wanted | late | joined)}

    def is_open(self, join: Any) -> bool:
        return self.is_full(join) and (not self.graph.node(join[1]).defer or join in self.opened)

    def is_full(self, join: Any) -> bool:
        return self.arrived[join] == set(join[0])

    def apply(self, results: dict[Path, Result], opens: bool = True) -> None:
        """Apply what the tasks of a step wrote, all at once."""
        self.values = reduced(self.values, [results[path].update for path in sorted(results)])
        for join in [join for join in self.graph.joins if ("node", join[1]) in results and self.is_open(join)]:
            self.arrived[join] = set()
            self.opened.discard(join)
        self.late = {name: due for name, due in self.late.items() if not (due and ("node", name) in results)}
        names = {name for result in results.values() for name in result.names if name != "__end__"}
        deferred = {node.name for node in self.graph.nodes if node.defer}
        self.wanted = names - deferred
        self.late |= dict.fromkeys(names & deferred, False)
        led = bool(self.wanted)
        for result in results.values():
            for join in result.joins:
                if not self.is_full(join):
                    self.arrived[join].add(result.name)
                    led = led or self.is_open(join)
        self.sends = [send for path in sorted(results) for send in results[path].sends]
        self.input = None
        self.forget()
        if opens and not led:  # what was sent does not keep them waiting
            self.late = dict.fromkeys(self.late, True)
            self.opened = {join for join in self.graph.joins if self.is_full(join)}

    def perform(self, how: How, show: Any) -> None:
        """Run the tasks of a step that have not finished."""
        tasks = self.tasks()
        if len(tasks) > 12:
            raise Undefined
        self.asked = False
        for path in self.done:
            show("updates", {tasks[path][0]: self.done[path].update or None, "__metadata__": {"cached": True}})
        for path, (name, arg) in tasks.items():
            if path in self.done:
                continue
            try:
                update, goto = self.call(path, name, arg, how)
            except Asked as asked:
                self.asked, self.questions[path] = True, [*asked.args]
                show("asked", [question for _, _, question in self.asking(path)])
            except Up:
                if len(tasks) > 1:
                    raise Undefined from None
                raise
            except Failed as failed:
                if len(tasks) > 1:
                    failed.args = (*failed.args, "unsettled")
                raise
            else:
                self.questions.pop(path, None)
                self.done[path] = Result(self.graph, self.values, name, update, goto)
                if name != START:
                    show("updates", {name: self.done[path].update or None})

    def call(self, path: Path, name: str, arg: Any, how: How) -> tuple[Any, Any]:
        """Call a node. Returns its update and where it goes."""
        if name == START:
            return arg, ()
        node, answers, answer = self.graph.node(name), [*self.answers.get(path, ())], None
        try:
            if node.child and not node.calls:
                return self.call_child(path, name, arg, how), ()
            steps = body(node, self.path, arg, self.world)
            while True:
                wanted = steps.send(answer)
                if not isinstance(wanted, Ask):
                    answer = self.call_child(path, name, wanted.input, how)
                elif answers:
                    answer = answers.pop(0)
                else:
                    raise Asked(wanted.question)
        except StopIteration as stop:
            if node.up:
                raise Up(stop.value, node.goto) from None
            return stop.value, node.goto
        except Up as up:
            return up.args
        except Broken:
            raise Failed("Broken") from None

    def call_child(self, path: Path, name: str, arg: Any, how: How) -> dict[str, Any]:
        """Run the graph in a node; one that had begun goes on."""
        goes_on = path in self.inner
        if not goes_on:
            self.inner[path] = Thread(self.graph.node(name).child, self.world, f"{self.path}{name}/")  # type: ignore[arg-type]
            self.inner[path].input = arg
        child = self.inner[path]
        child.run(How(limit=how.limit, broken=how.broken), goes_on)
        if child.asked:
            raise Asked
        return child.values

    # -- runs ---------------------------------------------------------------------------------------------------------

    def run(self, how: How, goes_on: bool, show: Any = lambda kind, value: None, keep: Any = lambda: None,
            extra: int = 0) -> None:
        """Run supersteps until nothing is left, something is asked, or a breakpoint is reached."""
        left = how.limit + (extra or (2 if goes_on else 1))
        while True:
            if left == 0:
                raise Failed("GraphRecursionError")
            tasks = self.tasks()
            names = {name for name, _ in tasks.values()}
            if not tasks:
                return
            if names.intersection(how.before) and not goes_on:
                show("updates", {"asked": []})
                return
            self.perform(how, show)
            if self.asked:
                if any(result.update for result in self.done.values()):
                    show("values", self.shown())
                return
            results, goes_on, left = self.done, False, left - 1
            self.apply(results)
            if any(result.update for result in results.values()):
                show("values", self.shown())
            keep()
            if names.intersection(how.after):
                show("updates", {"asked": []})
                return

    def shown(self) -> dict[str, Any]:
        """The values, with what tasks of an unfinished step wrote."""
        return reduced(self.values, [self.done[path].update for path in sorted(self.done)])

    def asking(self, *paths: Path) -> list[tuple[Thread, Path, str]]:
        """The questions without an answer, here and inside: (thread, task, question)."""
        found: list[tuple[Thread, Path, str]] = []
        for path in paths or self.questions:
            found += [(self, path, question) for question in self.questions[path]]
            found += self.inner[path].asking() if path in self.inner else []
        return found

    def left(self) -> list[str]:
        """The nodes that are left to run: what was sent first, then in the order of their definition."""
        order = [START, *(node.name for node in self.graph.nodes)]
        tasks = {path: name for path, (name, _) in self.tasks().items() if path not in self.done}
        sent = [name for path, name in tasks.items() if path[0] == "send"]
        return sent + sorted((name for path, name in tasks.items() if path[0] == "node"), key=order.index)


class Session:
    """One thread, and copies of what it was: its history. Acts return what is seen of them."""

    def __init__(self, graph: Graph, stores: bool) -> None:
        self.world = World([])
        self.stores = stores
        self.now = Thread(graph, self.world)
        self.history: list[tuple[str, Thread]] = []
        self.chosen: list[str] = []
        """The questions that were answered last."""
        self.answered: set[str] = set()
        """The questions that were ever answered: of a task that has not finished, they may be shown or not."""
        self.stale = -1
        """The step in which an answer was given without naming its question; LangGraph may take it again there."""
        self.differs = False
        """Whether something was done that LangGraph does otherwise: see ``tests/conformance/differences.md``."""
        self.unsettled = False
        """Whether it is chance which tasks have finished; then only what does not depend on it is done."""

    def keep(self, source: str) -> None:
        self.history.append((source, self.now.copy()))

    def perform(self, act: Act) -> Seen | None:
        """What is seen of an act; ``None`` for one that cannot be done here, and is left out."""
        if isinstance(act, Begin):
            return self.run(act, False)
        if not self.stores or (self.unsettled and not self.settles(act)):
            return None
        if isinstance(act, Update):
            return self.update(act, act.back % max(1, len(self.history)))
        possible = self.now.asking() if isinstance(act, Answer) else self.history or isinstance(act, GoOn)
        return self.run(act, True) if possible else None

    def settles(self, act: Act) -> bool:
        """Whether all tasks will have finished after this, whichever have now."""
        if not isinstance(act, GoOn) or act.how.broken:
            return False
        # how far a graph inside comes with few steps depends on how far it had come
        return act.how.limit == How().limit or not any(node.child for node in self.now.graph.nodes)

    def run(self, act: Begin | GoOn | Answer | Travel, goes_on: bool) -> Seen:
        how, chance, self.unsettled = act.how, self.unsettled and goes_on, False
        self.world.ran, self.world.broken = [], how.broken
        seen, last = Seen(chunks=[], ran=self.world.ran), {}

        def show(kind: str, value: Any) -> None:
            nonlocal last
            if kind == "asked" and how.way != "invoke":
                seen.chunks.append({**(last if how.way == "values" else {}), "asked": sorted({*value})})
            elif kind == how.way:
                last = value
                seen.chunks.append(value)

        try:
            extra = self.prepare(act)
            if goes_on:
                show("values", self.now.values)
            self.now.run(how, goes_on, show, lambda: self.keep("loop"), extra)
            if how.way == "invoke":
                seen.chunks = [self.now.shown() | ({"asked": self.questions()} if self.now.asked else {})]
        except Failed as failed:
            seen.error = failed.args[0]
            self.unsettled = "unsettled" in failed.args or seen.error == "InvalidUpdateError"
        if self.unsettled or chance:
            seen.ran, seen.chunks = None, seen.chunks if not self.unsettled and how.way == "invoke" else None
        return self.look(seen)

    def prepare(self, act: Begin | GoOn | Answer | Travel) -> int:
        """Bring the thread to where the run begins. Returns how many steps it may make beyond its limit."""
        if not self.stores:
            self.now = Thread(self.now.graph, self.world)
        now = self.now
        self.differs = self.differs or (isinstance(act, (GoOn, Answer)) and self.stale == len(self.history))
        if isinstance(act, Begin):  # what was about to run does not
            now.apply({path: Result(now.graph, {}, "", {}, ()) for path in now.tasks()}, opens=False)
            now.input = act.input
            self.keep("input")
            return 1
        if not self.history:
            raise Failed("EmptyInputError")
        if isinstance(act, Answer):
            self.answer(act)
        if isinstance(act, Travel):  # all tasks run again, on a branch of their own; where one begins, on that
            back = act.back % len(self.history)
            source, then = self.history[-1 - back]
            self.now = then.copy()
            if back or source not in ("update", "fork"):
                self.keep("fork")
                return 1
        return 2

    def answer(self, act: Answer) -> None:
        asking = self.now.asking()
        if not act.several and len(asking) > 1:
            raise Failed("RuntimeError")
        self.chosen = self.questions()[: act.several or 1]
        for thread, path, question in asking:
            if question in self.chosen:
                thread.answers.setdefault(path, []).append(act.answer)
                self.answered.add(question)
                if not act.several:
                    self.stale = len(self.history)
                thread.questions[path].remove(question)
                if thread is not self.now and act.several:  # LangGraph forgets them if it does not get there
                    self.differs = self.differs or bool(act.how.broken)

    def update(self, act: Update, back: int) -> Seen:
        """Write as if a node had: what it leads to is next, in the place of what was."""
        self.world.ran = []
        if back:
            self.now = self.history[-1 - back][1].copy()
        now = self.now
        self.differs = self.differs or bool(now.done)
        now.apply(now.done, opens=False)
        now.apply({("update",): Result(now.graph, now.values, act.as_node, act.values, ())})
        self.keep("update")
        return self.look(Seen())

    def questions(self) -> list[str]:
        return sorted({question for _, _, question in self.now.asking()})

    def look(self, seen: Seen) -> Seen:
        """Add what ``get_state`` shows."""
        if self.stores and self.history and not self.unsettled:
            questions = sorted({*self.questions()} - self.answered)
            seen.state = Look(self.now.shown(), self.now.left(), questions, len(self.history))
        return seen
