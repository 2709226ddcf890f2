"""Values of caches as who reads the file or the server sees them: encrypted and bound to their place, with a key.

Knows no file and no server. What is not what was kept there is as good as not there: it is made anew.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from langgraph_nb.checkpoint.seal import kit_of, place
from langgraph_nb.checkpoint.serde.base import CorruptData

__all__ = ["Closing", "is_closed"]

logger = logging.getLogger(__name__)
_FORMAT: Final = 1
_SEALED: Final = "+sealed"
"""What the kinds of values end with that are bound to their place."""


class Closing:
    """Turns values into what is kept, and back.

    Args:
        serde: Of the cache. With one that has a seal, such as ``EncryptedSerializer.from_keys``, values are encrypted
            and bound to their place, and nothing else is read.
        unencrypted: Read also what is not encrypted yet.

    Example:
        >>> from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
        >>> closing = Closing(EncryptedSerializer.from_keys(b"k" * 32))
        >>> kind, data = closing.close("secret", "docs", "a")
        >>> b"secret" in data, closing.open(kind, data, "docs", "a")
        (False, (True, 'secret'))
    """

    def __init__(self, serde: Any, unencrypted: bool = False) -> None:
        self._seal = None if getattr(serde, "seal", None) is None else kit_of(serde).seal
        self._serde = kit_of(serde).serde
        self._unencrypted = unencrypted

    def close(self, value: Any, namespace: str, key: str) -> tuple[str, bytes]:
        """What is kept of a value: its kind, and bytes."""
        return self._closed(*self._serde.dumps_typed(value), namespace, key)

    def open(self, kind: str, data: bytes, namespace: str, key: str) -> tuple[bool, Any]:
        """Whether it is the value that was kept there, and that. What is not, is as good as not there."""
        if self._seal is None:
            return True, self._serde.loads_typed((kind, data))
        try:
            return True, self._serde.loads_typed(self._opened(kind, data, namespace, key))
        except CorruptData as error:
            logger.warning("A value in the cache is not what was kept there, so it is made anew: %s", error)
            return False, None

    def anew(self, kind: str, data: bytes, namespace: str, key: str) -> tuple[str, bytes]:
        """The same value with the first key."""
        if self._seal is None:
            raise ValueError("This cache has no key. Give it one: serde=EncryptedSerializer.from_keys(new, old)")
        return self._closed(*self._opened(kind, data, namespace, key), namespace, key)

    def _closed(self, kind: str, data: bytes, namespace: str, key: str) -> tuple[str, bytes]:
        if self._seal is None:
            return kind, data
        return kind + _SEALED, self._seal.close(data, _place(kind, namespace, key))

    def _opened(self, kind: str, data: bytes, namespace: str, key: str) -> tuple[str, bytes]:
        if is_closed(kind) and self._seal is not None:
            kind = kind.removesuffix(_SEALED)
            return kind, self._seal.open(data, _place(kind, namespace, key))
        if self._unencrypted:
            return kind, data
        raise CorruptData(f"It is of the kind {kind!r}, which is not encrypted, and this cache has a key.")


def is_closed(kind: str) -> bool:
    """Whether values of a kind are encrypted."""
    return kind.endswith(_SEALED)


def _place(kind: str, namespace: str, key: str) -> bytes:
    return place((_FORMAT, "cache", kind, namespace, key))
