"""What searches by meaning compare: texts of documents, and the vectors that embeddings make of them. Keeps none."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from langgraph_nb.store.base import (
    IndexConfig,
    Op,
    PutOp,
    SearchOp,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)
from langgraph_nb.store.vectors import Vector

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

_Asking = Generator[tuple[str, Any], Any, "Embedded"]
"""Yields calls of the embeddings, (method, argument), and is sent what they give."""


class Embedded(NamedTuple):
    """Text -> its vector, for all that a batch looks for and all that it stores."""

    queries: Mapping[str, Vector]
    texts: Mapping[str, Vector]


class TextIndex:
    """Which texts of documents are compared, and by which embeddings.

    Args:
        config: As a store was given it; without any, nothing is compared.

    Example:
        >>> index = TextIndex({"dims": 1, "embed": lambda texts: [[len(text)] for text in texts], "fields": ["text"]})
        >>> index.embed([PutOp(("notes",), "a", {"text": "four"}), SearchOp((), query="me")])
        Embedded(queries={'me': [2]}, texts={'four': [4]})
    """

    def __init__(self, config: Mapping[str, Any] | None) -> None:
        self.config = cast("IndexConfig | None", {**config} if config else None)
        self.embeddings: Embeddings | None = ensure_embeddings(config.get("embed")) if config else None
        self._paths = [_tokens(path) for path in (config or {}).get("fields") or ["$"]]

    def texts(self, op: PutOp) -> Iterator[str]:
        """The texts of an item that are compared."""
        if self.embeddings is not None and op.value is not None and op.index is not False:
            for path in self._paths if op.index is None else map(_tokens, op.index):
                yield from get_text_at_path(op.value, path)

    def embed(self, ops: Iterable[Op]) -> Embedded:
        """The vectors that a batch needs."""
        asking, answer = self._asking(ops), None
        try:
            while True:
                method, argument = asking.send(answer)
                answer = getattr(self.embeddings, method)(argument)
        except StopIteration as done:
            return cast(Embedded, done.value)

    async def aembed(self, ops: Iterable[Op]) -> Embedded:
        """``embed``, awaited."""
        asking, answer = self._asking(ops), None
        try:
            while True:
                method, argument = asking.send(answer)
                answer = await getattr(self.embeddings, f"a{method}")(argument)
        except StopIteration as done:
            return cast(Embedded, done.value)

    def _asking(self, ops: Iterable[Op]) -> _Asking:
        """Each text is asked for once. Of several writes of one key only the last one's are."""
        queries: dict[str, Vector] = {}
        vectors: dict[str, Vector] = {}
        if self.embeddings is not None:
            for query in dict.fromkeys(op.query for op in ops if isinstance(op, SearchOp) and op.query):
                queries[query] = yield "embed_query", query
            if texts := list(dict.fromkeys(text for op in last_puts(ops) for text in self.texts(op))):
                vectors = dict(zip(texts, (yield "embed_documents", texts), strict=True))
        return Embedded(queries, vectors)

    def check_lengths(self, embedded: Embedded) -> None:
        """Raise ``ValueError`` for a vector that has not as many numbers as the index says."""
        dims = (self.config or {}).get("dims")
        vectors = (*embedded.queries.values(), *embedded.texts.values())
        wrong = [len(vector) for vector in vectors if len(vector) != dims]
        if wrong and dims:
            raise ValueError(
                f"The embeddings gave a vector of {wrong[0]} numbers, and the store's index has dims={dims}. "
                "Give the index the length of its vectors."
            )


def last_puts(ops: Iterable[Op]) -> list[PutOp]:
    """The writes of a batch, of those of one key only the last.

    Example:
        >>> [op.value for op in last_puts([PutOp(("n",), "a", {"n": 1}), PutOp(("n",), "a", {"n": 2})])]
        [{'n': 2}]
    """
    return list({(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}.values())


def _tokens(path: str) -> list[str]:
    """A path, ready to be looked up; none at all is the whole document."""
    return [] if path == "$" else tokenize_path(path)
