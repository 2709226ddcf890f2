"""Messages of a run: tokens as models produce them, and whole messages that nodes return; each message once.

The handler hears models through LangChain's callbacks, so that any model inside nodes, tools and chains is heard, in
whichever thread. A model call says in its metadata which task it belongs to. The handler knows whom it tells, and
nothing of drivers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from langgraph_nb.constants import TAG_HIDDEN, TAG_NOSTREAM
from langgraph_nb.graph.schema import is_pydantic
from langgraph_nb.pregel.events import MessageChunk, Task
from langgraph_nb.scope import current_scope
from langgraph_nb.types import Command

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

Namespace = tuple[str, ...]
Tell = Callable[[tuple[Namespace, MessageChunk]], None]
Place = tuple[Namespace, Task]
"""A graph, and the task in it."""
Call = tuple[Tell, Namespace, Task, dict[str, Any]]
"""Of a model: who is told of it, where it is, and its metadata."""


class MessageListener(BaseCallbackHandler, _StreamingCallbackHandler[Any]):
    """Hears the models of a run, and what its nodes return.

    Args:
        listener: Gives who is told of each message and chunk, with the namespace of the graph that it is from.
        inside: Whether models of graphs inside of nodes are wanted too, also of those that run on threads of their own.
    """

    run_inline = True
    ignore_llm = False  # asked at each token: a property would cost as much as half of what is done with it
    ignore_chain = ignore_agent = ignore_retriever = ignore_retry = ignore_custom_event = True
    hears_models_only = True  # no reason to report graphs and nodes

    def __init__(self, listener: Callable[[], Tell], inside: bool = False) -> None:
        self.listener = listener
        self.inside = inside
        self.places: dict[str, Place] = {}
        """Checkpoint namespace -> the task that has it, of the tasks under way."""
        self.open: dict[int, Call] = {}
        """Model calls under way: run id -> call. Ids as numbers: their hash costs nothing."""
        self.seen: set[str] = set()
        """Ids of messages that were told, or that were there before."""

    # what an event stream of LangChain would do with the iterators of a chain; tokens come by callback here
    def tap_output_aiter(self, run_id: UUID, output: Any) -> Any:
        return output

    def tap_output_iter(self, run_id: UUID, output: Any) -> Any:
        return output

    # -- models -------------------------------------------------------------------------------------------------------

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if metadata is None or TAG_NOSTREAM in (tags or ()):
            return
        place = self._place(metadata.get("langgraph_checkpoint_ns", ""))
        if place is None:  # in a graph that is not listened to
            return
        if named := [tag for tag in tags or () if not tag.startswith("seq:step")]:
            metadata = {**metadata, "tags": named}
        tell, scope = self.listener(), current_scope.get()
        self.open[run_id.int] = tell if scope is None else scope.while_it_counts(tell), *place, metadata

    def _place(self, namespace: str) -> Place | None:
        known = self.places.get(namespace)
        if known is None and self.inside:
            scope: Any = current_scope.get()
            if scope is not None and scope.namespace == namespace:
                return scope.host.namespace, scope.task
        return known

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, parent_run_id: Any = None, tags: Any = None, **more: Any
    ) -> None:
        known = self.open.get(run_id.int)
        if known is not None and isinstance(chunk, ChatGenerationChunk):
            message, (tell, namespace, task, metadata) = chunk.message, known
            if message.id not in self.seen:
                self._note(message)
            tell((namespace, MessageChunk(task, message, metadata)))  # not by ``_emit``: there are many tokens

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        known = self.open.pop(run_id.int, None)
        if known is not None and response.generations and response.generations[0]:
            generation = response.generations[0][0]
            if isinstance(generation, ChatGeneration):
                self._emit_new(generation.message, *known)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self.open.pop(run_id.int, None)

    # -- nodes --------------------------------------------------------------------------------------------------------

    def started(self, scope: Scope) -> None:
        """A task begins. The messages that it is given are no news."""
        self.places[scope.namespace] = scope.host.namespace, scope.task
        self.seen.update(m.id for value in _given(scope.task) for m in _listed(value) if m.id is not None)

    def returned(self, scope: Scope, result: Any) -> None:
        """A node returned this. Messages in it that nobody heard yet are told whole."""
        place = self.places.pop(scope.namespace)
        if TAG_HIDDEN in (scope.host.config.get("tags") or ()):
            return
        for message in _messages_in(result):
            self._emit_new(message, self.listener(), *place, scope.config["callbacks"].inheritable_metadata)

    def told(self, scope: Scope, message: BaseMessage) -> None:
        """A node wants this message heard."""
        self._emit(message, self.listener(), scope.host.namespace, scope.task, scope.config["metadata"])

    def _emit_new(self, message: BaseMessage, *call: *Call) -> None:
        if message.id not in self.seen:
            self._emit(message, *call)

    def _emit(
        self, message: BaseMessage, tell: Tell, namespace: Namespace, task: Task, metadata: dict[str, Any]
    ) -> None:
        self._note(message)
        tell((namespace, MessageChunk(task, message, metadata)))

    def _note(self, message: BaseMessage) -> None:
        """Take note that a message is told. One without an id gets one."""
        if message.id is None:
            message.id = str(uuid4())
        self.seen.add(message.id)


def _messages_in(result: Any) -> Iterator[BaseMessage]:
    """The messages in what a node returned; of commands, in their updates."""
    if isinstance(result, Command):
        yield from _found(result.update)
    elif isinstance(result, Sequence) and any(isinstance(item, Command) for item in result):
        for item in result:
            yield from _found(item.update if isinstance(item, Command) else item)
    else:
        yield from _found(result)


def _found(value: Any) -> Iterator[BaseMessage]:
    """The value itself, what a list of messages has, or what a state has in its keys."""
    if isinstance(value, (BaseMessage, Sequence)):
        yield from _listed(value)
    else:
        for inner in _values(value):
            yield from _listed(inner)


def _given(task: Task) -> Iterator[Any]:
    """What a node's state holds, or a called task's arguments."""
    if task.node is None:
        return _values(task.input)
    args, kwargs = task.input
    return chain(args, kwargs.values())


def _values(state: Any) -> Iterator[Any]:
    """What a state's keys hold: of a dict, a dataclass, or a Pydantic model."""
    if isinstance(state, dict):
        yield from state.values()
    elif is_pydantic(type(state)):
        yield from (getattr(state, name) for name in type(state).model_fields)
    elif dataclasses.is_dataclass(state):
        yield from (getattr(state, field.name) for field in dataclasses.fields(state))


def _listed(value: Any) -> Iterator[BaseMessage]:
    if isinstance(value, BaseMessage):
        yield value
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        yield from (inner for inner in value if isinstance(inner, BaseMessage))
