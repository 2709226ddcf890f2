"""Calling a node: what it is given, how its result becomes writes, when it is tried again.

Written once, as a generator: it yields the calls to make and the pauses to wait out, and a driver, which may wait in
its own way, sends the results back. The scope is what the code below the node sees of it.
"""

from __future__ import annotations

import random
import sys
from asyncio import CancelledError
from collections.abc import Callable, Generator
from dataclasses import replace
from hashlib import blake2b
from threading import Lock
from typing import Any
from uuid import uuid4

from langgraph_nb.constants import NS_END, NS_SEP, PREVIOUS, PUSH, START
from langgraph_nb.errors import GraphBubbleUp, GraphInterrupt, NodeCancelledError, ParentCommand
from langgraph_nb.graph.callables import CallSpec, call_spec, is_runnable
from langgraph_nb.pregel.answers import as_json_schema, typed_answer
from langgraph_nb.pregel.called import Journal, address_at, call, called_task, namespace_around
from langgraph_nb.pregel.commands import Save
from langgraph_nb.pregel.compile_entrypoint import plan_of_task, with_defaults
from langgraph_nb.pregel.events import CustomData, Task, TaskFinished
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.inner import node_path
from langgraph_nb.pregel.plan import NodePlan, Write
from langgraph_nb.pregel.retries import next_attempt
from langgraph_nb.pregel.state import ChannelState
from langgraph_nb.pregel.timeouts import Limit, out_of_time, running_limit
from langgraph_nb.pregel.transactions import check_transactions, in_transaction
from langgraph_nb.runtime import ExecutionInfo, Runtime, ServerInfo
from langgraph_nb.scope import carried, current_scope
from langgraph_nb.types import Command, Interrupt, interrupt_id

Call = tuple[CallSpec, Any, dict[str, Any]]
"""Call this code with this value and these keyword arguments. Answered with what it returns."""
TaskSteps = Generator[Call | float | Save, Any, TaskFinished]
"""Yields calls, pauses in seconds, and what the task stores itself."""


