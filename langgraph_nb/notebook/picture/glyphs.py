"""The small signs on a box: status, pause, deferral. Paths around (0, 0), px, to be filled with the even-odd rule.

Knows numbers only.
"""

from __future__ import annotations

from typing import Final

from langgraph_nb.notebook.theme import Status

_DISC = "M0-6.5A6.5 6.5 0 0 1 0 6.5A6.5 6.5 0 0 1 0-6.5Z"
_RING = "M0-5.5A5.5 5.5 0 0 1 0 5.5A5.5 5.5 0 0 1 0-5.5ZM0-4A4 4 0 0 1 0 4A4 4 0 0 1 0-4Z"
_BARS = "M-2.7-2.9H-.9V2.9H-2.7ZM.9-2.9H2.7V2.9H.9Z"

STATUS: Final[dict[Status, str]] = {
    "waiting": _RING,
    "running": "M0-6.5A6.5 6.5 0 1 1-6.5 0H-4.6A4.6 4.6 0 1 0 0-4.6Z",
    "done": _DISC + "M-3.6.1L-2.4-1.1L-.9.4L2.4-2.9L3.6-1.7L-.9 2.8Z",
    "failed": _DISC + "M-2.9-1.8L-1.8-2.9L0-1.1L1.8-2.9L2.9-1.8L1.1 0L2.9 1.8L1.8 2.9L0 1.1L-1.8 2.9L-2.9 1.8L-1.1 0Z",
    "paused": _DISC + _BARS,
    "cached": _DISC + "M.9-4.2L-2.8.7H-.3L-.9 4.2L2.8-.7H.3Z",
    "skipped": _RING + "M-3-.75H3V.75H-3Z",
}
PAUSE: Final = _BARS
DEFER: Final = (
    "M-2.9-3.7H2.9V-2.7H2.4C2.4-1.2 1.2-.6.6 0C1.2.6 2.4 1.2 2.4 2.7H2.9V3.7"
    "H-2.9V2.7H-2.4C-2.4 1.2-1.2.6-.6 0C-1.2-.6-2.4-1.2-2.4-2.7H-2.9Z"
)
