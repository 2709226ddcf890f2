"""What a channel is: a value, how updates change it, and the form it is stored in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

from langgraph_nb.errors import EmptyChannelError

Value = TypeVar("Value")
Update = TypeVar("Update")
Checkpoint = TypeVar("Checkpoint")


class _Missing:
    """The one value that stands for "no value"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Any = _Missing()


class BaseChannel(ABC, Generic[Value, Update, Checkpoint]):
    """A named place in a graph's state.

    The engine reads it with :meth:`get`, hands it a superstep's writes with :meth:`update`, and stores what
    :meth:`checkpoint` gives. A kind of channel of your own implements those three and :meth:`from_checkpoint`.

    Example:
        >>> from langgraph_nb.channels import LastValue
        >>> channel = LastValue(int, "n")
        >>> channel.update([1]), channel.get(), channel.is_available()
        (True, 1, True)
    """

    __slots__ = ("key", "typ")

    forgets: ClassVar[bool] = True
    """Whether ``update([])``, called in steps that do not write the channel, may change it.

    Kinds that keep their value say False, and a step then costs them nothing."""
    finishes: ClassVar[bool] = False
    """Whether :meth:`finish` may change it."""
    consumed: ClassVar[bool] = False
    """Whether :meth:`consume` may change it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take a class that brings its own methods to mean them, whatever its parent said of its own."""
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        for method, flag in (("update", "forgets"), ("finish", "finishes"), ("consume", "consumed")):
            if method in own and flag not in own:
                setattr(cls, flag, True)
        if "update" in own and "after" not in own:
            cls.after = BaseChannel.after  # type: ignore[method-assign]

    def __init__(self, typ: Any, key: str = "") -> None:
        self.typ = typ
        self.key = key

    @property
    @abstractmethod
    def ValueType(self) -> Any:
        """The type of what is read."""

    @property
    @abstractmethod
    def UpdateType(self) -> Any:
        """The type of one update."""

    @abstractmethod
    def get(self) -> Value:
        """The value. Raises ``EmptyChannelError`` when there is none yet."""

    @abstractmethod
    def update(self, values: Sequence[Update]) -> bool:
        """Take a superstep's updates, in order; none, in steps that did not write it. Returns whether it changed.

        Raises ``InvalidUpdateError`` for updates it cannot take.
        """

    @abstractmethod
    def from_checkpoint(self, checkpoint: Checkpoint | Any) -> Self:
        """A channel of the same configuration with a stored value, or none for ``MISSING``."""

    def after(self, values: Sequence[Update]) -> Value | Any:
        """The value as it would be after an update, or ``MISSING``. The channel itself does not change."""
        channel = self.copy()
        channel.update(values)
        return channel.get() if channel.is_available() else MISSING

    def checkpoint(self) -> Checkpoint | Any:
        """What to store, or ``MISSING``."""
        try:
            return self.get()
        except EmptyChannelError:
            return MISSING

    def copy(self) -> Self:
        """A channel with the same value, changed independently."""
        return self.from_checkpoint(self.checkpoint())

    def is_available(self) -> bool:
        """Whether it has a value."""
        try:
            self.get()
        except EmptyChannelError:
            return False
        return True

    def consume(self) -> bool:
        """Called when a task that the channel triggered has run. Returns whether it changed."""
        return False

    def finish(self) -> bool:
        """Called when nothing is left to run. Returns whether it changed."""
        return False


class ValueChannel(BaseChannel[Value, Update, Value]):
    """A channel that stores exactly what it holds in ``value``."""

    __slots__ = ("value",)

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.value: Any = MISSING

    @property
    def ValueType(self) -> Any:
        return self.typ

    @property
    def UpdateType(self) -> Any:
        return self.typ

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._like() == other._like()

    def __hash__(self) -> int:
        return hash(type(self))

    def _like(self) -> tuple[Any, ...]:
        """What two channels of the same configuration share: what they are made with, after the type."""
        return ()

    def _empty(self) -> Self:
        """A channel of the same configuration without a value."""
        new = type(self)(self.typ, *self._like())
        new.key = self.key
        return new

    def from_checkpoint(self, checkpoint: Value | Any) -> Self:
        new = self._empty()
        if checkpoint is not MISSING:
            new.value = checkpoint
        return new

    def copy(self) -> Self:
        new = self._empty()
        new.value = self.value
        return new

    def get(self) -> Value:
        if self.value is MISSING:
            raise EmptyChannelError(self.key)
        return self.value  # type: ignore[no-any-return]

    def checkpoint(self) -> Value | Any:
        return self.value

    def is_available(self) -> bool:
        return self.value is not MISSING
