"""What is put on every stored row, so that damage, and data in the wrong place, is noticed when it is read.

Theory of operation. A row's bytes are *closed* with the bytes of its *place*: which thread, namespace, table and key it
is stored under. They can be *opened* only in the same place, and only if no bit has changed. ``Checksum``, the default,
appends a keyed digest; it guards against accidents, and costs eight bytes. A seal that encrypts (authenticated, the
place as associated data) guards against people too; a serializer brings it along as its attribute ``seal``.

This file knows neither tables nor values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

import ormsgpack

from langgraph_nb.checkpoint.serde.base import CorruptData, SerializerProtocol

__all__ = [
    "BrokenSeal", "CheckpointCorrupt", "Checksum", "FirstKey", "Kit", "Seal", "WritesLost", "kit_of",
    "place",
]  # fmt: skip

ENCRYPTED: Final = b"\xe1"
"""What every row that is encrypted begins with, and the body of no other."""
_DIGEST: Final = 8

place: Callable[[tuple[str | int | None, ...]], bytes] = ormsgpack.packb
"""The bytes of a place: (format version, table, thread id, namespace, key...). No two places have the same."""


class BrokenSeal(CorruptData):
    """Bytes were changed, cut, or belong to another place. Readers turn it into ``CheckpointCorrupt``."""


@runtime_checkable
class Seal(Protocol):
    """Closes bytes so that they can be opened only unchanged and in the same place.

    Example:
        >>> seal: Seal = Checksum()
        >>> here = place((2, "blob", "thread 1", "", 7))
        >>> seal.open(seal.close(b"data", here), here)
        b'data'
    """

    def close(self, data: bytes, place: bytes) -> bytes:
        """The bytes to store.

        Args:
            data: What to keep.
            place: Where it will be, made by ``place``.
        """

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was given to ``close``.

        Raises:
            BrokenSeal: It is not what was stored there.
        """


class Checksum:
    """A digest (BLAKE2b, RFC 7693) of the place and the data, behind the data.

    Example:
        >>> sealed = Checksum().close(b"data", place((2, "blob", "thread 1", "", 7)))
        >>> try:
        ...     Checksum().open(sealed, place((2, "blob", "thread 2", "", 7)))
        ... except BrokenSeal:
        ...     print("it belongs elsewhere")
        it belongs elsewhere
    """

    __slots__ = ()

    def close(self, data: bytes, place: bytes) -> bytes:
        return data + blake2b(place + data, digest_size=_DIGEST).digest()

    def open(self, sealed: bytes, place: bytes) -> bytes:
        if type(sealed) is not bytes:  # a damaged page may hold anything
            raise BrokenSeal("there are no bytes")
        data = sealed[:-_DIGEST]
        if blake2b(place + data, digest_size=_DIGEST).digest() != sealed[-_DIGEST:]:
            encrypted = ", or it is encrypted and needs an EncryptedSerializer" if sealed[:1] == ENCRYPTED else ""
            raise BrokenSeal(f"its checksum does not fit: it was changed, or it belongs to another place{encrypted}")
        return data


_CHECKSUM = Checksum()


class FirstKey:
    """Opens also what is not encrypted yet, for whoever brings a key to a database that had none.

    Args:
        seal: Encrypts.

    Example:
        >>> from langgraph_nb.checkpoint.serde.aes import AesGcm
        >>> plain = Checksum().close(b"data", b"place")
        >>> FirstKey(AesGcm(b"k" * 32)).open(plain, b"place")
        b'data'
    """

    __slots__ = ("_seal",)

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def close(self, data: bytes, place: bytes) -> bytes:
        return self._seal.close(data, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        return (self._seal if sealed[:1] == ENCRYPTED else _CHECKSUM).open(sealed, place)


class Kit(NamedTuple):
    """What a saver of ours stores with."""

    given: Any
    """The serializer that it was given."""
    serde: SerializerProtocol
    """Turns values into bytes and back; closing them is left to the seal."""
    seal: Seal
    """Closes rows."""


def kit_of(serde: Any) -> Kit:
    """A serializer and its seal; where it brings one along, the serializer inside of it, and else a checksum.

    Example:
        >>> from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        >>> type(kit_of(JsonPlusSerializer()).seal).__name__
        'Checksum'
    """
    if (seal := getattr(serde, "seal", None)) is None:
        return Kit(serde, serde, _CHECKSUM)
    return Kit(serde, getattr(serde, "serde", serde), seal)


class WritesLost(UserWarning):
    """A checkpoint can be read, but not what its tasks wrote: the row is damaged in which that is.

    Example:
        >>> issubclass(WritesLost, UserWarning)
        True
    """


class CheckpointCorrupt(CorruptData):
    """A stored row is not what was stored there: damaged, swapped with another, or gone.

    Attributes:
        reason: What is wrong.
        table: Where the row is, or should be.
        thread_id: Whose it is.
        checkpoint_ns: In which namespace.
        checkpoint_id: The checkpoint that cannot be read because of it.
        channel: The channel whose value it holds, if it is a value.
        last_good: The nearest older checkpoint that can be read; ``None`` if there is none.

    Example:
        >>> error = CheckpointCorrupt("its checksum does not fit", table="nb_blobs", thread_id="1", checkpoint_id="c3",
        ...                           channel="messages", last_good="c2")
        >>> str(error).partition(":")[0]
        "Checkpoint 'c3' of thread '1' cannot be read"
    """

    def __init__(
        self,
        reason: str,
        *,
        table: str,
        thread_id: str,
        checkpoint_ns: str = "",
        checkpoint_id: str | None = None,
        channel: str | None = None,
        last_good: str | None = None,
    ) -> None:
        self.reason = reason
        self.table = table
        self.thread_id = thread_id
        self.checkpoint_ns = checkpoint_ns
        self.checkpoint_id = checkpoint_id
        self.channel = channel
        self.last_good = last_good
        super().__init__(reason)

    def __str__(self) -> str:
        space = f" (namespace {self.checkpoint_ns!r})" if self.checkpoint_ns else ""
        row = f"the row of channel {self.channel!r}" if self.channel else "a row"
        good = "There is no good checkpoint before it: restore the database from a backup, or"
        if self.last_good is not None:
            good = (
                f"The last good checkpoint before it is {self.last_good!r}: go on from there by passing its "
                "checkpoint_id, or"
            )
        return (
            f"Checkpoint {self.checkpoint_id!r} of thread {self.thread_id!r}{space} cannot be read: {row} in "
            f'{self.table} is damaged ({self.reason}). {good} run "langgraph-nb repair".'
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self._said()), (self.reason,)

    def _said(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "reason"}
