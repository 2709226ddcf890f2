"""Whether a node that failed is tried again, and when. Chance is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langgraph_nb.types import RetryPolicy


def next_attempt(
    policies: Sequence[RetryPolicy], attempt: int, error: Exception, chance: Callable[[], float]
) -> float | None:
    """Seconds to wait before the next attempt, by the first policy that is for such an error; ``None`` for no more.

    Args:
        policies: The node's.
        attempt: Which one failed; the first is 1.
        error: How.
        chance: A number between 0 and 1.

    Raises:
        TypeError: When a policy does not say which errors it is for.

    Example:
        >>> policy = RetryPolicy(initial_interval=1.0, max_interval=3.0, jitter=False, max_attempts=4)
        >>> [next_attempt([policy], attempt, ConnectionError(), lambda: 0.0) for attempt in (1, 2, 3, 4)]
        [1.0, 2.0, 3.0, None]
    """
    policy = next((policy for policy in policies if _is_for(policy, error)), None)
    if policy is None or attempt >= policy.max_attempts:
        return None
    interval = min(policy.max_interval, policy.initial_interval * policy.backoff_factor ** (attempt - 1))
    return interval + (chance() if policy.jitter else 0.0)


def _is_for(policy: RetryPolicy, error: Exception) -> bool:
    retry_on: Any = policy.retry_on
    if isinstance(retry_on, Sequence):
        return isinstance(error, tuple(retry_on))
    if isinstance(retry_on, type) and issubclass(retry_on, Exception):
        return isinstance(error, retry_on)
    if callable(retry_on):
        return bool(retry_on(error))
    raise TypeError("retry_on must be an Exception class, a list or tuple of Exception classes, or a callable")
