"""Generated graphs and runs: both packages do what a reference interpreter does.

    python -m pytest tests/model                          # 2,000 examples, always the same ones
    MODEL_EXAMPLES=20000 python -m pytest tests/model     # that many new ones

LangGraph is slow, so it plays a quarter of them. An example that fails is shrunk, and printed as data.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import pprint
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from tests.conformance.harness import OURS, SAVERS, THEIRS, Setting
from tests.conformance.savers import open_saver

from .generated import scenarios
from .interpreter import Session, Undefined
from .player import Player
from .spec import Act, Scenario, Seen

ON_DEMAND = int(os.environ.get("MODEL_EXAMPLES") or 0)
WAYS = [Setting(is_async, saver) for is_async in (False, True) for saver in SAVERS]
threads = itertools.count()


def examples(count: int) -> settings:
    """This many of every 2,000 examples. Nothing is kept from run to run, so that CI can be repeated."""
    return settings(
        max_examples=count * (ON_DEMAND or 2000) // 2000,
        derandomize=not ON_DEMAND,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


class Way:
    """How scenarios are played: sync or async, and with one of the savers."""

    def __init__(self, setting: Setting, open_one: Callable[[str], Any], runner: asyncio.Runner) -> None:
        self.setting = setting
        self.savers = {package: open_one(package) for package in (OURS, THEIRS)}
        self.runner = runner if setting.is_async else None

    def check(self, scenario: Scenario, *packages: str) -> None:
        thread = str(next(threads))
        players = {p: Player(p, scenario.graph, self.savers[p], thread, self.runner) for p in packages}
        session = Session(scenario.graph, stores=self.setting.saver != "none")
        for act in scenario.acts:
            try:
                expected = session.perform(act)
            except Undefined:
                reject()
            if session.differs:
                players.pop(THEIRS, None)
            for package, player in players.items() if expected else ():
                compare(package, act, expected, player.perform(act, session, look=expected.state is not None))


def compare(package: str, act: Act, expected: Seen, seen: Seen) -> None:
    for name in ("error", "ran", "chunks", "state"):
        wanted, got = getattr(expected, name), getattr(seen, name)
        if wanted is not None and wanted != got:
            texts = f"expected: {pprint.pformat(wanted)}\n     seen: {pprint.pformat(got)}"
            raise AssertionError(f"{package} differs in {name!r} after {act}\n{texts}")


@pytest.fixture(scope="module", params=WAYS, ids=str)
def way(request: Any, tmp_path_factory: Any) -> Iterator[Way]:
    with asyncio.Runner() as runner, ExitStack() as stack:
        folder = tmp_path_factory.mktemp("model")
        yield Way(request.param, lambda package: open_saver(package, request.param, folder, runner, stack), runner)
    gc.collect()


@examples(250)
@given(scenario=scenarios())
def test_the_engine_does_what_the_interpreter_does(way: Way, scenario: Scenario) -> None:
    way.check(scenario, OURS)


@pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object arun_with_retry")  # it forgets some
@examples(84)
@given(scenario=scenarios())
def test_the_engine_and_langgraph_do_what_the_interpreter_does(way: Way, scenario: Scenario) -> None:
    way.check(scenario, OURS, THEIRS)
