"""From a builder to a plan: schemas become channels and readers, edges become writes, signatures become call specs."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.binop import preparation
from langgraph_nb.channels.ephemeral_value import EphemeralValue
from langgraph_nb.channels.last_value import LastValueAfterFinish
from langgraph_nb.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish
from langgraph_nb.channels.topic import Topic
from langgraph_nb.constants import BRANCH_TO, END, JOIN, ROOT, START, TASKS
from langgraph_nb.errors import ErrorCode, InvalidUpdateError, ParentCommand, did_you_mean, with_code
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.graph.policies import cache_namespace, nodes_with_defaults
from langgraph_nb.graph.schema import Schema, update_items
from langgraph_nb.migration import Migration
from langgraph_nb.pregel.migrated import with_migrations
from langgraph_nb.pregel.plan import (
    BranchPlan,
    Keys,
    NodePlan,
    Plan,
    Values,
    Write,
    emptied,
    kinds_of,
    needs_of,
    triggers_of,
)
from langgraph_nb.types import Command, Send

if TYPE_CHECKING:
    from langgraph_nb.graph.state import BranchSpec, NodeSpec, StateGraph

Writer = Callable[[Any], list[Write]]
"""What a node's result writes."""


def plan_of(builder: StateGraph[Any, Any, Any, Any], name: str, migrations: Sequence[Migration] = ()) -> Plan:
    """The plan of a complete builder."""
    return with_migrations(_Compiler(builder).plan(name), migrations)