class Scope:
    """The running task, as the code below it sees it (``langgraph_nb.scope.TaskScope``)."""

    __slots__ = (
        "host", "task", "node", "state", "journal", "asked", "refused", "graphs", "calls", "called", "attempt", "began",
        "timeout", "limit", "sent", "callbacks", "caller", "closed", "_config", "_runtime",
    )  # fmt: skip

    def __init__(self, host: Host, task: Task, state: ChannelState, journal: Journal) -> None:
        self.host = host
        self.task = task
        self.node: NodePlan = task.node or host.plan.nodes[task.name]
        self.state = state
        self.journal = journal
        self.asked = 0
        """How many questions it has asked in this attempt."""
        self.refused: int | None = None
        """The answer that did not fit its question."""
        self.graphs = 0
        """How many graphs it has run in this attempt."""
        self.calls = 0
        """How many tasks it has called, in all attempts."""
        self.called: dict[Any, TaskFinished | None] = _NO_CALLS
        """The futures of those that have not ended, or that asked, and how they ended."""
        self.attempt = 1
        self.began: float | None = None
        """When the first attempt began, in seconds since the epoch."""
        self.timeout = task.timeout or self.node.timeout
        self.limit: Limit | None = None
        """The time that this attempt has, where that is limited."""
        self.sent: list[Write] = []
        """What it wrote on the way, before it returned."""
        self.callbacks: Any = None
        """LangChain's callback manager for the code below, where the task is a run of its own."""
        self.caller: Scope | None = None
        """The scope of the task that called it, if one did."""
        self.closed = False
        """Whether what it called was let go of."""
        self._config: dict[str, Any] | None = None
        self._runtime: Runtime[Any] | None = None

    def start_attempt(self, attempt: int) -> None:
        """Begin again after a failure."""
        self.attempt = attempt
        self._runtime = None
        self.sent = []

    def start_limit(self) -> Limit:
        """Begin to count the time of this attempt."""
        assert self.timeout is not None
        self.limit = Limit(self.task.name, self.timeout, self.host.clock, self.host.wait)
        if self.limit.refreshes:
            self._config = None
            self.enter()  # LangChain code is to have the config with the callback that hears it
        return self.limit

    def touch(self) -> None:
        """A sign of life, where any will do."""
        if self.limit is not None and self.limit.refreshes:
            self.limit.touch()
        if self.host.touch is not None:
            self.host.touch()

    def enter(self) -> None:
        """Make this the current scope of the context; code below finds it there, LangChain code its config."""
        current_scope.set(self)
        langchain = sys.modules.get("langchain_core.runnables.config")
        if langchain is not None:
            langchain.var_child_runnable_config.set(self.config)

    def inside(self, callbacks: Any) -> None:
        """Have LangChain code report to this manager from here on."""
        from langchain_core.runnables.config import _set_config_context

        self.callbacks, self._config = callbacks, None
        _set_config_context(self.config)

    @property
    def namespace(self) -> str:
        """The checkpoint namespace of graphs that this task runs."""
        own = f"{self.task.stored_name}{NS_END}{self.task.id}"
        return NS_SEP.join((*namespace_around(self.task, self.host.namespace), own))

    @property
    def parents(self) -> dict[str, str]:
        """Namespace -> checkpoint id, of this graph and of those around it."""
        return {**self.host.parents, self.host.checkpoint_ns: self.task.seed.partition("\0")[0]}

    @property
    def config(self) -> Any:
        """The ``RunnableConfig`` of this task, made when somebody asks for it."""
        if self._config is None:
            self._config = self._make_config()
        return self._config

    def _make_config(self) -> dict[str, Any]:
        given, host, task = self.host.config, self.host, self.task
        namespace, metadata = self.namespace, {**given.get("metadata", {})}
        identify(metadata, given)
        own = {
            "langgraph_step": task.step,
            "langgraph_node": task.name,
            "langgraph_triggers": task.triggers,
            "langgraph_path": task.path,
            "langgraph_checkpoint_ns": namespace,
            **(self.node.metadata or {}),
        }
        tags = [*given.get("tags", ()), *self.node.tags]
        configurable = {
            **given.get("configurable", {}),
            "checkpoint_map": self.parents,
            "checkpoint_id": None,  # what is given names one of this graph's, not of one that runs inside
            "checkpoint_ns": namespace,
        }
        if carried:
            configurable.update((key, of(self)) for key, of in carried.items())
        config: dict[str, Any] = {
            **({"tags": tags} if tags else {}),
            "metadata": {**metadata, **own},
            "callbacks": _callbacks(
                self.callbacks or given.get("callbacks"), host, self._own_handlers(), tags,
                {**metadata, "ls_integration": "langgraph", **own},
            ),
            "configurable": configurable,
        }
        if (limit := given.get("recursion_limit")) is not None:
            config["recursion_limit"] = limit
        if host.max_concurrency is not None:
            config["max_concurrency"] = host.max_concurrency
        return config

    def _own_handlers(self) -> tuple[Any, ...]:
        """The LangChain callback handlers that the limit of this attempt needs."""
        if self.limit is None or not self.limit.refreshes or "langchain_core.callbacks" not in sys.modules:
            return ()
        from langgraph_nb.pregel.signs_of_life import SignsOfLife

        return (SignsOfLife(self.limit.touch),)

    @property
    def runtime(self) -> Runtime[Any]:
        """The ``Runtime`` of this task."""
        if self._runtime is None:
            task, host = self.task, self.host
            info = ExecutionInfo(
                checkpoint_id=task.seed.partition("\0")[0],
                checkpoint_ns=self.namespace,
                task_id=task.id,
                thread_id=host.thread_id,
                run_id=_run_id(host.config),
                node_attempt=self.attempt,
                node_first_attempt_time=self.began or host.now(),
            )
            heartbeat = {} if self.limit is None or self.limit.idle is None else {"heartbeat": self.limit.touch}
            self._runtime = Runtime(
                context=host.context,
                store=host.store,
                stream_writer=self.writer,
                previous=self.state.values.get(PREVIOUS),
                **heartbeat,
                control=host.shared_control(),
                execution_info=info,
                server_info=ServerInfo.of(host.config.get("configurable", _NOTHING)),
            )
        return self._runtime

    def idempotency_key(self, task_id: str | None = None) -> str:
        """See ``Runtime.idempotency_key``: of this task, or of the one around it that has this id."""
        task, host = self.task, self.host
        if task_id not in (None, task.id):
            if (around := self.caller or host.around) is None:
                raise RuntimeError("This runtime is of a task that is over. Ask the runtime of the task that runs.")
            return str(around.idempotency_key(task_id))
        names: tuple[str, ...] = (host.thread_id or "", task.id)
        if host.saver is not None:
            host.make_durable()
        elif host.around is not None:  # nothing of this graph is stored: it runs again whenever the task around does
            place = host.checkpoint_ns.removeprefix(host.around.namespace)
            names = (host.around.idempotency_key(), place, str(task.step), task.name, task.place)
        return blake2b("\0".join(names).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def writer(self) -> Callable[[Any], None]:
        """The stream writer."""
        return self.write_custom

    @property
    def let_go(self) -> bool:
        """Whether nobody waits any more for the running code: its time was over, or its run was, and it went on."""
        if out_of_time():
            return True
        scope: Scope | None = self
        while scope is not None:
            if scope.closed or scope.host.closed:
                return True
            scope = scope.caller or scope.host.around
        return False

    def while_it_counts(self, tell: Callable[[Any], None]) -> Callable[[Any], None]:
        """Who hears a model that the running code calls: nobody any more, once the code was let go of."""
        if running_limit.get() is None and self.host.around is None:
            return tell
        return lambda item: None if self.let_go else tell(item)

    def must_count(self) -> None:
        """End code that nobody waits for, where what it does would be taken for what another attempt does."""
        if self.let_go:
            raise CancelledError(f"{self.task.name!r} was let go of. What it still does is not looked at.")

    def write_custom(self, data: Any) -> None:
        """Tell the ``custom`` stream."""
        host = self.host
        if self.let_go:
            return
        if self.limit is not None or host.touch is not None:
            self.touch()
        if host.listener is not None and CustomData in host.watch:
            host.listener((host.namespace, CustomData(self.task, data)))

    def read(self) -> Any:
        """What the node reads of the state as its step began, also where it was sent something else.

        Code of a workflow reads no state: an empty one.
        """
        node, values = self.node, self.state.values
        if node.triggers in (_OF_TASKS, _OF_ENTRYPOINTS):
            return {}
        return node.read(self.state.filled_in(node.managed, values, self.task.step) if node.managed else values)

    def channel_values(self, fresh: bool) -> dict[str, Any]:
        """All values as the step began; ``fresh``: as they would be with what the node has written on the way."""
        values = self.state.values
        return {**values, **self.state.news(self.sent)} if fresh and self.sent else values

    def write(self, key: str, value: Any) -> None:
        """Write to the state, before what the node returns."""
        if not self.let_go:
            self.sent.append((key, value))

    def say(self, message: Any) -> None:
        """Tell the ``messages`` stream of a message at once, whether it was told before or not."""
        for hearer in () if self.let_go else self.host.hearers:
            hearer.told(self, message)

    def interrupt(self, value: Any, response_schema: Any) -> Any:
        """Answer from what was given on resuming, or pause the task."""
        __tracebackhide__ = True
        self.must_count()
        index = self.asked
        self.asked += 1
        if index < len(self.task.resume):
            return self._answer(index, response_schema)
        if taken := self.journal.take_for(value):
            self.task = replace(self.task, resume=(*self.task.resume, *taken))
            return self._answer(index, response_schema)
        question = Interrupt(
            value, interrupt_id(self.task.id, index), response_schema=as_json_schema(response_schema)
        )
        raise GraphInterrupt((question,))

    @property
    def is_answered(self) -> bool:
        """Whether there are answers for what it asks: each goes to who asks in the order of the first time."""
        return bool(self.task.resume or self.journal.offered or self.journal.held.questions)

    def asked_first(self, question: GraphInterrupt, since: int) -> GraphInterrupt:
        """A question of code that ran beside other code which asks, by the id that it has when they run in order."""
        own = {interrupt_id(self.task.id, index) for index in range(since, self.asked)}
        first = interrupt_id(self.task.id, since)
        return GraphInterrupt(tuple(replace(one, id=first) if one.id in own else one for one in question.args[0]))

    def _answer(self, index: int, response_schema: Any) -> Any:
        __tracebackhide__ = True
        try:
            return typed_answer(self.task.resume[index], response_schema)
        except ValueError:
            self.refused = index
            raise

    def is_addressed(self, graph: str | None) -> bool:
        """Whether a command that came up from inside of the task is for the graph that the task is of."""
        return graph in (self.namespace, node_path(self.namespace), self.task.name)

    def sent_up(self, above: ParentCommand) -> ParentCommand:
        """A command for the graph around this one, addressed to it."""
        if above.args[0].graph != Command.PARENT:
            return above
        levels = list(self.host.namespace)
        while levels and levels[-1].isdigit():  # the number of a call is no graph
            levels.pop()
        return ParentCommand(replace(above.args[0], graph=NS_SEP.join(levels)))

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Begin a task (``func.task``) that the code calls. Returns its future."""
        self.must_count()
        host = self.host
        node: NodePlan = function.node or plan_of_task(function)
        function.node = node
        node = with_defaults(node, host.plan)
        check_transactions((node,), host.saver, host.durability)
        with _counting:
            place, self.calls = self.calls, self.calls + 1
            if self.called is _NO_CALLS:
                self.called = {}
        task = called_task(self.task, self.namespace, place, node, (args, kwargs))
        address = address_at(task, host.thread_id) if host.saver is not None else None
        self.touch()
        driver = host.driver()
        if driver is None:
            raise RuntimeError(f"The run of {self.task.name!r} is over. Code that goes on after it can call no tasks.")
        caches = node.cache is not None and host.cache is not None
        steps = call(task, self.state, self.journal, host.watch, host.durability, address, caches)
        return driver.begin(self, steps)

    def call_ended(self, future: Any, finished: TaskFinished) -> None:
        """Take note that a task that it called has ended. Those that asked are kept, for it has to ask in turn."""
        if finished.paused:
            self.called[future] = finished
        else:
            self.called.pop(future, None)

    def injected(self, spec: CallSpec) -> dict[str, Any]:
        """What the code's signature asks for besides the state."""
        return {name: _PROVIDERS[name](self) for name in spec.injects}


_NO_CALLS: dict[Any, TaskFinished | None] = {}
_counting = Lock()
"""Code may call tasks from threads of its own; no two calls get the same place."""
_PROVIDERS: dict[str, Callable[[Scope], Any]] = {
    "config": lambda scope: scope.config,
    "runtime": lambda scope: scope.runtime,
    "writer": lambda scope: scope.writer,
    "store": lambda scope: scope.host.store,
    "previous": lambda scope: scope.runtime.previous,
    "error": lambda scope: scope.task.failure,
}


def task_steps(scope: Scope) -> TaskSteps:
    """Run a task: call its node and its routers, and again if its retry policy says so. Its result is how it ended."""
    __tracebackhide__ = True
    if scope.host.gate is not None and (instead := scope.host.gate(scope)) is not None:
        return instead
    task, node, host = scope.task, scope.node, scope.host
    if node.retry:
        scope.began = host.now()
    while True:
        scope.asked = scope.graphs = 0
        limit = scope.start_limit() if scope.timeout is not None else None
        for hearer in host.hearers:
            hearer.started(scope)
        try:
            spec = node.call if limit is None else limit.timed(node.call)
            try:
                result = yield spec, task.input, scope.injected(spec) if spec.injects else _NOTHING
                for spec in node.then:
                    if limit is not None:
                        spec = limit.later(spec)
                    result = yield spec, result, scope.injected(spec) if spec.injects else _NOTHING
                if type(result) not in _RESULTS and spec.runnable is None and is_runnable(result):
                    result = yield call_spec(result), task.input, {"config": scope.config}
                told = result
            except ParentCommand as above:  # a graph inside sends its command up to this one, or past it
                if not scope.is_addressed(above.args[0].graph):
                    raise
                result, told = replace(above.args[0], graph=None), None
            writes = node.write(result)
            if scope.sent:
                writes = [*scope.sent, *writes]
            if node.branches:
                values, news = scope.state.values, scope.state.news(writes)
                for branch in node.branches:
                    spec = branch.call
                    if limit is not None:
                        spec = limit.later(spec)
                    seen = scope.state.filled_in(branch.managed, values, task.step) if branch.managed else values
                    value = branch.input(seen, news, result)
                    chosen = yield spec, value, scope.injected(spec) if spec.injects else _NOTHING
                    writes.extend(branch.route(chosen))
            if node.transaction is not None:
                yield in_transaction(scope, writes, result)
            for hearer in host.hearers:
                hearer.returned(scope, told)
            return TaskFinished(task, tuple(writes), stored=node.transaction is not None)
        except GraphInterrupt as question:
            asked = tuple(question.args[0])
            return TaskFinished(scope.task, interrupts=asked, breakpoint=not asked)
        except ParentCommand as above:
            return TaskFinished(task, error=scope.sent_up(above))
        except GraphBubbleUp as signal:
            return TaskFinished(task, error=signal)
        except CancelledError as error:
            return TaskFinished(task, error=_cancelled_inside(task.name, error))
        except Exception as error:
            pause = next_attempt(node.retry, scope.attempt, error, host.random or random.random)
            if pause is None:
                return TaskFinished(scope.task, error=error, refused=scope.refused)
            yield pause
            scope.start_attempt(scope.attempt + 1)


_NOTHING: dict[str, Any] = {}
_OF_TASKS, _OF_ENTRYPOINTS = (PUSH,), (START,)
_RESULTS = frozenset((dict, list, tuple, str, type(None), Command))
"""What nodes return; of another type, it may be a Runnable that is to be called in the node's place."""
_IDENTITY = ("thread_id", "checkpoint_id", "checkpoint_ns", "task_id", "run_id", "assistant_id", "graph_id")
"""What of ``configurable`` says whose run this is."""


def identify(metadata: dict[str, Any], config: dict[str, Any]) -> None:
    """Have metadata show whose run this is."""
    configurable = config.get("configurable", _NOTHING)
    for key in _IDENTITY:
        if value := configurable.get(key):
            metadata.setdefault(key, value)


def _cancelled_inside(name: str, error: BaseException) -> NodeCancelledError:
    """What a cancellation is that nobody had asked for."""
    cancelled = NodeCancelledError(name)
    cancelled.__cause__ = error
    return cancelled


def _run_id(config: dict[str, Any]) -> str | None:
    found = config.get("run_id") or config.get("metadata", {}).get("run_id")
    return None if found is None else str(found)


def _callbacks(
    given: Any, host: Host, own: tuple[Any, ...], tags: list[str], metadata: dict[str, Any]
) -> Any:
    """The callbacks around the code together with those that the streams need, and those of the task's own."""
    if not given or isinstance(given, list):
        handlers = (*(given or ()), *host.callbacks)
        if "langchain_core.callbacks" not in sys.modules:
            return [*handlers, *own] or None
        if host.silent is None:
            host.silent = silent_manager(handlers)
        given = host.silent
    if not host.hearers and not own:
        return given
    manager = given.copy()
    for handler in (*host.callbacks, *own):
        if handler not in manager.handlers:
            manager.add_handler(handler, inherit=True)
    if host.hearers:  # so that a model says where it is, whatever config it is called with
        manager.add_tags(tags)
        manager.add_metadata(metadata)
    return manager


def silent_manager(handlers: tuple[Any, ...]) -> Any:
    """The callback manager of tasks that are no runs of their own: LangChain code finds a run to be in all the same."""
    from langchain_core.callbacks import CallbackManager

    return CallbackManager(list(handlers), list(handlers), parent_run_id=uuid4())
