"""Which namespaces are valid, and which match a condition."""

from __future__ import annotations

from collections.abc import Iterable

from langgraph_nb.store.base.operations import GetOp, ListNamespacesOp, MatchCondition, Op, PutOp, SearchOp


class InvalidNamespaceError(ValueError):
    """A namespace that cannot be one.

    Example:
        >>> issubclass(InvalidNamespaceError, ValueError)
        True
    """


def check_labels(namespace: Iterable[str]) -> None:
    """Raise ``InvalidNamespaceError`` for a label that is no text, empty, or has a period or a NUL in it."""
    for label in namespace:
        found = f"Invalid namespace label '{label}' found in {namespace}."
        if not isinstance(label, str):
            raise InvalidNamespaceError(f"{found} Namespace labels must be strings, but got {type(label).__name__}.")
        if "." in label:
            raise InvalidNamespaceError(f"{found} Namespace labels cannot contain periods ('.').")
        if "\0" in label:
            raise InvalidNamespaceError(f"{found} Namespace labels cannot contain NUL bytes ('\\x00').")
        if not label:
            raise InvalidNamespaceError(f"Namespace labels cannot be empty strings. Got {label} in {namespace}")


def check_namespace(namespace: tuple[str, ...]) -> None:
    """As ``check_labels``, for a namespace that is written to: it has a root of its own."""
    if not namespace:
        raise InvalidNamespaceError("Namespace cannot be empty.")
    check_labels(namespace)
    if namespace[0] == "langgraph":
        raise InvalidNamespaceError(f'Root label for namespace cannot be "langgraph". Got: {namespace}')


def validate_op_namespace(op: Op) -> None:
    """Check the labels of an operation that did not come through the methods of a store.

    Raises:
        InvalidNamespaceError: For a label that cannot be one.

    Example:
        >>> validate_op_namespace(GetOp(("users.ada",), "settings"))
        Traceback (most recent call last):
            ...
        langgraph_nb.store.base.namespaces.InvalidNamespaceError: Invalid namespace label 'users.ada' found in \
('users.ada',). Namespace labels cannot contain periods ('.').
    """
    if isinstance(op, (GetOp, PutOp)):
        check_labels(op.namespace)
    elif isinstance(op, SearchOp):
        check_labels(op.namespace_prefix)
    elif isinstance(op, ListNamespacesOp):
        for condition in op.match_conditions or ():
            check_labels(condition.path)


def matches(condition: MatchCondition, namespace: tuple[str, ...]) -> bool:
    """Whether a namespace begins, or ends, as a condition says.

    Example:
        >>> matches(MatchCondition("suffix", ("*", "v1")), ("docs", "a", "v1"))
        True
    """
    length = len(condition.path)
    if condition.match_type not in ("prefix", "suffix"):
        raise ValueError(f"Unsupported match type: {condition.match_type}. It is 'prefix' or 'suffix'.")
    if len(namespace) < length:
        return False
    part = namespace[:length] if condition.match_type == "prefix" else namespace[len(namespace) - length :]
    return all(wanted in ("*", label) for wanted, label in zip(condition.path, part, strict=True))


def listed(namespaces: Iterable[tuple[str, ...]], op: ListNamespacesOp) -> list[tuple[str, ...]]:
    """What an operation lists of these namespaces: sorted, each once."""
    found = {
        namespace[: op.max_depth]
        for namespace in namespaces
        if all(matches(condition, namespace) for condition in op.match_conditions or ())
    }
    return sorted(found)[op.offset : op.offset + op.limit]


def fixed_prefix(op: ListNamespacesOp) -> tuple[str, ...]:
    """The labels that all that is listed begins with, as far as they are known."""
    for condition in op.match_conditions or ():
        if condition.match_type == "prefix":
            path = condition.path
            return tuple(path[: path.index("*")] if "*" in path else path)
    return ()
