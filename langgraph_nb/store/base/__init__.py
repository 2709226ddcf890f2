"""What a store is: its documents, its operations, and the class that every store derives from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.store.base.embed import (
    AEmbeddingsFunc,
    EmbeddingsFunc,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)
from langgraph_nb.store.base.namespaces import InvalidNamespaceError, validate_op_namespace
from langgraph_nb.store.base.operations import (
    NOT_PROVIDED,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    NamespaceMatchType,
    NamespacePath,
    NotProvided,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)
from langgraph_nb.store.base.store import BaseStore

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = [
    "AEmbeddingsFunc", "BaseStore", "Embeddings", "EmbeddingsFunc", "GetOp", "IndexConfig", "InvalidNamespaceError",
    "Item", "ListNamespacesOp", "MatchCondition", "NOT_PROVIDED", "NamespaceMatchType", "NamespacePath", "NotProvided",
    "Op", "PutOp", "Result", "SearchItem", "SearchOp", "TTLConfig", "ensure_embeddings", "get_text_at_path",
    "tokenize_path", "validate_op_namespace",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "Embeddings":  # loads langchain-core
        from langchain_core.embeddings import Embeddings

        return Embeddings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
