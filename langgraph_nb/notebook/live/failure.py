"""A failed node's exception as a person wants it: what was raised, and the lines of their own code that led there.

Frames of this package are left out, and those of Python and of installed libraries as long as there are others: a
mistake that this package finds, such as a result that is no update, is told by its message alone. This file must not
know of graphs, events or widgets.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import FrameSummary, extract_tb
from typing import Any

from langgraph_nb.notebook.live.text import clipped

__all__ = ["describe_failure", "failure_text", "is_of_package", "is_own_code"]

MAX_FRAMES = 6
_OURS = str(Path(__file__).resolve().parents[2])
_LIBRARIES = tuple({p for k in ("stdlib", "platstdlib", "purelib", "platlib") if (p := sysconfig.get_path(k))})


def is_own_code(filename: str) -> bool:
    """Whether a file is the user's: a cell, or a module that is neither installed nor this package's.

    Example:
        >>> is_own_code("/tmp/ipykernel_1/2.py"), is_own_code(__file__)
        (True, False)
    """
    return not filename.startswith(("<frozen", _OURS, *_LIBRARIES))


def is_of_package(filename: str) -> bool:
    """Whether a file is this package's.

    Example:
        >>> is_of_package(__file__), is_of_package("/tmp/ipykernel_1/2.py")
        (True, False)
    """
    return filename.startswith(_OURS)


def describe_failure(error: BaseException, name_of: Callable[[str], str] | None = None) -> dict[str, Any]:
    """An exception as JSON data.

    Args:
        error: With its traceback.
        name_of: What people call a file, e.g. ``Cell In[3]``.

    Returns:
        ``kind``, ``message``, and ``frames`` (outermost first) with ``file``, ``line``, ``name`` and ``code``. The
        message of a group has a line for each of its exceptions.
    """
    message = "\n".join([str(error), *(_in_a_line(one, name_of) for one in leaves(error) if one is not error)])
    shown = [_frame(f, name_of) for f in _frames(error)]
    return {"kind": type(error).__name__, "message": clipped(message, 2_000), "frames": shown}


def leaves(error: BaseException) -> Iterator[BaseException]:
    """An exception, or those that a group holds, also in groups within it.

    Example:
        >>> list(leaves(ExceptionGroup("both", [ValueError(1), ExceptionGroup("more", [KeyError(2)])])))
        [ValueError(1), KeyError(2)]
    """
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


def _frames(error: BaseException) -> list[FrameSummary]:
    frames = list(extract_tb(error.__traceback__))
    own = [f for f in frames if is_own_code(f.filename)]
    below = next((n for n in range(len(frames), 0, -1) if is_of_package(frames[n - 1].filename)), 0)
    return (own or frames[below:])[-MAX_FRAMES:]


def _in_a_line(error: BaseException, name_of: Callable[[str], str] | None) -> str:
    said = clipped(" ".join(f"{type(error).__name__}: {error}".split()), 200)
    frame = next((_frame(f, name_of) for f in reversed(_frames(error))), None)
    return f"• {said}" + (f" ({frame['file']}, line {frame['line']})" if frame else "")


def _frame(frame: FrameSummary, name_of: Callable[[str], str] | None) -> dict[str, Any]:
    file = name_of(frame.filename) if name_of else Path(frame.filename).name
    return {"file": file, "line": frame.lineno or 0, "name": frame.name, "code": (frame.line or "").strip()}


def failure_text(failure: dict[str, Any]) -> str:
    """A described failure as text.

    Example:
        >>> failure_text({"kind": "KeyError", "message": "'x'", "frames": []})
        "KeyError: 'x'"
    """
    lines = []
    for frame in failure["frames"]:
        inside = "" if frame["name"] == "<module>" else f", in {frame['name']}"
        lines.append(f"{frame['file']}, line {frame['line']}{inside}")
        if frame["code"]:
            lines.append(f"    {frame['code']}")
    lines.append(f"{failure['kind']}: {failure['message']}" if failure["message"] else failure["kind"])
    if "step" in failure:
        keys = f"; state keys: {failure['keys']}" if failure["keys"] else ""
        lines.append(f"In step {failure['step']}{keys}")
    return "\n".join(lines)
