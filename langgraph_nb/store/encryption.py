"""Documents as they are kept: as they are, or encrypted and bound to their place. Knows no database.

Encrypted is the document, not what it is looked up by: namespace, key, times, and the vectors of searches by meaning.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

from langgraph_nb.checkpoint.seal import BrokenSeal, FirstKey, Seal, place
from langgraph_nb.checkpoint.serde.aes import WrongKey
from langgraph_nb.checkpoint.serde.base import CorruptData
from langgraph_nb.store.filters import passes

__all__ = ["DocumentCorrupt", "Keeping"]

_FORMAT: Final = 1
_NOT_ENCRYPTED = (
    "A document of the store is not encrypted, and a store with a cipher reads nothing else. Encrypt what is there: "
    "langgraph-nb rotate DB --unencrypted"
)
_ENCRYPTED = "The documents of the store are encrypted. Give it the cipher that they are of: cipher=AesGcm(key)"


class DocumentCorrupt(CorruptData):
    """A document is not what was stored there: damaged, or swapped with another.

    Attributes:
        namespace: Its namespace, as one text.
        key: Its key.

    Example:
        >>> print(DocumentCorrupt("it was changed", "users.ada.", "settings"))
        The document 'settings' in 'users.ada.' is damaged (it was changed). Delete it, or restore it from a backup.
    """

    def __init__(self, reason: str, namespace: str, key: str) -> None:
        self.reason, self.namespace, self.key = reason, namespace, key
        super().__init__(reason, namespace, key)

    def __str__(self) -> str:
        return (
            f"The document {self.key!r} in {self.namespace!r} is damaged ({self.reason}). Delete it, or restore it "
            "from a backup."
        )


class Keeping:
    """Turns documents, as JSON, into what is kept, and back.

    Args:
        cipher: Encrypts; without one, documents are kept as they are. ``AesGcm``, or what has one as its ``seal``.

    Raises:
        TypeError: That is no cipher that binds what it encrypts to a place.

    Example:
        >>> from langgraph_nb.checkpoint.serde.aes import AesGcm
        >>> keeping = Keeping(AesGcm(b"k" * 32))
        >>> kept = keeping.close('{"pin":4711}', "users.ada.", "card")
        >>> b"4711" in kept, keeping.open(kept, "users.ada.", "card")
        (False, '{"pin":4711}')
        >>> try:
        ...     keeping.open(kept, "users.eve.", "card")
        ... except DocumentCorrupt as error:
        ...     print(error.reason)
        it does not open with its key: it was changed, or it belongs to another place
    """

    def __init__(self, cipher: Any = None) -> None:
        seal = cipher if isinstance(cipher, Seal) else getattr(cipher, "seal", None)
        if cipher is not None and not isinstance(seal, Seal):
            raise TypeError(f"A {type(cipher).__name__} cannot encrypt documents. Give cipher=AesGcm(key).")
        self._seal = seal

    @property
    def hides(self) -> bool:
        """Whether a database cannot look into documents."""
        return self._seal is not None

    def anew(self, unencrypted: bool) -> Keeping:
        """The same, for changing keys.

        Args:
            unencrypted: Whether it opens also what is not encrypted yet.

        Raises:
            ValueError: There is no cipher.
        """
        if self._seal is None:
            raise ValueError("This store has no cipher. Give it one to encrypt with: cipher=AesGcm(new, old)")
        return _First(self._seal) if unencrypted else self

    def close(self, text: str, namespace: str, key: str) -> str | bytes:
        """What is kept of a document: bytes, if it is encrypted."""
        return text if self._seal is None else self._seal.close(text.encode(), _place(namespace, key))

    def open(self, kept: str | bytes, namespace: str, key: str) -> str:
        """The document.

        Raises:
            WrongKey: It is not encrypted, or with another key.
            DocumentCorrupt: It was changed, or belongs to another place.
        """
        if self._seal is None:
            if type(kept) is not str:
                raise WrongKey(_ENCRYPTED)
            return kept
        if type(kept) is not bytes:
            return self._plain(kept)  # type: ignore[arg-type]
        try:
            return self._seal.open(kept, _place(namespace, key)).decode()
        except BrokenSeal as error:
            raise DocumentCorrupt(str(error), namespace, key) from error

    def _plain(self, text: str) -> str:
        raise WrongKey(_NOT_ENCRYPTED)

    # -- where only JSON is kept: encrypted bytes are a text there, which no document is --

    def close_as_json(self, text: str, namespace: str, key: str) -> str:
        """``close``, as JSON."""
        kept = self.close(text, namespace, key)
        return kept if type(kept) is str else json.dumps(b64encode(kept).decode())  # type: ignore[arg-type]

    def open_json(self, kept: str, namespace: str, key: str) -> str:
        """The inverse of ``close_as_json``."""
        if not kept.startswith('"'):
            return self.open(kept, namespace, key)
        try:
            data = b64decode(json.loads(kept), validate=True)
        except ValueError as error:
            raise DocumentCorrupt("it is no encrypted document", namespace, key) from error
        return self.open(data, namespace, key)

    def passes(self, text: str, wanted: Mapping[str, Any] | None) -> bool:
        """Whether a document has what a filter wants."""
        return not wanted or passes(json.loads(text), wanted)


class _First(Keeping):
    """Opens also what is not encrypted yet."""

    def __init__(self, seal: Seal) -> None:
        super().__init__(FirstKey(seal))

    def _plain(self, text: str) -> str:
        return text


def _place(namespace: str, key: str) -> bytes:
    return place((_FORMAT, "item", namespace, key))
