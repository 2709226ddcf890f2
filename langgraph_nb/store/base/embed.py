"""What makes vectors of texts: LangChain's ``Embeddings``, a plain function, or the name of a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langgraph_nb.store.base.paths import get_text_at_path, tokenize_path

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from langgraph_nb.store.base.functions import EmbeddingsLambda

__all__ = ["AEmbeddingsFunc", "EmbeddingsFunc", "EmbeddingsLambda", "ensure_embeddings", "get_text_at_path",
           "tokenize_path"]  # fmt: skip

EmbeddingsFunc = Callable[[Sequence[str]], list[list[float]]]
"""Texts -> a vector for each."""
AEmbeddingsFunc = Callable[[Sequence[str]], Awaitable[list[list[float]]]]


def ensure_embeddings(embed: Embeddings | EmbeddingsFunc | AEmbeddingsFunc | str | None) -> Embeddings:
    """``embed`` as LangChain's ``Embeddings``.

    Args:
        embed: ``Embeddings``, a function of a list of texts, sync or async, or a model as ``"provider:name"``.

    Raises:
        ValueError: Without any; for a name, when ``langchain`` is not installed.

    Example:
        >>> ensure_embeddings(lambda texts: [[float(len(text))] for text in texts]).embed_query("four")
        [4.0]
    """
    if embed is None:
        raise ValueError("embed must be provided")
    if isinstance(embed, str):
        return _by_name(embed)
    from langchain_core.embeddings import Embeddings

    from langgraph_nb.store.base.functions import EmbeddingsLambda

    return embed if isinstance(embed, Embeddings) else EmbeddingsLambda(embed)


def _by_name(model: str) -> Embeddings:
    if find_spec("langchain") is None:
        raise ValueError(
            f"Could not load embeddings from string '{model}'. langchain is not installed; loading embeddings by "
            "provider:identifier string requires langchain>=0.3.9 as well as the provider-specific package. "
            "Install them, or give 'embed' as an Embeddings object or a function."
        )
    from langchain.embeddings import init_embeddings

    found: Embeddings = init_embeddings(model)
    return found


def __getattr__(name: str) -> Any:
    if name == "EmbeddingsLambda":  # loads langchain-core
        from langgraph_nb.store.base.functions import EmbeddingsLambda

        return EmbeddingsLambda
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
