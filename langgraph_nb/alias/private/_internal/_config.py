"""Configs put together."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config as complete
from langchain_core.runnables.config import merge_configs, patch_config

from langgraph_nb.constants import CONF

__all__ = ["ensure_config", "merge_configs", "patch_config", "patch_configurable"]


def ensure_config(*configs: RunnableConfig | None) -> RunnableConfig:
    """These configs in one, over the one of the running code, with every key there is."""
    return complete(merge_configs(*configs) if any(configs) else None)


def patch_configurable(config: RunnableConfig | None, patch: dict[str, Any]) -> RunnableConfig:
    """A copy of a config with other ``configurable`` values."""
    given = config or {}
    return {**given, CONF: {**given.get(CONF, {}), **patch}}
