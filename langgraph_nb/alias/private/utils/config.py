"""The old path of what is in ``langgraph.config``; it answers outside of a node too, where a config was set by hand."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config

from langgraph_nb import config as here
from langgraph_nb.alias.private._internal._config import ensure_config, patch_configurable
from langgraph_nb.alias.private._internal._constants import CONFIG_KEY_RUNTIME
from langgraph_nb.constants import CONF
from langgraph_nb.scope import current_scope

__all__ = ["ensure_config", "get_config", "get_store", "patch_configurable"]


def get_config() -> RunnableConfig:
    """The config of the running code. Raises ``RuntimeError`` when there is none."""
    found = var_child_runnable_config.get()
    return found if found and current_scope.get() is None else here.get_config()


def get_store() -> Any:
    """The store of the runtime in that config. Raises ``RuntimeError`` when there is none."""
    if current_scope.get() is not None:
        return here.get_store()
    runtime = get_config().get(CONF, {}).get(CONFIG_KEY_RUNTIME)
    return here.get_store() if runtime is None else runtime.store
