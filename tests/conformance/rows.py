"""The rows of the feature inventory that the programming model is, and where those are tested that no program shows."""

from __future__ import annotations

COUNTS = {"A": 39, "B": 18, "C": 16, "E": 14, "F": 19, "G": 9, "H": 12, "I": 10, "J": 8, "K": 13, "L": 5, "P": 5}
"""Section -> its last row. (D, persistence, has tests of its own.)"""

NOT_HERE = {"B7": "for Python before 3.11, which is not supported"}
"""Rows that are no part of this, each with the reason."""

ELSEWHERE = {
    "A39": "tests/conformance/test_surface.py",
    "B6": "tests/conformance/test_programs.py",
    "B12": "tests/unit/engine/test_stopping_async.py",
    "C12": "tests/unit/engine/test_channels.py",
    "E13": "tests/alias/programs/human_in_the_loop.py",
    "H7": "tests/conformance/test_stores.py", "H8": "tests/conformance/test_stores.py",
    "I7": "tests/alias/programs/supervisor_and_swarm.py", "I8": "tests/alias/programs/supervisor_and_swarm.py",
    "I10": "tests/alias/programs/deep_agents.py",
    "K12": "tests/alias/programs/agents.py", "K13": "tests/alias/programs/bigtool_and_mcp.py",
    "L3": "tests/unit/notebook/test_picture_png.py",
    "L5": "tests/unit/notebook/test_picture_png.py",
    "P4": "tests/typing/test_typing.py",
}
"""Row -> the test that shows it."""


def rows() -> list[str]:
    """All rows that are to be shown."""
    return [f"{s}{n}" for s, last in COUNTS.items() for n in range(1, last + 1) if f"{s}{n}" not in NOT_HERE]
