"""What a chain may say: START begins, nothing follows END, a join waits for nodes that all run."""

from __future__ import annotations

from collections.abc import Iterator

from langgraph_nb.notebook import terms
from langgraph_nb.notebook.mistakes import WiringError
from langgraph_nb.notebook.terms import Begin, Chain, Stop, Term, exits, inside


def check_chain(chain: Chain, lines: tuple[str, ...]) -> None:
    """Refuse what cannot be wired.

    Raises:
        WiringError: With the place of the first mistake.
    """
    for number, item in enumerate(chain.items):
        _check_begin(item, lines, first=number == 0)
        follower = chain.items[number + 1] if number + 1 < len(chain.items) else None
        if follower is not None:
            _check_continued(item, follower, lines)


def _check_begin(term: Term, lines: tuple[str, ...], *, first: bool) -> None:
    if isinstance(term, Begin) and not first:
        raise WiringError("Nothing leads to START.", "START can only begin a chain.", place=term.place, lines=lines)
    for inner in inside(term):
        allowed = first and isinstance(term, (terms.Parallel, terms.Together))
        if isinstance(inner, Chain):
            check_chain(inner, lines) if allowed else _check_inner_chain(inner, lines)
        else:
            _check_begin(inner, lines, first=allowed)


def _check_inner_chain(chain: Chain, lines: tuple[str, ...]) -> None:
    _check_begin(chain.items[0], lines, first=False)
    check_chain(chain, lines)


def _check_continued(item: Term, follower: Term, lines: tuple[str, ...]) -> None:
    if isinstance(item, Stop) or not exits(item):
        raise WiringError("A path stops at END.", "Nothing can follow it in a chain.", place=item.place, lines=lines)
    for together in _joins(item):
        for inner in together.items:
            if isinstance(inner, Begin) or not exits(inner):
                raise WiringError(
                    "A join waits for nodes.", "START and END cannot be part of it.", place=inner.place, lines=lines
                )
            if _uncertain(inner):
                raise WiringError(
                    "A join waits for all, and only one of these runs.",
                    "Use `{...}` so that the next node comes after each that runs.",
                    place=inner.place,
                    lines=lines,
                )
    if any(len(group) > 1 for group in exits(item)) and has_condition(follower):
        raise WiringError(
            "A choice is made after one node, not after a join.",
            "Put a node between: `[b, c] >> d >> (...)`.",
            place=follower.place,
            lines=lines,
        )


def _uncertain(term: Term) -> bool:
    """Whether not every way out of the term is taken."""
    if isinstance(term, (terms.Choice, terms.Switch, terms.Route)):
        return len(exits(term)) > 1 or any(isinstance(inner, Stop) for inner in inside(term))
    return any(_uncertain(item) for item in (inside(term)[-1:] if isinstance(term, Chain) else inside(term)))


def _joins(term: Term) -> Iterator[terms.Together]:
    if isinstance(term, terms.Together):
        yield term
    for inner in inside(term):
        yield from _joins(inner)


def has_condition(term: Term) -> bool:
    """Whether what stands before the term has to choose."""
    if isinstance(term, Chain):
        return has_condition(term.items[0])
    if isinstance(term, (terms.Parallel, terms.Together)):
        return any(has_condition(item) for item in term.items)
    return isinstance(term, terms.CONDITIONAL)
