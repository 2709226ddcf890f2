"""Which documents are nearest to a query: the cosine of the angle between vectors. With numpy where there is one."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vector = Sequence[float]
T = TypeVar("T")
_FIRST, _MORE = 64, 8
"""How many are sorted at first, and how many times as many when those are not enough."""
_ROUGHNESS = 1e-4
"""More than the error of a cosine in 32 bits."""


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
    """Numbers of 32 bits, a fifth of the work, say which vectors are near; those alone are compared exactly."""
    import numpy as np

    exact = unit_rows(np.asarray(vectors, dtype=float))
    rough = exact.astype(np.float32)

    def scores(query: Vector) -> Iterator[tuple[int, float]]:
        wanted = unit_rows(np.asarray([query], dtype=float))[0]
        places, found = np.empty(0, int), np.empty(0)
        for some, limit in _rounds(rough @ wanted.astype(np.float32)):
            places = np.append(places, some)
            found = np.append(found, np.einsum("ij,j->i", exact[some], wanted))
            sure = found >= limit + _ROUGHNESS
            order = np.lexsort((places[sure], -found[sure]))
            yield from zip(places[sure][order].tolist(), found[sure][order].tolist(), strict=True)
            places, found = places[~sure], found[~sure]

    return scores


def unit_rows(matrix: NDArray[Any]) -> NDArray[Any]:
    """The rows of a matrix, each divided by its length; a row of nothing but zeros stays as it is."""
    import numpy as np

    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(lengths == 0, 1, lengths)


def highest_first(scores: NDArray[Any]) -> Iterator[int]:
    """Where the highest scores are, of equal ones the first first. Sorts no more of them than are asked for.

    Example:
        >>> import numpy as np
        >>> list(highest_first(np.array([0.5, 1.0, 0.5])))
        [1, 0, 2]
    """
    import numpy as np

    for places, _ in _rounds(scores):
        yield from places[np.argsort(-scores[places], kind="stable")].tolist()


def _rounds(scores: NDArray[Any]) -> Iterator[tuple[NDArray[Any], float]]:
    """Ever more places of ever lower scores, unsorted, each time with what all that follow are lower than."""
    import numpy as np

    above, size = np.inf, _FIRST
    while size < len(scores):
        limit = float(np.partition(scores, -size)[-size])
        yield np.flatnonzero((scores < above) & (scores >= limit)), limit
        above, size = limit, size * _MORE
    yield np.flatnonzero(scores < above), -np.inf


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
