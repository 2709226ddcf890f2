"""Signs of life of the claims that this process has made, for processes that cannot see whether it lives.

One thread for all savers, which ends when there is nothing to give signs of. A sign that cannot be given does no harm:
the next one comes before anybody takes the claim for void.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from langgraph_nb.checkpoint.claims import BEAT, Claim
from langgraph_nb.daemons import Daemon

_lock = threading.Lock()
_claims: WeakKeyDictionary[Any, WeakSet[Claim]] = WeakKeyDictionary()
"""Saver -> the claims made in its database."""
_threads: list[threading.Thread] = []


def keep_alive(saver: Any, claim: Claim) -> None:
    """Give signs of life of a claim, for as long as it stands.

    Args:
        saver: Has made the claim; its method ``beat`` takes claims.
        claim: The claim.
    """
    with _lock:
        _claims.setdefault(saver, WeakSet()).add(claim)
        if not any(thread.is_alive() for thread in _threads):  # Ctrl-C may have come before one was started
            _threads[:] = [Daemon(_work, "langgraph-nb-claims")]
            _threads[0].start()


def _work() -> None:
    pause = threading.Event()
    while not pause.wait(BEAT):
        if not beat_once():
            return


def beat_once() -> bool:
    """Give a sign of each claim that stands. Without any, ``False``: the thread is to end."""
    with _lock:
        standing = [(saver, [c for c in claims if c.stands()]) for saver, claims in _claims.items()]
        for saver, claims in standing:
            _claims[saver] = WeakSet(claims)
        if not any(claims for _, claims in standing):
            _threads.clear()
            return False
    for saver, claims in standing:
        if claims:
            with suppress(Exception):  # the run that has to store something is told what is wrong with the database
                saver.beat(claims)
    return True


def _forget_all() -> None:
    global _lock
    _lock = threading.Lock()
    _claims.clear()
    _threads.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
