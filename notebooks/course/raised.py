"""What an exception of a learner's code means: a sentence, the lines that led there, and a hint.

This file must not know of exercises or cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from langgraph_nb.errors import InvalidUpdateError, did_you_mean
from langgraph_nb.notebook.live.failure import describe_failure, failure_text
from langgraph_nb.notebook.live.run import file_name
from langgraph_nb.notebook.live.text import brief
from langgraph_nb.notebook.mistakes import UnfinishedGraphError
from langgraph_nb.notebook.tracebacks import where
from langgraph_nb.pregel.failures import task_notes

__all__ = ["Raised", "error_text", "explained", "hint_for_cell"]

HERE = Path(__file__).parent
GRAPH = {"astream", "get_state", "invoke", "stream", "topology", "update_state"}
"""What is asked of a graph."""


class Raised(NamedTuple):
    """How a card tells of an exception."""

    wrong: str
    detail: str
    hint: str


def explained(error: Exception, values: Mapping[str, Any]) -> Raised:
    """Tell of an exception that came up in a check.

    Args:
        error: With its traceback.
        values: What the check looks at, by name.
    """
    if isinstance(error, UnfinishedGraphError):
        return Raised("The graph is not finished.", str(error).partition("\n")[2] or str(error), "")
    if isinstance(error, AttributeError) and (found := _no_graph(error, values)):
        return found
    failure = describe_failure(error, lambda file: "" if Path(file).parent == HERE else file_name(file))
    failure["frames"] = [frame for frame in failure["frames"] if frame["file"]]
    lines = failure_text({**failure, "message": "", "kind": ""}).rstrip("\n")
    notes = task_notes(error)
    place = where(notes) if notes else ""
    said = failure_text({**failure, "frames": []})
    wrong = "Your code raised an exception." if failure["frames"] else "It raised an exception."
    return Raised(wrong, "\n".join(filter(None, (lines, place, said))), _hint(error, values))


def _no_graph(error: AttributeError, values: Mapping[str, Any]) -> Raised | None:
    """Where a check asked something of a value that is no graph."""
    name = next((name for name, value in values.items() if value is error.obj), None)
    if name is None or error.name not in GRAPH:
        return None
    if hasattr(error.obj, "compile"):
        return Raised(f"`{name}` is a builder, which cannot run.", "", f"`{name} = {name}.compile()`")
    return Raised(f"`{name}` is `{brief(error.obj, 160)}`, and no graph.", "", "Run the cell of the exercise again.")


def _hint(error: Exception, values: Mapping[str, Any]) -> str:
    """What helps against mistakes that can be made in any exercise."""
    notes, keys = task_notes(error), _keys(values)
    if not notes:
        return ""
    node = notes[0].node
    if isinstance(error, NameError) and error.name in keys:
        return f"`{error.name}` is in the state: `state[\"{error.name}\"]`."
    if isinstance(error, AttributeError) and isinstance(error.obj, dict) and error.name in keys:
        return f"The state is a dictionary: `state[\"{error.name}\"]`."
    if isinstance(error, InvalidUpdateError) and str(error).startswith("Expected dict"):
        return f"What `{node}` returns is a dictionary: `return {{\"key\": value}}`."
    if not isinstance(error, KeyError) or not error.args:
        return ""
    key = error.args[0]
    if key in keys and key not in notes[0].keys:
        return f"There is no `{key}` yet when `{node}` runs. Which node writes it, and does the wiring run that before?"
    likely = did_you_mean(str(key), keys)
    return f"The state has no `{key}`. {likely}" if likely.startswith("Did") and key not in keys else ""


def _keys(values: Mapping[str, Any]) -> set[str]:
    """The keys of the states of those values that are graphs."""
    graphs = (value for value in values.values() if hasattr(value, "invoke") and hasattr(value, "plan"))
    return {str(key) for graph in graphs for key in graph.plan.key_set}


def error_text(error: BaseException) -> str:
    """What a cell raised, in few lines."""
    if hasattr(error, "_render_traceback_"):
        return "\n".join(error._render_traceback_())
    failure = describe_failure(error, lambda file: file_name(file))
    failure["frames"] = [f for f in failure["frames"] if f["file"] and not f["code"].startswith("get_ipython()")]
    if isinstance(error, SyntaxError):
        line = (error.text or "").rstrip()
        return f"{line}\nSyntaxError: {error.msg}" if line else f"SyntaxError: {error.msg}"
    return failure_text(failure)


def hint_for_cell(text: str) -> str:
    """What helps where a cell failed as a whole.

    Args:
        text: What it raised, as ``error_text`` gives it.
    """
    if "unsupported operand type(s) for >>" in text:
        return "`>>` is wiring only in a cell that begins with `%%graph NAME`. Is that line still there?"
    if text.startswith("UsageError") and "magic" in text:
        return "The first line of the cell is a magic. Compare how it is written in the cells above."
    return ""
