"""What a compiled graph says of itself in LangChain's terms: the types and JSON schemas of what it takes and gives.

Knows the plan and the schemas, nothing of runs. Pydantic and langchain-core are loaded when somebody asks.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from langgraph_nb.constants import ROOT
from langgraph_nb.graph.schema import is_pydantic
from langgraph_nb.pregel.parts import Parts
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from pydantic import BaseModel

    from langgraph_nb.channels.base import BaseChannel
    from langgraph_nb.graph.schema import Schema

JsonSchema = dict[str, Any]


class Described(Parts):
    """Types and schemas of a compiled graph."""

    context_schema: Any

    @property
    def InputType(self) -> Any:
        """The type of input, where one channel takes it whole."""
        if isinstance(self.input_channels, str):
            return self.plan.channels[self.input_channels].UpdateType
        return None

    @property
    def OutputType(self) -> Any:
        """The type of output, where it is one channel's value."""
        if isinstance(self.output_channels, str):
            return self.plan.channels[self.output_channels].ValueType
        return None

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A Pydantic model of the input.

        Example:
            >>> from typing_extensions import TypedDict
            >>> from langgraph_nb.graph import START, StateGraph
            >>> class State(TypedDict):
            ...     n: int
            >>> graph = StateGraph(State).add_node("a", lambda state: {"n": 1}).add_edge(START, "a").compile()
            >>> graph.get_input_schema().__name__
            'LangGraphInput'
        """
        from langchain_core.runnables import Runnable

        if isinstance(self.input_channels, str):
            return Runnable.get_input_schema(self, config)  # type: ignore[return-value]
        keys = self.input_channels or self.plan.state_keys
        return self._model("Input", {key: (self.plan.channels[key].UpdateType, None) for key in keys})

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A Pydantic model of the output."""
        from langchain_core.runnables import Runnable

        if isinstance(self.output_channels, str):
            return Runnable.get_output_schema(self, config)  # type: ignore[return-value]
        return self._model("Output", {k: (self.plan.channels[k].ValueType, None) for k in self.output_channels})

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> JsonSchema:
        """The JSON schema of the input.

        Example:
            >>> from typing_extensions import TypedDict
            >>> from langgraph_nb.graph import START, StateGraph
            >>> class State(TypedDict):
            ...     n: int
            >>> graph = StateGraph(State).add_node("a", lambda state: {"n": 1}).add_edge(START, "a").compile()
            >>> graph.get_input_jsonschema()["properties"]
            {'n': {'title': 'N', 'type': 'integer'}}
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> JsonSchema:
        """The JSON schema of the output."""
        return self.get_output_schema(config).model_json_schema()

    def get_context_jsonschema(self) -> JsonSchema | None:
        """The JSON schema of ``Runtime.context``; ``None`` without a context schema.

        Raises:
            ValueError: When that is none of Pydantic model, TypedDict and dataclass.
        """
        schema = self.context_schema
        if schema is None:
            return None
        if is_pydantic(schema):
            found: JsonSchema = schema.model_json_schema()
            return found
        if not (is_typeddict(schema) or dataclasses.is_dataclass(schema)):
            raise ValueError(
                f"Invalid context schema type: {schema}. Must be a BaseModel, TypedDict or dataclass."
            )
        from pydantic import TypeAdapter

        return TypeAdapter(schema).json_schema()

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[BaseModel]:
        """Deprecated: use ``get_context_jsonschema``. A Pydantic model of the config.

        Args:
            include: The fields of ``RunnableConfig`` to have in it besides ``configurable``.
        """
        _warn_of("config_schema", "Use `get_context_jsonschema` for the relevant schema instead.")
        return self._config_schema(include)

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> JsonSchema:
        """Deprecated: use ``get_context_jsonschema``. The JSON schema of the config."""
        _warn_of("get_config_jsonschema", "Use `get_context_jsonschema` instead.")
        return self._config_schema(include).model_json_schema()

    def _config_schema(self, include: Sequence[str] | None) -> type[BaseModel]:
        from langchain_core.runnables import RunnableConfig

        wanted = set(include or ()) - {"configurable"}
        fields = {"configurable": (self.context_schema, None)} if self.context_schema else {}
        fields |= {name: (hint, None) for name, hint in get_type_hints(RunnableConfig).items() if name in wanted}
        return self._model("Config", fields)

    def _model(self, suffix: str, fields: dict[str, Any]) -> type[BaseModel]:
        from langchain_core.utils.pydantic import create_model_v2

        return create_model_v2(self.get_name(suffix), field_definitions=fields)


def _warn_of(name: str, instead: str) -> None:
    warnings.warn(f"`{name}` is deprecated. {instead}", category=LangGraphDeprecatedSinceV10, stacklevel=3)


def json_schema_of(schema: Schema, channels: Mapping[str, BaseChannel[Any, Any, Any]], name: str) -> JsonSchema:
    """The JSON schema of a state's class; of one that Pydantic does not know, that of a model called ``name``."""
    from langchain_core.utils.pydantic import create_model_v2
    from pydantic import TypeAdapter

    if is_pydantic(schema.source):
        found: JsonSchema = schema.source.model_json_schema()
        return found
    if is_typeddict(schema.source):
        return TypeAdapter(schema.source).json_schema()
    if schema.is_root:
        return create_model_v2(name, root=(channels[ROOT].UpdateType, None)).model_json_schema()
    types = {key: channels[key].UpdateType for key in schema.channels if key in channels}
    fields: dict[str, Any] = {key: (hint, _default_of(schema.source, key, hint)) for key, hint in types.items()}
    return create_model_v2(name, field_definitions=fields).model_json_schema()


def _default_of(source: Any, key: str, hint: Any) -> Any:
    """A field's default; ``None`` where the annotation allows that, ``...`` where it has to be given."""
    for field in dataclasses.fields(source) if dataclasses.is_dataclass(source) else ():
        if field.name == key and field.default not in (dataclasses.MISSING, ...):
            return field.default
        if field.name == key and field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
    return None if _allows_none(hint) else ...


def _allows_none(hint: Any) -> bool:
    from types import UnionType

    return hint is None or (get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint))
