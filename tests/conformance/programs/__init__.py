"""The programs, by what they are about. Each is written once, and found by ``load``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from ..harness import SAVERS, Program

STORED = ("memory", "sqlite")
"""For programs about what is kept between runs."""
PURE = ("none",)
"""For programs about what has nothing to do with a saver."""
TOPICS = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))


@dataclass(frozen=True)
class Registered:
    """A program, the features that it covers (row ids of the feature inventory), the savers that it runs with."""

    run: Program
    features: tuple[str, ...]
    savers: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def topic(self) -> str:
        return self.run.__module__.rpartition(".")[2]


PROGRAMS: list[Registered] = []


def program(*features: str, savers: tuple[str, ...] = SAVERS) -> Callable[[Program], Program]:
    """Register a function as a program."""

    def register(function: Program) -> Program:
        PROGRAMS.append(Registered(function, features, savers))
        return function

    return register


def typed(name: str, keys: dict[str, Any], total: bool = True) -> Any:
    """A TypedDict whose keys are made while the program runs."""
    return TypedDict(name, keys, total=total)


def load() -> list[Registered]:
    """All programs in the order of the topics, whichever was imported first."""
    for topic in TOPICS:
        importlib.import_module(f"{__name__}.{topic}")
    return sorted(PROGRAMS, key=lambda program: TOPICS.index(program.topic))
