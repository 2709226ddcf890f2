"""The graphs of a notebook: which cell contributed what, and what each graph's name stands for right now.

One ``Workbench`` belongs to one namespace. It does not import IPython: the extension tells it when a cell begins
and ends.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.blueprint import Blueprint, blueprint
from langgraph_nb.notebook.build import compile_blueprint
from langgraph_nb.notebook.cells import Host, bindings, execute, ordinary_source, read
from langgraph_nb.notebook.drafts import Contribution, Definition, Draft
from langgraph_nb.notebook.edges import Branch, Edge, Join, wires
from langgraph_nb.notebook.mistakes import CellError, UnknownGraphError
from langgraph_nb.notebook.names import MISSING, Names
from langgraph_nb.notebook.problems import IN_THE_MAKING, Problem
from langgraph_nb.notebook.program import sections
from langgraph_nb.notebook.savers import Savers
from langgraph_nb.notebook.shown import show_graph
from langgraph_nb.notebook.unfinished import UnfinishedGraph
from langgraph_nb.notebook.versions import GraphChanges, changes

Version = tuple[Blueprint, Mapping[str, str]]
"""A graph, and what was said of it as a whole, as text."""


@dataclass
class CellRun:
    """A cell that is running."""

    cell: str = ""
    touched: set[tuple[str, str]] = field(default_factory=set)
    """The contributions that it made: graph and key."""
    before: dict[str, Version] = field(default_factory=dict)
    """The graphs when it began."""


@dataclass
class Bound:
    """What a graph's name was bound to, and from what."""

    value: Any
    blueprint: Blueprint


