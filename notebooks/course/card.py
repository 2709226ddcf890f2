"""How the result of a check looks: as text, and as HTML that needs no script and still says all without its styles.

What learners' code gave is escaped. This file must not know how anything is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from langgraph_nb.notebook.past.page import NO_MATH, said
from langgraph_nb.notebook.theme import with_tokens

__all__ = ["Card"]

STYLE = Path(__file__).with_name("card.css")
AGAIN = "Run this cell again for the next hint."


@dataclass(frozen=True)
class Card:
    """What a check found."""

    id: str
    holds: Sequence[str] = ()
    wrong: str = ""
    detail: str = ""
    hints: Sequence[str] = ()
    last: bool = True
    """Whether there is no further hint."""
    solution: str = ""
    """The file of the solution."""
    done: str = ""

    @property
    def solved(self) -> bool:
        return not self.wrong

    @property
    def title(self) -> str:
        return f"Exercise {self.id}: {'solved' if self.solved else 'not yet'}"

    @property
    def more(self) -> str:
        """What to do when the hints do not help."""
        if self.solved:
            return self.done
        return AGAIN if not self.last else f"A solution is in `{self.solution}`." if self.solution else ""

    def __repr__(self) -> str:
        mark = "✓" if self.solved else "✗"
        lines = [f"{mark} {self.title}", *(f"  ✓ {line}" for line in self.holds)]
        if not self.solved:
            lines += [f"  ✗ {self.wrong}", *([indent(self.detail, "      ")] if self.detail else [])]
            lines += [f"  Hint: {hint}" for hint in self.hints]
        return "\n".join([*lines, *([f"  {self.more}"] if self.more else [])])

    def _repr_mimebundle_(self, **kwargs: object) -> Mapping[str, str]:
        return {"text/plain": repr(self), "text/html": "".join(self._html())}

    def _html(self) -> Iterable[str]:
        kind, mark = ("is-solved", "✓") if self.solved else ("is-open", "✗")
        yield f'<div class="lgnb lgnb-check {kind} {NO_MATH}" role="group" aria-label="{said(self.title)}">'
        yield f"<style>{with_tokens(STYLE.read_text('utf-8'))}</style>"
        yield f'<p class="lgnb-check-title"><b>{mark}</b><strong>{said(self.title)}</strong></p><ul>'
        yield from (f'<li class="is-held"><b>✓</b>{_marked(line)}</li>' for line in self.holds)
        yield f"<li><b>✗</b>{_marked(self.wrong)}</li></ul>" if not self.solved else "</ul>"
        if self.detail:
            yield f"<pre>{said(self.detail)}</pre>"
        yield from (f"<p><strong>Hint:</strong> {_marked(hint)}</p>" for hint in self.hints)
        if self.more:
            yield f'<p class="lgnb-check-more">{_marked(self.more)}</p>'
        yield "</div>"


def _marked(text: str) -> str:
    """A sentence; what is between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", said(text))
