"""The node that checks what a model calls tools with, and calls none: for extraction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool, create_schema_from_function
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ValidationError
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic.v1 import ValidationError as ValidationErrorV1
from typing_extensions import deprecated

from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

__all__ = ["ValidationNode"]

Schema = type[BaseModel] | type[BaseModelV1]


def _told(error: BaseException, call: ToolCall, schema: Schema) -> str:
    return f"{error!r}\n\nRespond after fixing all validation errors."


@deprecated(
    "ValidationNode is deprecated. Please use `create_agent` from `langchain.agents` with custom tool error handling.",
    category=LangGraphDeprecatedSinceV10,
)
class ValidationNode(Runnable[Any, Any]):
    """A node that answers the tool calls of the last message with what their schemas make of them, or what is wrong.

    Args:
        schemas: What may be called: Pydantic models, tools, or functions, whose signature counts.
        format_error: What the model is told of an error: ``format_error(error, call, schema)``.
        name: What the node is called.
        tags: For tracers.

    Raises:
        ValueError: For something else, or a tool without a Pydantic schema.

    Example:
        >>> import warnings
        >>> def pick(number: int) -> None:
        ...     "Picks a number."
        >>> with warnings.catch_warnings(action="ignore"):
        ...     node = ValidationNode([pick])
        >>> call = ToolCall(name="pick", args={"number": "7"}, id="1")
        >>> node.invoke([AIMessage("", tool_calls=[call])])
        [ToolMessage(content='{"number":7}', name='pick', tool_call_id='1')]
    """

    def __init__(
        self,
        schemas: Sequence[BaseTool | type[BaseModel] | Callable[..., Any]],
        *,
        format_error: Callable[[BaseException, ToolCall, type[BaseModel]], str] | None = None,
        name: str = "validation",
        tags: list[str] | None = None,
    ) -> None:
        self.name = name
        self.tags = tags
        self._format_error: Callable[..., str] = format_error or _told
        self.schemas_by_name: dict[str, Any] = dict(map(_named, schemas))

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Check the calls of the last message in ``input``: a state with ``messages``, or a list of messages.

        Raises:
            ValueError: When there is no message, or the last is not a model's.
        """
        messages = input if isinstance(input, list) else input.get("messages")
        if not messages and not isinstance(input, list):
            raise ValueError("No message found in input")
        if not isinstance(messages[-1], AIMessage):
            raise ValueError("Last message is not an AIMessage")
        answers = [self._answer(call) for call in messages[-1].tool_calls]
        return answers if isinstance(input, list) else {"messages": answers}

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """``invoke``: it does not take long."""
        return self.invoke(input, config)

    def _answer(self, call: ToolCall) -> ToolMessage:
        schema = self.schemas_by_name[call["name"]]
        try:
            content, wrong = _as_json(schema, call["args"]), {}
        except (ValidationError, ValidationErrorV1) as error:
            content, wrong = self._format_error(error, call, schema), {"is_error": True}
        return ToolMessage(content, name=call["name"], tool_call_id=call["id"], additional_kwargs=wrong)


def _named(schema: Any) -> tuple[str, Schema]:
    """A schema with the name that the model calls it by."""
    if isinstance(schema, BaseTool):
        return schema.name, _of_tool(schema)
    if isinstance(schema, type) and issubclass(schema, (BaseModel, BaseModelV1)):
        return schema.__name__, schema
    if callable(schema):
        return schema.__name__, create_schema_from_function("Validation", schema)
    raise ValueError(
        f"Unsupported input to ValidationNode. Expected BaseModel, tool or function. Got: {type(schema)}."
    )


def _of_tool(tool: BaseTool) -> Schema:
    schema: Any = tool.args_schema
    if schema is None:
        raise ValueError(f"Tool {tool.name} does not have an args_schema defined.")
    if not (isinstance(schema, type) and is_basemodel_subclass(schema)):
        raise ValueError(
            "Validation node only works with tools that have a pydantic BaseModel args_schema. "
            f"Got {tool.name} with args_schema: {schema}."
        )
    return schema


def _as_json(schema: Any, args: Any) -> str:
    found = schema.model_validate(args) if issubclass(schema, BaseModel) else schema.validate(args)
    return str(found.model_dump_json() if isinstance(found, BaseModel) else found.json())