class Workbench:
    """The graphs that a notebook's cells are writing.

    Args:
        host: Where the cells run.
        folder: Where files of theirs are looked for.

    Example:
        >>> from langgraph_nb.notebook.cells import PlainHost
        >>> bench = Workbench(PlainHost())
        >>> bench.contribute("hello", "def greet(state): ...", {})
        >>> [problem.what for problem in bench.problems("hello")]
        ['The graph has no state.', 'Nothing is wired yet.']
    """

    def __init__(self, host: Host, folder: Path = Path()) -> None:
        self.host = host
        self.drafts: dict[str, Draft] = {}
        self.savers = Savers(folder)
        self._bound: dict[str, Bound] = {}
        self._made: dict[str, Any] = {}
        self._shadowed: dict[str, Any] = {}
        self._runs: list[CellRun] = []
        self._earlier: dict[str, Version] = {}

    # -- cells

    def begin_cell(self, cell: str = "", deleted: Iterable[str] = ()) -> None:
        """A cell starts to run. Cells that the front end has deleted since take back what they contributed."""
        self._runs.append(CellRun(cell, before={name: self._version(name) for name in self.drafts}))
        gone = set(deleted) - {""}
        self._drop(lambda contribution: contribution.cell in gone)

    def end_cell(self, success: bool = True) -> None:
        """A cell has run. What an earlier run of it contributed, and this one did not, is gone."""
        run = self._runs.pop() if self._runs else CellRun()
        if success and run.cell:
            self._drop(lambda contribution: contribution.cell == run.cell, keep=run.touched)
        self.refresh()
        for name, version in run.before.items():
            if name in self.drafts and _changes(version, self._version(name)):
                self._earlier[name] = version

    def contribute(self, name: str, body: str, options: Mapping[str, str], first_line: int = 1) -> None:
        """Run a cell's body as a piece of a graph, and show the graph.

        Args:
            name: The graph's name.
            body: The cell's source.
            options: Those of ``drafts.OPTIONS`` that the cell gives, as text.
            first_line: The line of the cell that the body starts on.

        Raises:
            CellError: When the wiring, an option or the name is wrong; nothing has changed then.
        """
        __tracebackhide__ = True
        cell, filename = read(body, self.host, first_line)
        bound = bindings(cell)
        self.check_name(name, {binding.name for binding in bound})
        run = self._runs[-1] if self._runs else CellRun()
        draft = self.drafts.get(name) or Draft(name)
        wiring = tuple(wire for chain in cell.chains for wire in wires(chain))
        draft.check_options(options, self._replaced(draft, run, options))
        self._remember_ordinary({binding.name for binding in bound})
        with self._in_the_making(name):
            execute(cell, filename, self.host)
        values = self.host.namespace
        definitions = tuple(
            Definition(b.name, values[b.name], b.place, b.kind)
            for b in bound
            if callable(values.get(b.name)) or hasattr(type(values.get(b.name)), "invoke")
        )
        code = ordinary_source(cell)
        made = Contribution(run.cell, self.host.label, filename, cell.lines, definitions, wiring, dict(options), code)
        self._made.update((d.name, d.value) for d in definitions if d.kind != "import")
        self.drafts[name] = draft
        self._put(draft, run, made)
        self.refresh()
        self.show(name, highlight=self._added(name, made))

    @contextmanager
    def _in_the_making(self, name: str) -> Iterator[None]:
        """While its cell runs, a graph's name says so: an older version would be another one after a restart."""
        values = self.host.namespace
        before = values.get(name, MISSING)
        topology = self.topology(name) if name in self.drafts else Topology(name, (), ())
        marker = values[name] = UnfinishedGraph(name, topology, [IN_THE_MAKING])
        try:
            yield
        finally:
            if before is not MISSING:
                values[name] = before
            elif values.get(name) is marker:
                del values[name]

    def check_name(self, name: str, bound: Iterable[str] = ()) -> None:
        """Refuse a graph's name that cannot be bound.

        Raises:
            CellError: When it is no name, or stands for something else.
        """
        if not name.isidentifier() or keyword.iskeyword(name):
            valid = "".join(c if c.isalnum() else "_" for c in name)
            hint = valid if valid.isidentifier() and not keyword.iskeyword(valid) else "my_graph"
            raise CellError(f"{name!r} cannot be the name of a variable.", f"Call the graph `{hint}`.")
        if name in ("START", "END"):
            raise CellError(f"{name!r} is the name of an end of every graph.", "Choose another name for the graph.")
        if name in bound:
            raise CellError(f"The cell defines {name!r}, which is also its graph's name.", "Rename one of them.")
        namespace = self.host.namespace
        ours = name in self._bound and namespace.get(name) is self._bound[name].value
        if name in namespace and not ours and not isinstance(namespace[name], UnfinishedGraph):
            kind = type(namespace[name]).__name__
            raise CellError(
                f"The variable {name!r} is there already, of type {kind}.", f"Choose another name, or `del {name}`."
            )
        if name not in namespace and hasattr(builtins, name):
            raise CellError(f"{name!r} is Python's own.", "Choose another name for the graph.")

    def _replaced(self, draft: Draft, run: CellRun, options: Mapping[str, str]) -> frozenset[str]:
        if run.cell:
            return frozenset(key for key, c in draft.cells.items() if c.cell == run.cell)
        return frozenset(f"option:{option}" for option in options)

    def _put(self, draft: Draft, run: CellRun, made: Contribution) -> None:
        """A cell with an id owns its contribution; without one, each definition, wire and option owns itself."""
        if run.cell:
            number = sum(graph == draft.name for graph, _ in run.touched)
            parts = {f"{run.cell}#{number}" if number else run.cell: made}
        else:
            parts = dict(_by_own_names(made))
        for key, part in parts.items():
            draft.put(key, part)
            run.touched.add((draft.name, key))

    def _drop(self, which: Any, keep: Iterable[tuple[str, str]] = ()) -> None:
        kept = set(keep)
        for name, draft in list(self.drafts.items()):
            draft.drop([key for key, c in draft.cells.items() if which(c) and (name, key) not in kept])
            if not draft.cells:
                self._unbind(name)

    def _remember_ordinary(self, names: Iterable[str]) -> None:
        """A graph's cell is about to bind names that ordinary cells have bound: other graphs go on seeing those."""
        namespace = self.host.namespace
        for name in names:
            if name in namespace and not self._is_made(name):
                self._shadowed[name] = namespace[name]

    def _is_made(self, name: str) -> bool:
        """Whether what a variable holds was made by a graph's cell, and so belongs to that graph."""
        return name in self._made and self.host.namespace.get(name) is self._made[name]

    def _added(self, name: str, made: Contribution) -> frozenset[str]:
        """The nodes that a cell defined, or that no other cell's wiring names."""
        blueprint = self._bound[name].blueprint
        others = Draft(name, {key: cell for key, cell in self.drafts[name].cells.items() if cell is not made})
        mentioned = Draft(name, {"": made}).names().keys() - others.names().keys()
        return frozenset(map(blueprint.name_of, [*mentioned, *(d.name for d in made.definitions)]))

    # -- graphs

    def refresh(self) -> None:
        """Bring every graph's variable up to date. A graph that is a node of another is brought up to date first."""
        for _ in range(len(self.drafts) + 1):
            if not any([self._rebuild(draft) for draft in list(self.drafts.values())]):
                return

    def _rebuild(self, draft: Draft) -> bool:
        made = blueprint(draft, self._names(draft), lambda option, text: self._value(draft, option, text))
        before = self._bound.get(draft.name)
        if before and made.same_as(before.blueprint):
            return False
        resolved = made
        value: Any = None
        if made.complete:
            try:
                value = compile_blueprint(made, self.host.namespace)
            except Exception as error:  # user code and schemas may raise anything; it is shown, and raised on use
                made = replace(made, problems=(*made.problems, _failed(error)))
        if value is None:
            value = UnfinishedGraph(draft.name, made.topology(), made.problems)
        namespace = self.host.namespace
        if before is None or namespace.get(draft.name) is before.value:
            namespace[draft.name] = value
        self._bound[draft.name] = Bound(value, resolved)
        return True

    def _names(self, draft: Draft) -> Names:
        made = {name: self._foreign(name, draft) for name in self._made if self._is_made(name)}
        namespace = self.host.namespace
        again = {n for n in draft.functions if inspect.isfunction(namespace.get(n)) and not self._is_made(n)}
        return Names(draft, {**namespace, **made}, again)

    def _foreign(self, name: str, draft: Draft) -> Any:
        """What a name that other graphs' cells have bound means to a graph.

        The value that ordinary cells gave it, if any; else what the one other graph that defines it gave it. It does
        not depend on the order in which the cells ran.
        """
        if name in self._shadowed:
            return self._shadowed[name]
        others = [found for d in self.drafts.values() if d is not draft and (found := d.definitions(name))]
        return others[0][-1][1].value if len(others) == 1 else MISSING

    def _value(self, draft: Draft, option: str, text: str) -> Any:
        return self.savers.value(draft.name, option, text, draft.version, self.host.namespace, draft.owned)

    def _unbind(self, name: str) -> None:
        del self.drafts[name]
        bound = self._bound.pop(name, None)
        if bound and self.host.namespace.get(name) is bound.value:
            del self.host.namespace[name]

    def find(self, name: str) -> Any:
        """What a graph's name is bound to: a compiled graph, or an ``UnfinishedGraph``.

        Raises:
            UnknownGraphError: When there is no such graph.
        """
        self.draft(name)
        return self._bound[name].value

    def draft(self, name: str) -> Draft:
        """The contributions to a graph.

        Raises:
            UnknownGraphError: When there is no such graph.
        """
        if name not in self.drafts:
            raise UnknownGraphError(f"There is no graph {name!r}.", did_you_mean(name, self.drafts))
        return self.drafts[name]

    def blueprint(self, name: str) -> Blueprint:
        """A graph with its names resolved."""
        self.draft(name)
        return self._bound[name].blueprint

    def problems(self, name: str) -> tuple[Problem, ...]:
        """What a graph lacks."""
        value = self.find(name)
        return value.problems if isinstance(value, UnfinishedGraph) else self._bound[name].blueprint.problems

    def lookup(self, name: str) -> Any:
        """A graph by name: one that cells built, or a variable that holds one.

        Raises:
            UnknownGraphError: When there is none.
        """
        value = self._bound[name].value if name in self._bound else self.host.namespace.get(name)
        if _is_graph(value):
            return value
        raise UnknownGraphError(f"There is no graph {name!r}.", did_you_mean(name, self.names()))

    def listing(self) -> str:
        """All graphs, a line each."""
        lines = [f"{name}: {self._summary(name)}" for name in self.drafts]
        return "\n".join(lines) or "There are no graphs yet. Begin a cell with %%graph NAME."

    def _summary(self, name: str) -> str:
        nodes = [node.id for node in self.blueprint(name).topology().nodes if node.kind not in ("start", "end")]
        lacking = [problem for problem in self.problems(name) if problem.blocking]
        state = f"not finished: {lacking[0].what}" if lacking else "ready"
        return f"{', '.join(nodes) or 'no nodes'} ({state})"

    def program(self, name: str) -> str:
        """The plain StateGraph program for a complete graph; see :meth:`sections`."""
        return "\n\n\n".join(self.sections(name)) + "\n"

    def sections(self, name: str) -> list[str]:
        """The parts of the plain StateGraph program for a complete graph.

        Raises:
            CellError: When the graph was not written by cells with wiring.
            UnfinishedGraphError: When it is not complete.
        """
        self.runnable(name)
        if name not in self.drafts:
            raise CellError(f"The graph {name!r} is a program already.", "The cells that build it are its program.")
        others = (c.code for draft in self.drafts.values() if draft.name != name for c in draft.cells.values())
        history = [*others, *self.host.history]
        return sections(self.draft(name), self.blueprint(name), self.host.namespace, history)

    def knows(self, name: str, value: str) -> bool:
        """Whether a name means something to a graph, or would to a new one of this name."""
        draft = self.drafts.get(name) or Draft(name)
        return self._names(draft).value(value) is not MISSING

    def names(self) -> list[str]:
        """The names of graphs: those that cells built, then variables that hold one."""
        variables = (n for n, v in self.host.namespace.items() if _is_graph(v) and not n.startswith("_"))
        return list(dict.fromkeys([*self.drafts, *variables]))

    def has_graph(self, name: str) -> bool:
        """Whether cells built a graph of this name, or a variable holds one."""
        return name in self.drafts or hasattr(self.host.namespace.get(name), "get_state_history")

    def runnable(self, name: str) -> Any:
        """A graph by name that can be run.

        Raises:
            UnknownGraphError: When there is none.
            UnfinishedGraphError: When it is not complete.
        """
        graph = self.lookup(name)
        if isinstance(graph, UnfinishedGraph):
            raise graph.error()
        return graph

    def topology(self, name: str, xray: bool = False) -> Topology:
        """The graph as a picture shows it.

        Args:
            name: One that cells built, or a variable that holds one.
            xray: Whether graphs inside of it are opened.
        """
        graph = self.lookup(name)
        if name in self.drafts and not xray:
            return self.blueprint(name).topology()
        found: Topology = graph.topology(xray=xray)
        return replace(found, name=name)

    def show(self, name: str, highlight: Iterable[str] = (), xray: bool = False) -> None:
        """Display a graph's picture, and what it lacks."""
        lacking = self.problems(name) if name in self.drafts else ()
        show_graph(self.host.show, self.topology(name, xray), lacking, highlight)

    def changes(self, name: str) -> GraphChanges:
        """What cells changed in a graph since its last version: how it was before the cell that changed it last."""
        self.draft(name)
        now = self._version(name)
        return _changes(self._earlier.get(name, now), now)

    def _version(self, name: str) -> Version:
        return self._bound[name].blueprint, self.drafts[name].options

    def delete(self, name: str) -> None:
        """Forget a graph, its variable and the threads that it kept in memory."""
        self.draft(name)
        self._unbind(name)
        self._earlier.pop(name, None)
        self.savers.forget(name)
        self.refresh()

    def forget(self, name: str, label: str) -> None:
        """Forget what one cell contributed to a graph.

        Args:
            name: The graph.
            label: The number that the cell ran under.

        Raises:
            CellError: When that cell contributed nothing.
        """
        draft = self.draft(name)
        wanted = f"[{label.strip('[]')}]"
        keys = [key for key, contribution in draft.cells.items() if contribution.label == wanted]
        if not keys:
            hint = did_you_mean(wanted, {contribution.label for contribution in draft.cells.values()})
            raise CellError(f"Cell {wanted} contributed nothing to {name!r}.", hint)
        draft.drop(keys)
        if not draft.cells:
            self._unbind(name)
        self.refresh()

    def close(self) -> None:
        """Forget everything and close what was opened."""
        self.drafts.clear()
        self._bound.clear()
        self.savers.close()


