"""Runs one program on one package, in one mode, with one saver, and records everything that it can observe.

A program is a plain function of ``lg`` (the package's public names and helpers to write nodes) and ``run`` (the calls
of a graph, each recorded). It is written once, without ``await``: in async mode the same calls go to the ``a*``
methods, and functions made by ``lg.node`` are coroutine functions. Knows how to drive a package, not what is right.
"""

from __future__ import annotations

import asyncio
import difflib
import functools
import importlib
import inspect
import pprint
import re
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from langchain_core._api import LangChainBetaWarning

from langgraph_nb.pregel import Pregel
from langgraph_nb.pregel.results import result_of

from .normalise import Normaliser
from .savers import OURS, THEIRS, open_saver

SAVERS = ("none", "memory", "sqlite")
NAMES = {
    "graph": "START END MessageGraph MessagesState StateGraph add_messages",
    "func": "entrypoint task",
    "graph.message": "REMOVE_ALL_MESSAGES push_message",
    "graph.ui": "delete_ui_message push_ui_message ui_message_reducer",
    "types": "CachePolicy Command GraphOutput Interrupt Overwrite RetryPolicy Send StateSnapshot StreamWriter "
    "StateUpdate TimeoutPolicy default_retry_on TracePolicy interrupt omit_payload",
    "errors": "EmptyChannelError EmptyInputError GraphDrained GraphInterrupt GraphRecursionError InvalidUpdateError "
    "NodeCancelledError NodeError NodeInterrupt NodeTimeoutError ParentCommand UnknownInterruptError is_invalid_resume",
    "config": "get_config get_store get_stream_writer",
    "constants": "TAG_NOSTREAM",
    "callbacks": "GraphCallbackHandler",
    "runtime": "RunControl Runtime get_runtime",
    "channels": "AnyValue BinaryOperatorAggregate DeltaChannel EphemeralValue LastValue LastValueAfterFinish "
    "NamedBarrierValue NamedBarrierValueAfterFinish Topic UntrackedValue",
    "channels.base": "BaseChannel",
    "managed": "IsLastStep RemainingSteps",
    "managed.base": "ManagedValue",
    "checkpoint.memory": "InMemorySaver",
    "pregel": "NodeBuilder Pregel",
    "cache.memory": "InMemoryCache",
    "stream": "AsyncSubgraphRunStream CheckpointsTransformer CustomTransformer DebugTransformer LifecycleTransformer "
    "StreamChannel StreamTransformer SubgraphRunStream TasksTransformer UpdatesTransformer",
    "stream.transformers": "MessagesTransformer ValuesTransformer",
    "prebuilt": "InjectedState InjectedStore ToolCallTransformer ToolNode ToolRuntime ValidationNode "
    "create_react_agent tools_condition",
    "prebuilt.chat_agent_executor": "AgentState AgentStatePydantic AgentStateWithStructuredResponse "
    "AgentStateWithStructuredResponsePydantic create_tool_calling_executor",
    "prebuilt.interrupt": "ActionRequest HumanInterrupt HumanInterruptConfig HumanResponse",
    "prebuilt.tool_node": "ToolCallRequest ToolCallWithContext ToolInvocationError msg_content_output",
    "store.base": "BaseStore GetOp Item ListNamespacesOp MatchCondition NOT_PROVIDED PutOp SearchItem SearchOp "
    "ensure_embeddings get_text_at_path tokenize_path validate_op_namespace",
    "store.base.batch": "AsyncBatchedBaseStore",
    "store.memory": "InMemoryStore",
    "store.sqlite": "SqliteStore",
}
"""Module -> the public names that programs use of it."""
MODULE_OF = {name: module for module, names in NAMES.items() for name in names.split()}
PRINTS = frozenset(("stream_mode", "print_mode", "debug"))
"""Options of a run that shows more than its result."""
OPENING = "raises"
SENTENCE_END = re.compile(r"\.(?=[A-Z\s]|$)|\n")
STREAMS_FROM_INSIDE = frozenset(("custom", "messages", "tools"))


