"""What a saver asks of a serializer, and what can go wrong between values and bytes. Knows no format."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from langgraph_nb.refusals import UnstorableValue

__all__ = [
    "CipherProtocol", "CorruptData", "InvalidModuleError", "SerializerCompat", "SerializerProtocol", "UnknownFormat",
    "UnknownTypeError",
    "UnknownTypeWarning", "UnstorableValue", "UntypedSerializerProtocol", "maybe_add_typed_methods",
]  # fmt: skip


class UntypedSerializerProtocol(Protocol):
    """Turns values into bytes and back, like the modules ``pickle`` and ``json``.

    Example:
        >>> import marshal
        >>> serializer: UntypedSerializerProtocol = marshal
        >>> serializer.loads(serializer.dumps([1]))
        [1]
    """

    def dumps(self, obj: Any) -> bytes:
        """The value as bytes."""

    def loads(self, data: bytes) -> Any:
        """The value that was given to ``dumps``."""


@runtime_checkable
class SerializerProtocol(Protocol):
    """Turns values into bytes with a tag that names their format, and back.

    Example:
        >>> from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer
        >>> serializer: SerializerProtocol = JsonPlusSerializer()
        >>> serializer.loads_typed(serializer.dumps_typed({"n": 1}))
        {'n': 1}
    """

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The format's name, and the value in it."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that was given to ``dumps_typed``."""


class SerializerCompat(SerializerProtocol):
    """A serializer that names no format, as one that does: the format is called by the value's class.

    Args:
        serde: The serializer.

    Example:
        >>> import marshal
        >>> SerializerCompat(marshal).dumps_typed([1])[0]
        'list'
    """

    def __init__(self, serde: UntypedSerializerProtocol) -> None:
        self.serde = serde

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        return type(obj).__name__, self.serde.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        return self.serde.loads(data[1])


def maybe_add_typed_methods(serde: SerializerProtocol | UntypedSerializerProtocol) -> SerializerProtocol:
    """A serializer that names its formats: itself, if it does.

    Example:
        >>> import marshal
        >>> type(maybe_add_typed_methods(marshal)).__name__
        'SerializerCompat'
    """
    return serde if isinstance(serde, SerializerProtocol) else SerializerCompat(serde)


class CipherProtocol(Protocol):
    """Encrypts bytes.

    Example:
        >>> class Mirror:
        ...     def encrypt(self, plaintext):
        ...         return "mirror", plaintext[::-1]
        ...     def decrypt(self, ciphername, ciphertext):
        ...         return ciphertext[::-1]
        >>> cipher: CipherProtocol = Mirror()
        >>> cipher.decrypt(*cipher.encrypt(b"secret"))
        b'secret'
    """

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """The cipher's name, and the encrypted bytes."""

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """The bytes that were given to ``encrypt``."""


class UnknownTypeWarning(UserWarning):
    """Stored data names a type that this program does not have or does not allow; it was read as plain data.

    Example:
        >>> issubclass(UnknownTypeWarning, UserWarning)
        True
    """


class InvalidModuleError(Exception):
    """LangGraph's name for the refusal of a class that data names.

    Example:
        >>> issubclass(UnknownTypeError, InvalidModuleError)
        True
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnknownTypeError(InvalidModuleError, TypeError):
    """Stored data names a type that this program does not have or does not allow.

    Example:
        >>> issubclass(UnknownTypeError, TypeError)
        True
    """


class CorruptData(ValueError):
    """Stored bytes are not what this package writes.

    Example:
        >>> from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        >>> try:
        ...     JsonPlusSerializer().loads_typed(("nb1", b"\\xc1"))
        ... except CorruptData:
        ...     print("not what was written")
        not what was written
    """


class UnknownFormat(CorruptData, NotImplementedError):
    """Stored data is in a format that this serializer does not read.

    Example:
        >>> from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        >>> try:
        ...     JsonPlusSerializer().loads_typed(("yaml", b"- 1"))
        ... except UnknownFormat as error:
        ...     print(str(error).split(".")[0])
        Unknown serialization type: yaml
    """
