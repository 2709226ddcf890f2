"""Which documents are nearest to a query: the cosine of the angle between vectors. With numpy where there is one."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

Vector = Sequence[float]
T = TypeVar("T")


class Nearness(Generic[T]):
    """Vectors, each of one thing, ready to be compared with a query.

    Args:
        rows: Pairs of a thing and a vector of it; a thing may have several.

    Example:
        >>> near = Nearness([("north", [0.0, 1.0]), ("east", [1.0, 0.0])])
        >>> [thing for thing, score in near.ranked([0.1, 2.0])]
        ['north', 'east']
    """

    def __init__(self, rows: Iterable[tuple[T, Vector]]) -> None:
        pairs = list(rows)
        self.things = [thing for thing, _ in pairs]
        self._scores = _scores_with([vector for _, vector in pairs])

    def ranked(self, query: Vector) -> Iterator[tuple[T, float]]:
        """The things with their scores from -1 to 1, the nearest first; of things equally near, the first one first."""
        for place, score in self._scores(query):
            yield self.things[place], score


def _scores_with(vectors: Sequence[Vector]) -> Any:
    """A function of a query: (place of a vector, its score), the best first."""
    if not vectors:
        return lambda query: iter(())
    return _with_numpy(vectors) if importlib.util.find_spec("numpy") else _without_numpy(vectors)


def _with_numpy(vectors: Sequence[Vector]) -> Any:
    import numpy as np

    matrix = np.asarray(vectors, dtype=float)
    lengths = np.linalg.norm(matrix, axis=1)

    def scores(query: Vector) -> Iterator[tuple[int, float]]:
        sizes = lengths * np.linalg.norm(query)
        found = np.divide(matrix @ np.asarray(query, dtype=float), sizes, out=np.zeros(len(sizes)), where=sizes != 0)
        for place in np.argsort(-found, kind="stable"):
            yield int(place), float(found[place])

    return scores


def _without_numpy(vectors: Sequence[Vector]) -> Any:
    lengths = [math.hypot(*vector) for vector in vectors]

    def scores(query: Vector) -> Iterator[tuple[int, float]]:
        size = math.hypot(*query)
        found = [
            sum(map(_times, query, vector)) / (size * length) if size and length else 0.0
            for vector, length in zip(vectors, lengths, strict=True)
        ]
        for place in sorted(range(len(found)), key=lambda place: -found[place]):
            yield place, found[place]

    return scores


def _times(left: float, right: float) -> float:
    return left * right
