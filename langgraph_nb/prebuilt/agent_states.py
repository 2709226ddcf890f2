"""What the state of a ready-made agent has.

Annotations are evaluated here, so that ``TypedDict`` sees which keys are optional.
"""

import warnings
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from langchain_core.messages import BaseMessage
from pydantic import BaseModel
from typing_extensions import TypedDict, deprecated

from langgraph_nb.graph.message import add_messages
from langgraph_nb.managed import RemainingSteps
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

StructuredResponseSchema = dict[str, Any] | type[BaseModel]


@deprecated(
    "AgentState has been moved to `langchain.agents`. Please update your import to "
    "`from langchain.agents import AgentState`.",
    category=LangGraphDeprecatedSinceV10,
)
class AgentState(TypedDict):
    """Messages, and how many steps are left.

    Example:
        >>> sorted(AgentState.__annotations__)
        ['messages', 'remaining_steps']
    """

    messages: Annotated[Sequence[BaseMessage], add_messages]
    remaining_steps: NotRequired[RemainingSteps]


@deprecated(
    "AgentStatePydantic has been deprecated in favor of AgentState in `langchain.agents`.",
    category=LangGraphDeprecatedSinceV10,
)
class AgentStatePydantic(BaseModel):
    """The same as a Pydantic model.

    Example:
        >>> sorted(AgentStatePydantic.model_fields)
        ['messages', 'remaining_steps']
    """

    messages: Annotated[Sequence[BaseMessage], add_messages]
    remaining_steps: RemainingSteps = 25


with warnings.catch_warnings(action="ignore", category=LangGraphDeprecatedSinceV10):

    @deprecated(
        "AgentStateWithStructuredResponse has been deprecated in favor of AgentState in `langchain.agents`.",
        category=LangGraphDeprecatedSinceV10,
    )
    class AgentStateWithStructuredResponse(AgentState):
        """Also the answer in the form that was asked for.

        Example:
            >>> sorted(AgentStateWithStructuredResponse.__required_keys__)
            ['messages', 'structured_response']
        """

        structured_response: dict[str, Any] | BaseModel

    @deprecated(
        "AgentStateWithStructuredResponsePydantic has been deprecated in favor of AgentState in `langchain.agents`.",
        category=LangGraphDeprecatedSinceV10,
    )
    class AgentStateWithStructuredResponsePydantic(AgentStatePydantic):
        """The same as a Pydantic model.

        Example:
            >>> sorted(AgentStateWithStructuredResponsePydantic.model_fields)
            ['messages', 'remaining_steps', 'structured_response']
        """

        structured_response: dict[str, Any] | BaseModel


StateSchemaType = type[Any]


def value_of(state: Any, key: str) -> Any:
    """What a state holds under a key, be it a dict or an object; ``None`` if nothing."""
    return state.get(key) if isinstance(state, dict) else getattr(state, key, None)
