"""A plain function as LangChain's ``Embeddings``. Loading this loads langchain-core."""

from __future__ import annotations

import inspect
from typing import Any

from langchain_core.embeddings import Embeddings

from langgraph_nb.store.base.embed import AEmbeddingsFunc, EmbeddingsFunc


class EmbeddingsLambda(Embeddings):
    """Embeddings made by a function. An async one serves async calls only.

    Example:
        >>> EmbeddingsLambda(lambda texts: [[1.0, 0.0] for _ in texts]).embed_documents(["a", "b"])
        [[1.0, 0.0], [1.0, 0.0]]
    """

    def __init__(self, func: EmbeddingsFunc | AEmbeddingsFunc) -> None:
        if func is None:
            raise ValueError("func must be provided")
        call: Any = getattr(func, "__call__", None)  # noqa: B004 - an object may be async in its method only
        is_async = inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(call)
        self.func: Any = None if is_async else func
        self.afunc: Any = func if is_async else None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text."""
        if self.func is None:
            raise ValueError(
                "EmbeddingsLambda was initialized with an async function but no sync function. "
                "Use aembed_documents for async operation or provide a sync function."
            )
        found: list[list[float]] = self.func(texts)
        return found

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """``embed_documents``, awaited."""
        if self.afunc is None:
            return await super().aembed_documents(texts)
        found: list[list[float]] = await self.afunc(texts)
        return found

    async def aembed_query(self, text: str) -> list[float]:
        """``embed_query``, awaited."""
        return (await self.aembed_documents([text]))[0]