def _by_own_names(made: Contribution) -> Iterable[tuple[str, Contribution]]:
    def part(**parts: Any) -> Contribution:
        return Contribution("", made.label, made.filename, made.lines, **parts)

    yield f"code:{made.code}", part(code=made.code)
    for definition in made.definitions:
        yield f"definition:{definition.name}", part(definitions=(definition,))
    branches: dict[str, int] = {}
    for wire in made.wiring:
        match wire:
            case Edge() | Join():
                sources = wire.sources if isinstance(wire, Join) else wire.source
                yield f"edge {sources!r} {wire.target!r}", part(wiring=(wire,))
            case Branch():
                number = branches[wire.source] = branches.get(wire.source, 0) + 1
                yield f"branch {number} of {wire.source}", part(wiring=(wire,))
    for name, text in made.options.items():
        yield f"option:{name}", part(options={name: text})


def _changes(before: Version, after: Version) -> GraphChanges:
    if before[0] is after[0]:
        return GraphChanges(after[0].name, ())
    return changes(before[0], after[0], (before[1], after[1]))


def _is_graph(value: Any) -> bool:
    return isinstance(value, UnfinishedGraph) or (hasattr(type(value), "invoke") and hasattr(type(value), "topology"))


def _failed(error: Exception) -> Problem:
    return Problem(f"Compiling it raised {type(error).__name__}: {error}", "Mend that and run the cell again.")
