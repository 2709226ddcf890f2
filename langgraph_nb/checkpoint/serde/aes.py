"""AES with authentication: for the rows of our savers, bound to their places, and for single values as in LangGraph.

Theory of operation. ``AesGcm`` closes a row with AES-256 in Galois/counter mode (NIST SP 800-38D) and the row's place
as associated data: bytes that were changed, or that belong to another row, do not open. Keys for this are derived from
the given ones (keyed BLAKE2b, RFC 7693), so that a key may also be in use for something else, and each closed row says
by four bytes which key it is of. With several keys the first one closes and all of them open: so a key can be changed.

A nonce is 96 random bits: a key is good for some four billion rows; then give a new one. Knows no tables and no values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

from langgraph_nb.checkpoint.seal import ENCRYPTED, BrokenSeal
from langgraph_nb.checkpoint.serde.base import CorruptData

__all__ = ["AesGcm", "PycryptodomeAes", "WrongKey"]

_ID, _NONCE, _TAG = 4, 12, 16
KEY_ID: Final = len(ENCRYPTED) + _ID
"""Bytes at the beginning of a closed row that say that it is one, and of which key."""
_SIZES = (16, 24, 32)


class WrongKey(CorruptData):
    """Stored data is not encrypted, or with a key that was not given. It may be in order: nothing says that it is not.

    Example:
        >>> try:
        ...     AesGcm(b"a" * 32).open(AesGcm(b"b" * 32).close(b"data", b"here"), b"here")
        ... except WrongKey as error:
        ...     print(str(error).split(",")[0])
        Stored data is encrypted with the key '7d9ab4b0'
    """


class AesGcm:
    """Encrypts rows of our savers, and single values for other savers.

    Args:
        keys: 16, 24 or 32 bytes each. The first encrypts, all decrypt.

    Raises:
        ValueError: A key has another length.
        ImportError: There is no ``cryptography``.

    Example:
        >>> old, new = b"o" * 32, b"n" * 32
        >>> sealed = AesGcm(old).close(b"data", b"place")
        >>> AesGcm(new, old).open(sealed, b"place")
        b'data'
    """

    name: Final = "aes-gcm"
    """The cipher's name in the tags of single values."""

    def __init__(self, *keys: bytes) -> None:
        checked_keys(keys)
        self._keys = dict(map(_derived, keys))
        self._id, self._first = next(iter(self._keys.items()))

    def __repr__(self) -> str:
        return f"AesGcm(<keys {', '.join(self.key_ids)}>)"

    def __reduce__(self) -> Any:
        raise TypeError("Keys are not pickled. Make a new AesGcm where it is needed.")

    @property
    def key_ids(self) -> tuple[str, ...]:
        """By what errors and rows call the keys; nothing can be learned of a key from it."""
        return tuple(key_id.hex() for key_id in self._keys)

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is closed with the first key."""
        return sealed.startswith(ENCRYPTED + self._id)

    # -- rows: a seal --

    def close(self, data: bytes, place: bytes) -> bytes:
        """The bytes to store."""
        nonce = os.urandom(_NONCE)
        sealed: bytes = ENCRYPTED + self._id + nonce + self._first.encrypt(nonce, data, place)
        return sealed

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was given to ``close``.

        Raises:
            WrongKey: It is not encrypted, or with another key.
            BrokenSeal: It is not what was stored there.
        """
        if sealed[:1] != ENCRYPTED:
            raise WrongKey(
                "Stored data is not encrypted, and a program with a key reads nothing else. Read it without a key, and "
                "copy it to a database with one."
            )
        if len(sealed) < KEY_ID + _NONCE + _TAG:
            raise BrokenSeal("it is cut off")
        key = self._keys.get(bytes(sealed[1:KEY_ID]))
        if key is None:
            raise WrongKey(
                f"Stored data is encrypted with the key '{sealed[1:KEY_ID].hex()}', which this program was not given "
                f"(it has {', '.join(map(repr, self.key_ids))}). Give it that key too, after the one to encrypt with."
            )
        from cryptography.exceptions import InvalidTag

        nonce, body = sealed[KEY_ID : KEY_ID + _NONCE], sealed[KEY_ID + _NONCE :]
        try:
            data: bytes = key.decrypt(nonce, body, place)
        except InvalidTag:
            raise BrokenSeal("it does not open with its key: it was changed, or it belongs to another place") from None
        return data

    # -- single values: a cipher --

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """The cipher's name, and the encrypted bytes."""
        return self.name, self.close(plaintext, b"")

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """The bytes that were given to ``encrypt``."""
        _check_name(ciphername, self.name)
        return self.open(ciphertext, b"")


def checked_keys(keys: Sequence[bytes]) -> None:
    """``ValueError`` unless these are keys of AES; it shows none of them."""
    if not keys or not all(type(key) is bytes and len(key) in _SIZES for key in keys):
        raise ValueError("AES keys are 16, 24 or 32 bytes long. Make one with os.urandom(32), and keep it safe.")


def _derived(key: bytes) -> tuple[bytes, Any]:
    """The id of a key, and the cipher with the key that is derived from it."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise ImportError(
            "Encrypted databases need cryptography. Install it: pip install langgraph-nb[encryption]"
        ) from None
    derived = blake2b(key=key, digest_size=32, person=b"langgraph-nb row").digest()
    return blake2b(key=derived, digest_size=_ID, person=b"langgraph-nb id").digest(), AESGCM(derived)


def _check_name(found: str, own: str) -> None:
    if found != own:
        raise CorruptData(f"Stored data is encrypted with {found!r}; this cipher is {own!r}. Use the one it is of.")


class PycryptodomeAes:
    """Encrypts single values as LangGraph does: with pycryptodome, nonce and tag before the encrypted bytes.

    Args:
        keys: The first encrypts, all decrypt.
        options: What ``AES.new`` is given besides.
    """

    def __init__(self, keys: Sequence[bytes], options: Mapping[str, Any]) -> None:
        try:
            from Crypto.Cipher import AES
        except ImportError:
            raise ImportError(
                "Pycryptodome is not installed. Please install it with `pip install pycryptodome`."
            ) from None
        checked_keys(keys)
        self._keys = tuple(keys)
        self._options = {"mode": AES.MODE_EAX, **{k: v for k, v in options.items() if v is not None}}

    def __repr__(self) -> str:
        return f"PycryptodomeAes(<{len(self._keys)} keys>)"

    @cached_property
    def seal(self) -> AesGcm:
        """What closes rows of our savers."""
        return AesGcm(*self._keys)

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """The cipher's name, and the encrypted bytes."""
        from Crypto.Cipher import AES

        cipher: Any = AES.new(self._keys[0], **self._options)
        ciphertext, tag = cipher.encrypt_and_digest(plaintext)
        return "aes", cipher.nonce + tag + ciphertext

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """The bytes that were given to ``encrypt``.

        Raises:
            WrongKey: They were changed, or none of the keys is theirs.
        """
        from Crypto.Cipher import AES

        _check_name(ciphername, "aes")
        nonce, tag, body = ciphertext[:16], ciphertext[16:32], ciphertext[32:]
        for key in self._keys:
            try:
                plaintext: bytes = AES.new(key, **self._options, nonce=nonce).decrypt_and_verify(body, tag)
            except ValueError:  # another key, or damage: the bytes do not tell
                continue
            return plaintext
        raise WrongKey("Stored data does not open with the given AES key: it is of another one, or was changed.")