class _Compiler:
    """The tables of one builder while they are made."""

    def __init__(self, builder: StateGraph[Any, Any, Any, Any]) -> None:
        self.builder = builder
        self.specs = nodes_with_defaults(builder)
        self.state_keys = tuple(builder.channels)
        self.key_set = dict.fromkeys(self.state_keys)
        self.input_keys = dict.fromkeys(builder.schema(builder.input_schema).channels)
        self.direct: dict[Any, list[Write]] = {n: [(BRANCH_TO + n, None)] for n in self.specs} | {END: []}
        """What going to a node writes."""
        self.names = dict.fromkeys(self.specs)
        """The nodes there are now; the builder may go on."""
        self.edges: dict[str, list[Write]] = {}
        """What a node's edges write."""
        for source, target in builder.edges:
            self.edges.setdefault(source, []).extend(self.direct[target])
        self.joins: dict[str, tuple[tuple[str, ...], str]] = {}
        self.joined: dict[str, list[str]] = {}
        """The joins that lead to a node."""
        for starts, end in builder.waiting_edges:
            if end != END:
                join = _join_channel(starts, end, self.joins)
                self.joins[join] = starts, end
                self.joined.setdefault(end, []).append(join)
                for start in starts:
                    self.edges.setdefault(start, []).append((join, start))
        self.prepares = {key: ready for key, channel in builder.channels.items() if (ready := preparation(channel))}
        """What readies an update of a key as soon as a node has written it."""
        self.writer = self._prepared(self._writers(self.key_set))

    def plan(self, name: str) -> Plan:
        builder = self.builder
        channels = self._channels()
        nodes = {START: self._start(), **{n: self._node(spec) for n, spec in self.specs.items()}}
        signals = frozenset(BRANCH_TO + n for n, spec in self.specs.items() if not spec.defer)
        triggered = triggers_of(nodes.values())
        return Plan(
            name=name,
            channels=channels,
            nodes=nodes,
            triggered_by=triggered,
            needs=needs_of(nodes.values()),
            state_keys=self.state_keys,
            key_set=frozenset(self.state_keys),
            stream_keys=self._reported(self.state_keys),
            output_keys=self._reported(tuple(builder.schema(builder.output_schema).channels)),
            make_output=builder.schema(builder.output_schema).make,
            make_state=builder.schema(builder.state_schema).make,
            input_keys=START,
            inline_start=not nodes[START].branches,
            transactional=any(spec.transaction is not None for spec in self.specs.values()),
            **kinds_of(channels, triggered, signals),
        )

    def _reported(self, keys: tuple[str, ...]) -> Keys:
        return ROOT if ROOT in keys else keys

    def _channels(self) -> dict[str, BaseChannel[Any, Any, Any]]:
        given = emptied(self.builder.channels)
        channels: dict[str, BaseChannel[Any, Any, Any]] = {}
        channels[START] = EphemeralValue(self.builder.input_schema)
        channels[TASKS] = Topic(Send)
        for name, spec in self.specs.items():
            channels[BRANCH_TO + name] = LastValueAfterFinish(Any) if spec.defer else EphemeralValue(Any, guard=False)
        for join, (starts, end) in self.joins.items():
            barrier = NamedBarrierValueAfterFinish if self.specs[end].defer else NamedBarrierValue
            channels[join] = barrier(str, set(starts))
        for key, channel in channels.items():
            channel.key = key
        return given | channels

    def _start(self) -> NodePlan:
        return NodePlan(
            name=START,
            call=CallSpec(START, _same, None),
            triggers=(START,),
            reads=START,
            read=_same,
            write=self._prepared(self._writers(self.input_keys))(START),
            branches=self._branches(START),
            edges=tuple(self.edges.get(START, ())),
        )

    def _node(self, spec: NodeSpec) -> NodePlan:
        return NodePlan(
            name=spec.name,
            call=spec.call,
            triggers=(BRANCH_TO + spec.name, *sorted(self.joined.get(spec.name, ()))),
            read=self._reader(spec.schema),
            write=self.writer(spec.name),
            branches=self._branches(spec.name),
            edges=tuple(self.edges.get(spec.name, ())),
            retry=spec.policies.retry_policy,
            cache=spec.policies.cache_policy,
            cache_namespace=cache_namespace(spec.code, spec.name) if spec.policies.cache_policy is not None else (),
            error_handler=spec.policies.error_handler,
            timeout=spec.policies.timeout,
            metadata=spec.metadata,
            trace=spec.trace_policy,
            transaction=spec.transaction,
            managed=tuple(spec.schema.managed.items()),
            reads=self._reported(spec.schema.keys),
        )

    # -- reading ------------------------------------------------------------------------------------------------------

    def _reader(self, schema: Schema) -> Callable[[Values], Any]:
        if schema.is_root:
            return lambda values: values.get(ROOT)
        keys, make = schema.keys, schema.make
        if keys == self.state_keys and make is None:
            return dict.copy
        if make is None:
            return lambda values: {k: values[k] for k in keys if k in values}
        return lambda values: make({k: values[k] for k in keys if k in values})

    # -- writing ------------------------------------------------------------------------------------------------------

    def _writers(self, keys: dict[str, None]) -> Callable[[str], Writer]:
        """Makes writers: what a node's result writes to these keys, where it goes by ``Command``, and its edges."""
        result_writes, command_writes, has_keys, edges_of = (
            self._result_writes, self._command_writes, ROOT not in keys, self.edges
        )  # fmt: skip

        def writer(name: str) -> Writer:
            edges = edges_of.get(name, ())

            def write(result: Any) -> list[Write]:
                kind = type(result)
                if kind is dict and has_keys:
                    writes = [item for item in result.items() if item[0] in keys]
                elif result is None:
                    writes = []
                elif kind is Command:
                    writes = command_writes(name, result)
                else:
                    writes = result_writes(name, result)
                writes.extend(edges)
                return writes

            return write

        return writer

    def _prepared(self, writer: Callable[[str], Writer]) -> Callable[[str], Writer]:
        """Makes writers that ready what is written, where a key asks for it."""
        prepares = self.prepares
        if not prepares:
            return writer

        def prepared_writer(name: str) -> Writer:
            plain = writer(name)

            def write(result: Any) -> list[Write]:
                writes = plain(result)
                for key, value in writes:
                    if key in prepares:
                        prepares[key](value)
                return writes

            return write

        return prepared_writer

    def _writable(self, name: str) -> dict[str, None]:
        """The keys that a node may write: the start only those that the graph takes as input."""
        return self.input_keys if name == START else self.key_set

    def _result_writes(self, name: str, result: Any) -> list[Write]:
        """What a result writes that is not simply a dict: a command, several of them, an instance, a root's value."""
        if isinstance(result, Command):
            return self._command_writes(name, result)
        if isinstance(result, (list, tuple)) and any(isinstance(item, Command) for item in result):
            return [write for item in result if item is not None for write in self._result_writes(name, item)]
        if isinstance(result, Send):
            return list(self._goto_writes(f"Node '{name}'", [result]))
        keys = self._writable(name)
        if ROOT in keys:
            return [(ROOT, result)]
        items = update_items(result, keys)
        if items is None:
            raise InvalidUpdateError(
                with_code(f"Expected dict, got {result}", ErrorCode.INVALID_GRAPH_NODE_RETURN_VALUE)
            )
        return items

    def _command_writes(self, name: str, command: Command[Any]) -> list[Write]:
        if command.graph == Command.PARENT:
            raise ParentCommand(command)
        update, goto, keys = command.update, command.goto, self.key_set
        if type(update) is dict and ROOT not in keys:
            writes = [item for item in update.items() if item[0] in keys]
        elif update is None:
            writes = []
        elif isinstance(update, (list, tuple)) and all(_is_pair(item) for item in update):
            writes = [pair for pair in update if pair[0] in keys]
        else:
            writes = self._result_writes(name, update)
        if type(goto) is str and goto in self.direct:
            writes.extend(self.direct[goto])
        else:
            targets = [goto] if isinstance(goto, (str, Send, Mapping)) or not isinstance(goto, Iterable) else goto
            writes.extend(self._goto_writes(f"Node '{name}'", targets))
        return writes

    def _goto_writes(self, who: str, targets: Iterable[Any]) -> Iterator[Write]:
        for target in targets:
            if isinstance(target, Send):
                if target.node == END:
                    raise InvalidUpdateError("Cannot send a packet to the END node.")
                self._check_target(who, target.node)
                yield TASKS, target
            elif target != END:
                self._check_target(who, target)
                yield BRANCH_TO + target, None

    def _check_target(self, who: str, target: Any) -> None:
        if not isinstance(target, str) or target not in self.names:
            raise InvalidUpdateError(
                f"{who} goes to {target!r}, which is no node of this graph. "
                + did_you_mean(str(target), [*self.names, END])
            )

    # -- routing ------------------------------------------------------------------------------------------------------

    def _branches(self, name: str) -> tuple[BranchPlan, ...]:
        branches = self.builder.branches.get(name)
        if not branches:
            return ()
        first = len(self.edges.get(name, ())) + (2 if name == START else 3)
        return tuple([self._branch(name, branch, place) for place, branch in enumerate(branches.values(), first)])

    def _branch(self, source: str, branch: BranchSpec, place: int) -> BranchPlan:
        who, ends = f"The router '{branch.name}' of '{source}'", branch.ends
        simple = self.direct if ends is None else {key: self.direct[end] for key, end in ends.items()}

        def route(result: Any) -> list[Write]:
            if type(result) is str and result in simple:
                return simple[result]
            targets = result if isinstance(result, (list, tuple)) else [result]
            named = [t if isinstance(t, Send) or ends is None else _end_of(who, ends, t) for t in targets]
            if any(t is None or t == START for t in named):
                raise ValueError(f"Branch did not return a valid destination: {who} returned {result!r}.")
            return list(self._goto_writes(who, named))

        schema = branch.schema or self._schema_of(source)
        extends = branch.schema is None and schema.make is None and not schema.is_root
        managed = tuple(schema.managed.items())
        return BranchPlan(branch.name, branch.call, self._reader(schema), route, managed, place, extends)

    def _schema_of(self, name: str) -> Schema:
        """What a node reads."""
        spec = self.specs.get(name)
        return self.builder.schema(self.builder.state_schema) if spec is None else spec.schema


def _end_of(who: str, ends: dict[Hashable, str], result: Any) -> str:
    try:
        return ends[result]
    except KeyError:
        error = KeyError(result)
        hint = did_you_mean(str(result), map(str, ends))
        error.add_note(f"{who} returned {result!r}, which its path map does not have. {hint}")
        raise error from None
    except TypeError as error:
        raise InvalidUpdateError(f"{who} returned {result!r}, which can be no key of its path map.") from error


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _same(value: Any) -> Any:
    return value


def _join_channel(starts: tuple[str, ...], end: str, taken: Container[str]) -> str:
    name = f"{JOIN}{'+'.join(starts)}:{end}"
    while name in taken:  # of other nodes, with a plus in their names
        name += "'"
    return name

