"""The model of an agent: with the agent's tools bound to it, and given the prompt before the messages.

A static model is made ready once; a dynamic one is chosen by a function of the state for each turn. Where nobody
listens to LangChain's callbacks, prompt and model are called one after the other, without a chain around them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import SystemMessage
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig, RunnableLambda, RunnableSequence

from langgraph_nb.graph.callables import CallSpec, call_spec, is_async
from langgraph_nb.prebuilt.agent_states import value_of
from langgraph_nb.prebuilt.quiet import asking, is_heard
from langgraph_nb.prebuilt.steps import Call, Steps, arun, run
from langgraph_nb.runtime import Runtime
from langgraph_nb.scope import require_scope

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


PROMPT_RUNNABLE_NAME = "Prompt"
LanguageModel = Runnable[LanguageModelInput, Any]
Prompt = SystemMessage | str | Callable[..., LanguageModelInput] | Runnable[Any, LanguageModelInput]
"""What is put before the messages, or a function of the state that gives all that the model is to read."""
Choice = Callable[[Any, Runtime[Any]], LanguageModel | Awaitable[LanguageModel]]
"""Chooses the model of a turn."""


class AgentModel:
    """What an agent asks.

    Args:
        model: A model, ``"provider:name"``, or a function that chooses one.
        tools: The agent's tools.
        provided: Tools that the provider of the model runs.
        prompt: What is put before the messages.

    Raises:
        ValueError: When other tools than these are bound to the model; or for a prompt of another type.
        ImportError: For a name, without ``langchain``.
    """

    def __init__(
        self, model: Any, tools: Sequence[BaseTool], provided: Sequence[dict[str, Any]], prompt: Prompt | None
    ) -> None:
        self.prompt = _prompt_of(prompt)
        self.choose: Choice | None = None if isinstance(model, (str, Runnable)) or not callable(model) else model
        self.fixed: Any = None if self.choose else _bound(_named(model), tools, provided)

    @property
    def is_awaited(self) -> bool:
        """Whether it can only be asked on an event loop."""
        awaits_prompt = isinstance(self.prompt, CallSpec) and self.prompt.sync is None
        return awaits_prompt or (self.choose is not None and is_async(self.choose))

    def answer(self, state: Any, config: RunnableConfig, runtime: Runtime[Any] | None) -> Steps[Any]:
        """The model's answer to the messages of a state."""
        __tracebackhide__ = True
        model = yield from self._chosen(state, runtime)
        if isinstance(self.prompt, Runnable) or is_heard(config):
            chain = self._chain if model is self.fixed else self._prompting | model
            return (yield Call(chain.invoke, chain.ainvoke, (state, config)))
        given = yield from _prompted(self.prompt, state)
        return (yield asking(model, given, config))

    def structured(
        self, schema: Any, messages: Any, state: Any, config: RunnableConfig, runtime: Runtime[Any] | None
    ) -> Steps[Any]:
        """The model's answer in the form of a schema. Raises ``TypeError`` for what is no chat model."""
        __tracebackhide__ = True
        model = yield from self._chosen(state, runtime)
        shaped = underlying_model(model).with_structured_output(schema)
        return (yield Call(shaped.invoke, shaped.ainvoke, (messages, config)))

    def _chosen(self, state: Any, runtime: Runtime[Any] | None) -> Steps[Any]:
        if self.choose is None:
            return self.fixed
        return (yield Call(self.choose, self.choose if is_async(self.choose) else None, (state, runtime)))

    @cached_property
    def _prompting(self) -> Runnable[Any, Any]:
        """The prompt as a part of a chain, which reports itself."""
        prompt = self.prompt
        if isinstance(prompt, Runnable):
            return prompt

        def say(state: Any) -> Any:
            return run(_prompted(prompt, state))

        async def asay(state: Any) -> Any:
            return await arun(_prompted(prompt, state))

        return RunnableLambda(say, asay, name=PROMPT_RUNNABLE_NAME)

    @cached_property
    def _chain(self) -> Any:
        return self._prompting | self.fixed


def _prompt_of(prompt: Any) -> CallSpec | Runnable[Any, Any]:
    """How to make of a state what the model is to read. Raises ``ValueError`` for another type."""
    if isinstance(prompt, Runnable):
        return prompt
    if prompt is None:
        return CallSpec(PROMPT_RUNNABLE_NAME, lambda state: value_of(state, "messages"), None)
    if isinstance(prompt, (str, SystemMessage)):
        system = SystemMessage(content=prompt) if isinstance(prompt, str) else prompt
        return CallSpec(PROMPT_RUNNABLE_NAME, lambda state: [system, *value_of(state, "messages")], None)
    if callable(prompt):
        return call_spec(prompt, PROMPT_RUNNABLE_NAME)
    raise ValueError(f"Got unexpected type for `prompt`: {type(prompt)}")


def _prompted(prompt: CallSpec, state: Any) -> Steps[Any]:
    injected = require_scope("A prompt").injected(prompt) if prompt.injects else {}
    function: Any = partial(prompt.sync or prompt.coroutine, **injected)  # type: ignore[arg-type,misc]
    return (yield Call(function, function if prompt.sync is None else None, (state,)))


def _named(model: Any) -> Any:
    """The model of a name; a model as it is."""
    if not isinstance(model, str):
        return model
    try:
        from langchain.chat_models import init_chat_model
    except ImportError:
        raise ImportError(
            "Please install langchain (`pip install langchain`) to use '<provider>:<model>' string syntax for `model` "
            "parameter."
        ) from None
    return init_chat_model(model)


def _bound(model: Any, tools: Sequence[BaseTool], provided: Sequence[dict[str, Any]]) -> Any:
    every = [*tools, *provided]
    return model.bind_tools(every) if should_bind_tools(model, tools, len(provided)) and every else model


def should_bind_tools(model: Any, tools: Sequence[BaseTool], num_builtin: int = 0) -> bool:
    """Whether no tools are bound to a model yet.

    Raises:
        ValueError: When others are than the agent's.
    """
    part = _model_part(model)
    if not isinstance(part, RunnableBinding) or "tools" not in part.kwargs:
        return True
    bound = part.kwargs["tools"]
    if len(tools) != len(bound) - num_builtin:
        raise ValueError(
            "Number of tools in the model.bind_tools() and tools passed to create_react_agent must match"
            f" Got {len(tools)} tools, expected {len(bound) - num_builtin}"
        )
    if missing := {tool.name for tool in tools} - {_name_of(tool) for tool in bound}:
        raise ValueError(f"Missing tools '{missing}' in the model.bind_tools()")
    return False


def _name_of(bound: dict[str, Any]) -> str | None:
    """The name of a tool in OpenAI's form or in Anthropic's; ``None`` in one that is not known."""
    if bound.get("type") == "function":
        return str(bound["function"]["name"])
    return bound.get("name")


def _model_part(model: Any) -> Any:
    """The model in a chain; what is no chain as it is."""
    if not isinstance(model, RunnableSequence):
        return model
    return next((step for step in model.steps if isinstance(step, (RunnableBinding, BaseChatModel))), model)


def underlying_model(model: Any) -> BaseChatModel:
    """The chat model without what is bound to it. Raises ``TypeError`` when it is none."""
    part = _model_part(model)
    if isinstance(part, RunnableBinding):
        part = part.bound
    if not isinstance(part, BaseChatModel):
        raise TypeError(
            f"Expected `model` to be a ChatModel or RunnableBinding (e.g. model.bind_tools(...)), got {type(part)}"
        )
    return part
