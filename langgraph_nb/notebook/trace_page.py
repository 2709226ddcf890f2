"""A trace as HTML that needs neither a kernel nor a script. Everything that a run says is escaped.

Bars are drawn with SVG rectangles; where styles are taken away, names, times and words are left. This file must not
know how spans are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_nb.notebook.past.page import framed, said
from langgraph_nb.spans import Span

if TYPE_CHECKING:
    from langgraph_nb.notebook.tracing import Trace

ROWS = 400
WIDTH = 160
"""Of a bar's track, px."""


def trace_html(trace: Trace) -> str:
    """A trace as a page."""
    rows = list(trace)[1:]
    body = "".join(_row(trace, depth, span) for depth, span in rows[:ROWS])
    left = len(rows) - ROWS + trace.spans.left_out
    more = f"<p>… {left:,} more</p>" if left > 0 else ""
    name, _, rest = trace.title.partition(": ")
    title = f"<strong>{said(name)}</strong> <span>{said(rest)}</span>"
    error = trace.spans.root.error
    card = f'<div class="lgnb-past-card" data-status="failed"><pre>{said(error)}</pre></div>' if error else ""
    table = f'<div class="lgnb-past-scroll"><table class="lgnb-trace"><tbody>{body}</tbody></table></div>'
    return framed(title, [card, table, more], f"Trace of {trace.title}")


def _row(trace: Trace, depth: int, span: Span) -> str:
    from langgraph_nb.notebook.tracing import detail, label, spent

    mark = "" if span.status == "done" else f'<em data-status="{said(span.status)}">{said(span.status)}</em>'
    name = f'<th style="padding-left:{16 + 14 * (depth - 1)}px">{said(label(span))} {mark}</th>'
    cells = _bar(trace, span), said(spent(span.seconds)), said(detail(span))
    return f'<tr data-kind="{said(span.kind)}">{name}{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _bar(trace: Trace, span: Span) -> str:
    root = trace.spans.root
    whole = max(root.seconds, 1e-9)
    x = min(WIDTH - 2.0, (span.start - root.start) / whole * WIDTH)
    w = max(2.0, min(WIDTH - x, span.seconds / whole * WIDTH))
    track = f'<rect class="lgnb-trace-track" width="{WIDTH}" height="10" rx="3"/>'
    bar = f'<rect class="lgnb-trace-bar is-{said(span.status)}" x="{x:.1f}" width="{w:.1f}" height="10" rx="3"/>'
    return f'<svg width="{WIDTH}" height="10" aria-hidden="true">{track}{bar}</svg>'
