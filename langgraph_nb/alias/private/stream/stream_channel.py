"""Where a projection puts what it makes."""

from typing import Generic, TypeVar

__all__ = ["StreamChannel"]

T = TypeVar("T")


class StreamChannel(Generic[T]):
    """Values as they come; for subclasses and annotations."""

    def __init__(self, name: str | None = None, *, maxlen: int | None = None) -> None:
        self.name = name
        self.maxlen = maxlen
