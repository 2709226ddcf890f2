"""A run as a still picture and as text: for saved notebooks, for readers without a kernel, and where nobody can click.

The same run gives the same text: no times, no ids made by chance. This file must not know of widgets or event loops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.failure import failure_text
from langgraph_nb.notebook.live.state import NodeView, RunView
from langgraph_nb.notebook.live.text import MASK, indented, is_secret_key, labelled, text_of
from langgraph_nb.notebook.live.transcript import final_state, plain_path, transcript
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.types import StateSnapshot

__all__ = ["describe_form", "describe_snapshot", "progress", "still_bundle", "still_bundles", "words"]

NO_WAY_ON = "The graph has no checkpointer, so the run cannot go on from here. Compile it with one, then run again."
MARKS = {
    "waiting": "·", "running": "…", "done": "✓", "failed": "✗", "paused": "⏸", "cached": "↺", "skipped": "–",
}  # fmt: skip
WORDS = {
    "ready": "not started", "running": "running", "paused": "waits for an answer", "done": "done", "failed": "failed",
    "stopped": "stopped",
}  # fmt: skip


def still_bundle(topology: Topology, view: RunView) -> dict[str, str]:
    """The display data of a run as it is: ``image/svg+xml``, and how far it came as ``text/plain``.

    Args:
        topology: What to draw.
        view: What is known of the run.
    """
    return {"image/svg+xml": _picture(topology, view), "text/plain": progress(view)}


def still_bundles(topology: Topology, view: RunView, resume: str = "") -> list[dict[str, str]]:
    """:func:`still_bundle`, and the words apart, because pages show a picture in the place of its text.

    Args:
        topology: What to draw.
        view: What is known of the run.
        resume: The line that goes on with it from code; shown where it waits.
    """
    picture = still_bundle(topology, view)
    said = words(view, resume) if view.step is None else questions(view, resume)
    return [picture, {"text/plain": said}] if said else [picture]


def _picture(topology: Topology, view: RunView) -> str:
    from langgraph_nb.notebook.picture import to_svg

    status = {path: node.status for path, node in view.nodes.items()}
    return to_svg(topology, status=status, taken=set(view.edges))


def words(view: RunView, resume: str = "") -> str:
    """What the picture of a run does not say: outputs, the state that it came to, and what it asks."""
    return visible("\n\n".join(filter(None, (transcript(view), final_state(view), questions(view, resume)))))


def progress(view: RunView) -> str:
    """How far a run came, in words.

    Example:
        >>> print(progress(RunView(Topology("g", (), ()), name="g")))
        g: not started
    """
    state = view.note.rstrip(".") if view.status == "paused" and not view.forms and view.note else WORDS[view.status]
    lines = [f"{view.name}: {state}"] if view.step is None else [f"{view.name} {view.step['stands']}"]
    lines += [_line(path, node) for path, node in view.nodes.items() if _is_told(path, node)]
    if view.status == "failed" and view.failure is not None:
        lines += ["", failure_text(view.failure)]
    return visible("\n".join((*lines, *_standing(view.step or {}))))


def _standing(step: dict[str, Any]) -> Iterator[str]:
    """What comes next in a run that is gone through step by step, and the state with what changed last."""
    if step and step["input"]:
        yield from ("", "called with:", *indented(step["input"]))
    if step and step["state"]:
        yield from ("", f"state of {step['graph']}:" if step["graph"] else "state:")
    for row in step.get("state", ()):
        was = f"  (was {row['before']})" if row.get("before") else "  (new)" if "before" in row else ""
        yield from indented(labelled(row["key"], row["value"]) + was)


def questions(view: RunView, resume: str = "") -> str:
    """What a run asks, and how to answer without a form; nothing where nothing waits."""
    parts = [describe_form(form) for form in view.forms]
    if view.status == "paused" and view.forms and not view.resumable:
        parts.append(NO_WAY_ON)
    elif view.status == "paused" and view.forms and resume:
        several = len(view.forms) > 1
        line = resume.replace(" ANSWER", " --id ID ANSWER") if several else resume
        parts.append(f"Answer from code: {line}" + (" (without --id, it says the ids)" if several else ""))
    return visible("\n\n".join(parts))


def _is_told(path: str, node: NodeView) -> bool:
    """Whether a node has a line: those of a graph inside only once it has run."""
    inside, _, name = path.rpartition("|")
    return name not in (START, END) and (not inside or node.status not in ("waiting", "skipped"))


def _line(path: str, node: NodeView) -> str:
    often = f" ×{node.visits}" if node.visits > 1 else ""
    parts = f" ({node.done} of {node.total})" if node.total > 1 else ""
    return f"  {MARKS[node.status]} {plain_path(path)}{often}{parts}"


def describe_form(form: dict[str, Any]) -> str:
    """A question in words: what is asked, what there is to know, what the answer looks like.

    Example:
        >>> root = {"key": "", "kind": "checkbox", "required": True}
        >>> print(describe_form({"question": "Send it?", "context": [], "root": root}))
        ? Send it?
          answer: true or false
    """
    lines = [f"? {form['question']}"]
    for item in form["context"]:
        lines += indented(labelled(item.get("label", ""), _context_text(item)))
    root = form["root"]
    members = [m for m in root.get("fields", ()) if m["kind"] != "const"] if root["kind"] == "group" else [root]
    for member in members:
        lines.append(f"  {member['key'] or 'answer'}: {_expected(member)}")
        if member["kind"] == "tuple":
            lines += [f"    {entry.get('title') or i}: {_expected(entry)}" for i, entry in enumerate(member["fields"])]
    if any(member["kind"] in _NESTED for member in members) and (example := _example(root)) is not _UNKNOWN:
        lines.append(f"  for example: {json.dumps(example, ensure_ascii=False)}")
    return visible("\n".join(lines))


_NESTED = ("group", "tuple", "variant")
_UNKNOWN: Any = object()
"""What only a person can know."""


def _example(field: dict[str, Any]) -> Any:
    """An answer that a field takes: what is proposed, or the first of what there is to choose."""
    kind, members = field["kind"], field.get("fields", ())
    if "default" in field and kind != "secret":
        return field["default"]
    if kind in ("variant", "dropdown"):
        return _example(members[0]) if kind == "variant" else field["options"][0]["value"]
    if kind not in _NESTED:
        return _UNKNOWN
    inner = {m["key"]: _example(m) for m in members if kind == "tuple" or m.get("required")}
    if any(value is _UNKNOWN for value in inner.values()):
        return _UNKNOWN
    return [*inner.values()] if kind == "tuple" else inner


def describe_snapshot(name: str, thread: str, snapshot: StateSnapshot) -> str:
    """A stored thread in words: what it came to and what it waits for. No ids and times, which differ each time.

    Args:
        name: The graph.
        thread: The thread.
        snapshot: What ``get_state`` gave.
    """
    if snapshot.created_at is None:
        return visible(f"{name}, thread {thread}: nothing is stored.")
    failed = [task for task in snapshot.tasks if task.error is not None]
    then = f"next: {', '.join(snapshot.next)}" if snapshot.next else "finished"
    lines = [f"{name}, thread {thread}, after step {(snapshot.metadata or {}).get('step', 0)}; {then}"]
    values = snapshot.values if isinstance(snapshot.values, dict) else {"": snapshot.values}
    for key, value in values.items():
        lines += indented(labelled(key, MASK if is_secret_key(key) else text_of(value)))
    lines += [f"✗ {task.name}: {type(task.error).__name__}: {task.error}" for task in failed]
    for interrupt in snapshot.interrupts:
        lines += ["", describe_form(form_of(interrupt).to_json())]
    return visible("\n".join(lines))


def _context_text(item: dict[str, Any]) -> str:
    if not item.get("columns"):
        return str(item.get("text", ""))
    rows = [item["columns"], *item["rows"]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(item["columns"]))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *([f"… {item['text']}"] if item.get("text") else [])])


_SHAPES = {
    "checkbox": "true or false", "number": "a number", "slider": "a number", "date": "a date, YYYY-MM-DD",
    "datetime": "a date and time, ISO 8601", "time": "a time, HH:MM:SS", "list": "a list", "group": "an object",
    "tuple": "a list", "map": "an object",
    "json": "JSON data", "secret": "text (hidden)",
}  # fmt: skip


def _expected(field: dict[str, Any]) -> str:
    kind = field["kind"]
    if kind in ("dropdown", "choices"):
        shape = ("one of " if kind == "dropdown" else "some of ") + ", ".join(o["label"] for o in field["options"])
    elif kind == "variant":
        shape = " or ".join(f.get("title") or f["kind"] for f in field["fields"])
    else:
        shape = _SHAPES.get(kind, "text")
    if "minimum" in field or "maximum" in field:
        shape += f" ({field.get('minimum', '…')} to {field.get('maximum', '…')})"
    if "default" in field and kind not in ("secret", "variant"):
        default = field["default"]
        return shape if default in ("", None) else f"{shape}; proposed: {text_of(default, 80)}"
    return shape if field.get("required") else f"{shape}; may be left out"