class Namespace:
    """A package's public names, looked up in its modules, and helpers to write nodes that fit the mode."""

    def __init__(self, package: str, is_async: bool) -> None:
        self.package = package
        self.is_async = is_async

    def __getattr__(self, name: str) -> Any:
        if name not in MODULE_OF:
            raise AttributeError(f"No program uses {name!r} yet. Add it to harness.NAMES with its module.")
        return getattr(importlib.import_module(f"{self.package}.{MODULE_OF[name]}"), name)

    def lookup(self, module: str, name: str) -> Any:
        """A name whose module is not the same in both packages, or has a twin."""
        return getattr(importlib.import_module(f"{self.package}.{module}"), name)

    def node(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function`` as it is, or in async mode as a coroutine function with the same signature."""
        if not self.is_async:
            return function

        @functools.wraps(function)
        async def node(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return node

    def adds(self, name: str, key: str = "seen") -> Callable[..., Any]:
        """A node called ``name`` that writes ``{key: [name]}``."""

        def function(state: Any) -> Any:
            return {key: [name]}

        function.__name__ = name
        return self.node(function)

    def waits(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is written as a generator of the futures that it waits for: one, or a list of them."""
        if not self.is_async:

            @functools.wraps(function)
            def code(*args: Any, **kwargs: Any) -> Any:
                return _run_steps(function(*args, **kwargs), _results)

            return code

        @functools.wraps(function)
        async def acode(*args: Any, **kwargs: Any) -> Any:
            return await _arun_steps(function(*args, **kwargs), _awaited)

        return acode

    def asks(self, model: Any, name: str = "model") -> Callable[..., Any]:
        """A node that calls a chat model with ``state["messages"]`` and returns its answer."""

        def call(state: Any) -> Any:
            return {"messages": [model.invoke(state["messages"])]}

        async def acall(state: Any) -> Any:
            return {"messages": [await model.ainvoke(state["messages"])]}

        chosen = acall if self.is_async else call
        chosen.__name__ = name
        return chosen


def _results(wanted: Any) -> Any:
    return [future.result() for future in wanted] if isinstance(wanted, list) else wanted.result()


async def _awaited(wanted: Any) -> Any:
    return await (asyncio.gather(*wanted) if isinstance(wanted, list) else wanted)


def _run_steps(steps: Any, give: Callable[[Any], Any]) -> Any:
    """Run a generator that is given what it yields for."""
    answer, error = None, None
    while True:
        try:
            wanted = steps.throw(error) if error else steps.send(answer)
        except StopIteration as stop:
            return stop.value
        answer, error = None, None
        try:
            answer = give(wanted)
        except Exception as raised:
            error = raised


async def _arun_steps(steps: Any, give: Callable[[Any], Any]) -> Any:
    """``_run_steps``, awaited."""
    answer, error = None, None
    while True:
        try:
            wanted = steps.throw(error) if error else steps.send(answer)
        except StopIteration as stop:
            return stop.value
        answer, error = None, None
        try:
            answer = await give(wanted)
        except Exception as raised:
            error = raised


@dataclass(frozen=True)
class Setting:
    """One way to run a program."""

    is_async: bool
    saver: str
    steps: bool = False
    """Whether our ``invoke`` is driven one command at a time, as a debugger does. LangGraph has only its own."""

    def __str__(self) -> str:
        return f"{'async' if self.is_async else 'step' if self.steps else 'sync'}-{self.saver}"


Reader = Callable[[Any], Iterator[Any]]
"""Reads a run stream, as a generator of what it wants of it."""


class Run:
    """The calls of a graph that a program makes. Each is recorded under its name, with what it gave."""

    def __init__(self, is_async: bool, runner: asyncio.Runner, saver: Any, steps: bool = False) -> None:
        self.saver = saver
        """The checkpointer of this run, or ``None``."""
        self.trace: list[tuple[str, Any]] = []
        self._is_async = self.is_async = is_async
        self._steps = steps
        self._runner = runner
        self._normalise = Normaliser()

    # -- recording ----------------------------------------------------------------------------------------------------

    def show(self, label: str, value: Any) -> Any:
        """Record any value, and return it."""
        self.trace.append((f"{len(self.trace) + 1} {label}", self._normalise(value)))
        return value

    def raises(self, expected: str, call: Callable[..., Any], *args: Any, **options: Any) -> BaseException:
        """Record that a call raises ``expected`` (the name of a class; a subclass will do), and how its message begins.

        What the runtime says beyond LangGraph's first sentence, and how it goes on, is each package's own.
        """
        error, shown = self._failure(expected, call, args, options)
        self.show(OPENING, (shown, str(error)))
        return error

    def fails(self, expected: str, call: Callable[..., Any], *args: Any, **options: Any) -> BaseException:
        """As ``raises``, whatever the message."""
        error, shown = self._failure(expected, call, args, options)
        self.show("fails", shown)
        return error

    def says(self, expected: str, call: Callable[..., Any], *args: Any, **options: Any) -> BaseException:
        """As ``raises``, with the whole message: for errors of the program's own code."""
        error, shown = self._failure(expected, call, args, options)
        self.show("says", (shown, str(error)))
        return error

    def tries(self, call: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Have a call record what it gives; or record what it raises, as ``raises`` does, whatever the class."""
        try:
            call(*args, **options)
        except Exception as error:
            self.show(OPENING, (type(error).__name__, str(error)))

    def warned(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Record what a call warns of, with the first sentence of each, and return what it gives."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = call(*args, **options)
        told = [(w.category.__name__, SENTENCE_END.split(str(w.message))[0].replace(OURS, THEIRS)) for w in caught]
        self.show("warned", told)
        return result

    def _failure(self, expected: str, call: Callable[..., Any], args: Any, options: Any) -> tuple[Exception, str]:
        try:
            result = call(*args, **options)
        except Exception as error:
            names = {c.__name__ for c in type(error).__mro__}
            return error, expected if expected in names else type(error).__name__
        raise AssertionError(f"{expected} expected, got the result {result!r}")

    # -- calls --------------------------------------------------------------------------------------------------------

    def invoke(self, app: Any, value: Any, config: Any = None, **options: Any) -> Any:
        return self.show("invoke", self.call(app, "invoke", value, self._ordered(app, config, options), **options))

    def stream(
        self, app: Any, value: Any, config: Any = None, *, heard: Callable[[Any], object] = id, **options: Any
    ) -> list[Any]:
        """All chunks; ``heard`` is called with each as it comes. Those before an error are recorded too."""
        chunks: list[Any] = []

        def take(chunk: Any) -> None:
            chunks.append(chunk)
            heard(chunk)

        config = self._ordered(app, config, options)
        try:
            if self._is_async:
                self._runner.run(_collect(app.astream(value, config, **options), take))
            else:
                for chunk in app.stream(value, config, **options):
                    take(chunk)
        finally:
            self.show(f"stream {options.get('stream_mode', 'default')}", chunks)
        return chunks

    def events(
        self, app: Any, value: Any, config: Any = None, *, read: Reader | None = None, **options: Any
    ) -> Any:
        """A run as an event stream; its events are recorded, but for the time, unless it is read otherwise.

        Args:
            app: The graph.
            value: Its input.
            config: The config.
            read: Reads the run, as a generator of what it wants: an iterable (to get all of it as a list), an
                iterable and ``next`` (to get its next item, or ``None``), an object and the name of a result of it.
            options: What ``stream_events`` takes.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LangChainBetaWarning)
            if self._is_async:
                return self._runner.run(self._aevents(app, value, config, read or self._read_all, options))
            with app.stream_events(value, config, version="v3", **options) as stream:
                return _run_steps((read or self._read_all)(stream), _Reading())

    async def _aevents(self, app: Any, value: Any, config: Any, read: Reader, options: Any) -> Any:
        async with await app.astream_events(value, config, version="v3", **options) as stream:
            return await _arun_steps(read(stream), _AsyncReading())

    def _read_all(self, stream: Any) -> Iterator[Any]:
        events = yield stream
        for event in events:
            assert type(event["params"].pop("timestamp")) is int
        self.show("events", events)
        for name in ("output", "interrupted", "interrupts"):
            self.show(name, (yield stream, name))
        return stream

    def get_state(self, app: Any, config: Any, **options: Any) -> Any:
        return self.show("get_state", self.call(app, "get_state", config, **options))

    def history(self, app: Any, config: Any, **options: Any) -> list[Any]:
        """All snapshots, newest first."""
        if self._is_async:
            self._runner.run(_collect(app.aget_state_history(config, **options), (found := []).append))
        else:
            found = list(app.get_state_history(config, **options))
        return self.show("history", found)

    def update_state(self, app: Any, config: Any, values: Any, **options: Any) -> Any:
        return self.show("update_state", self.call(app, "update_state", config, values, **options))

    def clear_cache(self, app: Any, nodes: Any = None) -> None:
        self.call(app, "clear_cache", nodes)

    def bulk_update_state(self, app: Any, config: Any, supersteps: Any) -> Any:
        return self.show("bulk_update_state", self.call(app, "bulk_update_state", config, supersteps))

    def subgraphs(self, app: Any, **options: Any) -> list[Any]:
        """The namespaces and names of the graphs inside."""
        if self._is_async:
            self._runner.run(_collect(app.aget_subgraphs(**options), (found := []).append))
        else:
            found = list(app.get_subgraphs(**options))
        return self.show("get_subgraphs", [(namespace, graph.name) for namespace, graph in found])

    def call(self, app: Any, name: str, *args: Any, **options: Any) -> Any:
        """What a method gives, unrecorded; in async mode what the one with ``a`` before its name does."""
        if self._is_async:
            return self._runner.run(getattr(app, f"a{name}")(*args, **options))
        shows = PRINTS.intersection(options) or getattr(app, "debug", False)
        if self._steps and name == "invoke" and isinstance(app, Pregel) and not shows:
            return _stepped(app, *args, **options)
        return getattr(app, name)(*args, **options)

    def run(self, coroutine: Any) -> Any:
        """What a coroutine gives, in async mode."""
        return self._runner.run(coroutine)

    def collect(self, app: Any, name: str, *args: Any, **options: Any) -> list[Any]:
        """``call`` for a method that is iterated."""
        if self._is_async:
            self._runner.run(_collect(getattr(app, f"a{name}")(*args, **options), (found := []).append))
            return found
        return list(getattr(app, name)(*args, **options))

    def _ordered(self, app: Any, config: Any, options: dict[str, Any]) -> Any:
        """``config`` with one worker: which parallel task finishes first is chance, and a stream shows it.

        LangGraph waits for custom data, tokens, what workflows tell and what graphs inside say in a worker of its own,
        so there one worker would wait for ever.
        """
        if app.stream_eager:
            return config
        modes = options.get("stream_mode", ())
        if options.get("subgraphs") or STREAMS_FROM_INSIDE.intersection([modes] if isinstance(modes, str) else modes):
            return config
        return {"max_concurrency": 1} | (config or {})


class _Reading:
    """Reads what a run stream has."""

    def __init__(self) -> None:
        self.begun: dict[int, tuple[Any, Any]] = {}
        """Iterables that are read item by item, with their iterators."""

    def __call__(self, wanted: Any) -> Any:
        if not isinstance(wanted, tuple):
            return list(wanted)
        source, what = wanted
        if what is next:
            return next(self._begun(source, iter), None)
        found = getattr(source, what)
        return found() if inspect.ismethod(found) else found

    def _begun(self, source: Any, begin: Callable[[Any], Any]) -> Any:
        return self.begun.setdefault(id(source), (source, begin(source) if id(source) not in self.begun else None))[1]


class _AsyncReading(_Reading):
    """Reads what a run stream has that is awaited."""

    async def __call__(self, wanted: Any) -> Any:  # type: ignore[override]
        if not isinstance(wanted, tuple):
            return [item async for item in wanted]
        source, what = wanted
        if what is next:
            return await anext(self._begun(source, aiter), None)
        found = getattr(source, what)
        found = found() if inspect.ismethod(found) else found
        return await found if inspect.isawaitable(found) else found


def _stepped(app: Any, *args: Any, version: str = "v1", **options: Any) -> Any:
    """What ``invoke`` gives, with every command of the run held before it is performed."""
    run = app.step(*args, **options)
    while not run.done:
        run.go()
    return result_of(run.outcome, False, app.plan.make_output, version)


async def _collect(source: AsyncIterator[Any], take: Callable[[Any], object]) -> None:
    async for item in source:
        take(item)


Program = Callable[[Namespace, Run], None]
Trace = Sequence[tuple[str, Any]]
"""What a program saw: what was called, and what came of it."""


def thread(name: str = "1", **configurable: Any) -> dict[str, Any]:
    """The config of a thread."""
    return {"configurable": {"thread_id": name, **configurable}}


def observe(
    program: Program, package: str, setting: Setting, folder: Path, address: str = ""
) -> list[tuple[str, Any]]:
    """What ``program`` sees on ``package``. An error that it does not expect is the last thing it sees.

    Args:
        program: What to run.
        package: On what.
        setting: How.
        folder: For files.
        address: An empty PostgreSQL database, if the setting wants one.
    """
    with asyncio.Runner() as runner, ExitStack() as stack:
        saver = open_saver(package, setting, folder, runner, stack, address)
        run = Run(setting.is_async, runner, saver, setting.steps and package == OURS)
        try:
            program(Namespace(package, setting.is_async), run)
        except Exception as error:
            if package == THEIRS:
                raise
            run.show("unexpected error", (type(error).__name__, str(error)))
        return run.trace


def difference(theirs: Trace, ours: Trace) -> str:
    """A readable account of where two traces part; empty when they are equal."""
    left, right = _lines(theirs), _lines([*_with_their_texts(theirs, ours)])
    return "\n".join(difflib.unified_diff(left, right, THEIRS, OURS, n=4, lineterm=""))


def _with_their_texts(theirs: Trace, ours: Trace) -> Iterator[tuple[str, Any]]:
    """``ours``, where an error whose message begins as theirs does has their message."""
    for (label, left), (our_label, right) in zip_longest(theirs, ours, fillvalue=("", None)):
        if label == our_label and label.endswith(OPENING) and left[0] == right[0]:
            opening = SENTENCE_END.split(left[1])[0]
            yield (label, left) if right[1].startswith(opening) else (label, right)
        elif our_label:
            yield our_label, right


def _lines(trace: Trace) -> list[str]:
    return [
        line
        for label, value in trace
        for line in (f"== {label}", *pprint.pformat(value, width=110, sort_dicts=False).splitlines())
    ]
