"""A thread's past as HTML that needs neither a kernel nor a script: rows that open, kept small.

Everything that a graph says is escaped. Where styles are taken away (GitHub), the elements alone still say it. This
file must not know how changes are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files

from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.still import describe_form
from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key, text_of
from langgraph_nb.notebook.past.changes import ABSENT, Change, same
from langgraph_nb.notebook.past.histories import (
    SOURCES,
    History,
    branch_lines,
    shown_changes,
    shown_node,
    step_title,
    written,
)
from langgraph_nb.notebook.past.records import PastStep, PastTask
from langgraph_nb.notebook.past.tree import tree_svg
from langgraph_nb.notebook.picture.xmltext import visible, xml
from langgraph_nb.notebook.theme import with_tokens

__all__ = ["change_html", "framed", "history_html", "said"]

BUDGET = 70_000
"""Characters of steps that are shown with all that they changed."""
BRIEF_ROWS = 200
"""Steps that are shown by a line, after those."""
VALUE = 600


def said(text: object) -> str:
    """Anything as text of a page: nothing in it is markup, nothing is invisible."""
    return xml(visible(str(text)))


NO_MATH = "mathjax_ignore tex2jax_ignore"
"""Classes in which JupyterLab, and pages that nbconvert makes, leave ``$`` alone: values are no formulas."""


def framed(title: str, body: Iterable[str], label: str) -> str:
    """The outermost element, with its styles."""
    own = (files("langgraph_nb.notebook") / "static" / "past.css").read_text("utf-8")
    inner = f'<header class="lgnb-past-head">{title}</header>{"".join(body)}'
    style = f"<style>{with_tokens(own, inner)}</style>"
    return f'<div class="lgnb lgnb-past {NO_MATH}" role="group" aria-label="{said(label)}">{style}{inner}</div>'


def history_html(history: History) -> str:
    """A history as a page."""
    past = history.past
    title = f"<strong>{said(history.name)}</strong> <span>thread {said(history.thread)}</span> "
    title += f"<span>{said(history.title.split(': ', 1)[1])}</span>"
    body = []
    if len(past.branches) > 1:
        lines = "".join(f"<li>{said(line)}</li>" for line in branch_lines(past, history.head)[:40])
        body.append(f"<details open><summary>{len(past.branches):,} branches</summary>")
        body.append(f'<div class="lgnb-past-scroll">{tree_svg(past, history.head, embedded=True)}</div>')
        body.append(f"<details><summary>by name</summary><ul>{lines}</ul></details></details>")
    body.append("".join(_rows(history)))
    return framed(title, body, history.title)


def _rows(history: History) -> Iterable[str]:
    used, shown = 0, 0
    for step in history.steps:
        row = _step(step, step is history.head and history.is_head, opened=shown < 1)
        used, shown = used + len(row), shown + 1
        yield row
        if used > BUDGET:
            break
    rest = history.steps[shown:]
    if not rest:
        return
    lines = "".join(f"<li>{_title(step)}</li>" for step in rest[:BRIEF_ROWS])
    yield f"<details><summary>{len(rest):,} earlier steps</summary><ul>{lines}</ul>"
    if len(rest) > BRIEF_ROWS:
        yield f"<p>… {len(rest) - BRIEF_ROWS:,} more</p>"
    yield f"<p>In full: <code>{said(history.next_page(history.steps[shown - 1].number))}</code></p></details>"


def _title(step: PastStep) -> str:
    title, source = step_title(step), SOURCES.get(step.source, "")
    keys = list(dict.fromkeys(k for task in step.ran for k, _ in task.wrote))
    if source and step.parent is not None:
        keys = [key for key in step.values if not same(step.values[key], step.before.get(key, ABSENT))]
    wrote = f' <span class="lgnb-past-keys">{said(brief(", ".join(keys), 100))}</span>' if keys else ""
    kind = f' data-source="{said(step.source)}"' if source else ""
    return f'<span class="lgnb-past-number">step {step.number}</span> <b{kind}>{said(title)}</b>{wrote}'


def _step(step: PastStep, newest: bool, opened: bool) -> str:
    parts = [_marks(step.tasks) if newest else ""]
    body = _wrote(step) + "".join(change_html(change, step.writers(_key(change))) for change in shown_changes(step))
    body = f'<table class="lgnb-past-changes">{body}</table>' if body else "<p>Nothing changed.</p>"
    if step.parent is None:
        body = "<p>The first step that is kept.</p>"
    asked = "".join(_pending(task) for task in step.tasks) if newest else ""
    state = _state(step) if opened else ""
    when = step.created_at[:19].replace("T", " ")
    told = f'<p class="lgnb-past-when">{said(step.source)} · {said(when)} · checkpoint {said(step.id)}</p>'
    opening = f'<details data-step="{said(step.id)}"{" open" if opened else ""}>'
    return f"{opening}<summary>{_title(step)}{parts[0]}</summary>{asked}{body}{state}{told}</details>"


def _key(change: Change) -> str:
    return change.path.split(".", 1)[0].split("[", 1)[0]


def _marks(tasks: Sequence[PastTask]) -> str:
    marks = []
    if any(task.error is not None for task in tasks):
        marks.append('<em data-status="failed">failed</em>')
    if any(task.interrupts for task in tasks):
        marks.append('<em data-status="paused">waits</em>')
    return "".join(f" {mark}" for mark in marks)


def _pending(task: PastTask) -> str:
    name = f"<b>{said(shown_node(task.name))}</b>"
    if task.error is not None:
        return _card("failed", name, text_of(task.error, VALUE))
    asked = "\n".join(describe_form(form_of(i).to_json()) for i in task.interrupts)
    return _card("paused", f"{name} asks", asked) if asked else ""


def _card(status: str, head: str, text: str) -> str:
    return f'<div class="lgnb-past-card" data-status="{status}">{head} <pre>{said(text)}</pre></div>'


def _wrote(step: PastStep) -> str:
    ran = [task for task in step.ran if task.wrote]
    if len(ran) < 2:
        return ""
    rows = [
        f'<tr class="lgnb-past-wrote"><th>{said(shown_node(t.name))}</th><td>wrote</td><td>{said(written(t))}</td></tr>'
        for t in ran[:12]
    ]
    left = len(ran) - 12
    return "".join(rows) + (f"<tr><td></td><td></td><td>… {left:,} more</td></tr>" if left > 0 else "")


def change_html(change: Change, by: Sequence[str] = ()) -> str:
    """A change as a row of a table: key, who wrote it, what became of it.

    Example:
        >>> from langgraph_nb.notebook.past.changes import state_changes
        >>> change_html(state_changes({"n": 1}, {"n": 2})[0], ["add"])
        '<tr><th>n</th><td>add</td><td><del>1</del> <ins>2</ins></td></tr>'
    """
    note = f'<span class="lgnb-past-note">{said(change.note)}</span>' if change.note else ""
    image = ""
    if change.image is not None and change.image.png:
        image = f'<img alt="{said(change.image.about)}" src="{change.image.uri}">'
    whole = change.op != "change" and not any("\n" in p.text or p.label for p in change.parts)
    joint, tag = (" ", "span") if whole else ("", "div")
    parts = joint.join(_part(part.sign, part.label, part.text, tag) for part in change.parts)
    who = said(", ".join(shown_node(name) for name in by))
    return f"<tr><th>{said(change.path)}</th><td>{who}</td><td>{note}{parts}{image}</td></tr>"


def _part(sign: str, label: str, text: str, tag: str) -> str:
    inner = (f"<b>{said(label)}</b> " if label else "") + said(text)
    kind = {"+": "ins", "-": "del"}.get(sign, "")
    marked = f"<{kind}>{inner}</{kind}>" if kind else f"<span>{inner}</span>"
    return marked if tag == "span" else f"<div>{marked}</div>"


def _state(step: PastStep) -> str:
    values = list(step.values.items())
    texts = ((key, MASK if is_secret_key(key) else text_of(value, VALUE)) for key, value in values[:40])
    rows = "".join(f"<tr><th>{said(key)}</th><td><pre>{said(text)}</pre></td></tr>" for key, text in texts)
    more = f"<p>… {len(values) - 40:,} more keys</p>" if len(values) > 40 else ""
    return f"<details><summary>state after it</summary><table>{rows}</table>{more}</details>" if rows else ""
