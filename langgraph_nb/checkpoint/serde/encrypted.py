"""A serializer whose bytes say nothing without the key.

Savers of this package use its seal: they encrypt whole rows, bound to their places, and keep what they gain from
comparing what is inside. Other savers get every value encrypted by itself, as from LangGraph's class of this name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from langgraph_nb.checkpoint.seal import Seal
from langgraph_nb.checkpoint.serde.aes import AesGcm, PycryptodomeAes, WrongKey, checked_keys
from langgraph_nb.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = ["EncryptedSerializer"]

_KEY = "LANGGRAPH_AES_KEY"


class EncryptedSerializer(SerializerProtocol):
    """Encrypts what another serializer makes, and reads nothing that is not encrypted.

    Args:
        cipher: Encrypts single values. If it can close rows too, as ``AesGcm`` can, or has a ``seal``, savers of this
            package encrypt by that.
        serde: Turns values into bytes and back.

    Raises:
        WrongKey: From ``loads_typed``, for data that is not encrypted, or with another key.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.checkpoint.serde.aes import AesGcm
        >>> serde = EncryptedSerializer(AesGcm(b"thirty-two bytes, better random."))
        >>> kind, data = serde.dumps_typed("secret")
        >>> kind, b"secret" in data, serde.loads_typed((kind, data))
        ('nb1+aes-gcm', False, 'secret')
    """

    def __init__(self, cipher: CipherProtocol, serde: SerializerProtocol | None = None) -> None:
        self.cipher = cipher
        self.serde = serde or JsonPlusSerializer()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self.cipher).__name__}, {type(self.serde).__name__})"

    @classmethod
    def from_keys(cls, *keys: bytes, serde: SerializerProtocol | None = None) -> EncryptedSerializer:
        """With AES-GCM. To change a key, put the new one before the old one; see ``rotate_keys`` of the savers.

        Args:
            keys: 16, 24 or 32 random bytes each. The first encrypts, all decrypt.
            serde: Turns values into bytes and back.
        """
        return cls(AesGcm(*keys), serde)

    @classmethod
    def from_pycryptodome_aes(
        cls, serde: SerializerProtocol | None = None, *, old_keys: Sequence[bytes] = (), **kwargs: Any
    ) -> EncryptedSerializer:
        """With AES, so that single values are as LangGraph's class writes them.

        Args:
            serde: Turns values into bytes and back.
            old_keys: Keys that some data is still encrypted with.
            kwargs: ``key``, 16, 24 or 32 bytes; without it, the environment variable ``LANGGRAPH_AES_KEY`` is read.
                Others go to pycryptodome's ``AES.new``.

        Raises:
            ImportError: pycryptodome is not there.
            ValueError: There is no key, or it has another length.
        """
        key = kwargs.pop("key", None)
        if key is None:
            key = _key_of_environment()
        return cls(PycryptodomeAes((key, *old_keys), kwargs), serde)

    @property
    def seal(self) -> Seal | None:
        """What closes the rows of our savers; ``None`` where the cipher is for single values only."""
        seal = self.cipher if isinstance(self.cipher, Seal) else getattr(self.cipher, "seal", None)
        return seal if isinstance(seal, Seal) else None

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[type | tuple[str, ...]]) -> EncryptedSerializer:
        """One that allows these classes too; itself, if it does already or has a serializer without such a list."""
        extend = getattr(self.serde, "with_msgpack_allowlist", None)
        serde = self.serde if extend is None else extend(extra_allowlist)
        return self if serde is self.serde else type(self)(self.cipher, serde)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The names of format and cipher, and the encrypted bytes."""
        kind, data = self.serde.dumps_typed(obj)
        name, encrypted = self.cipher.encrypt(data)
        return f"{kind}+{name}", encrypted

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that ``dumps_typed`` was given."""
        kind, name = data[0].rpartition("+")[::2]
        if not kind:
            raise WrongKey(
                f"Stored data of the format {name!r} is not encrypted, and this serializer reads nothing else. Read it "
                "with the serializer that wrote it, and copy it to a database with a key."
            )
        return self.serde.loads_typed((kind, self.cipher.decrypt(name, data[1])))


def _key_of_environment() -> bytes:
    text = os.getenv(_KEY)
    if text is None:
        raise ValueError(f"{_KEY} environment variable is not set.")
    key = text.encode()
    try:
        checked_keys((key,))
    except ValueError:
        raise ValueError(f"{_KEY} must be 16, 24, or 32 bytes long.") from None
    return key
