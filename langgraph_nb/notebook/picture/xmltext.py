"""Names as text of an SVG: whatever a graph, a model or a tool calls things, it stays text.

Knows characters only; nothing of graphs or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from langgraph_nb.constants import NS_SEP

_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
"""What XML forbids or advises against: control characters, lone surrogates, noncharacters."""
_INVISIBLE = "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\u00ad"
"""What could make a name look like another one: direction marks, zero-width and soft characters."""
_UNSAFE = re.compile(f"[{_FORBIDDEN}]")
_NOT_IN_ID = re.compile(f"[{_FORBIDDEN}{re.escape(NS_SEP)}]")
_UNCLEAR = re.compile(f"[{_FORBIDDEN}{_INVISIBLE}\t\r\x85]")
_BREAKS = re.compile(r"\r\n|\r|\u2028|\u2029|\x85")


def node_id(path: Iterable[str]) -> str:
    """The value of ``data-node`` for a node, before it is escaped for XML.

    Args:
        path: the names from the outermost graph to the node.

    Returns:
        The names joined by ``|``. A character that XML cannot hold, or ``|`` itself, is written ``\\uXXXX``, and a
        backslash ``\\\\``, so that two names never become one.

    Example:
        >>> node_id(["research", "plan"])
        'research|plan'
    """
    return NS_SEP.join(_NOT_IN_ID.sub(_spelt, name.replace("\\", "\\\\")) for name in path)


def visible(text: str) -> str:
    """Text as a person should see it: line breaks kept, every character that cannot be seen spelt out.

    Example:
        >>> visible("a\\x07b")
        'a\\\\u0007b'
    """
    return _UNCLEAR.sub(_spelt, _BREAKS.sub("\n", text).replace("\t", " "))


def xml(text: str) -> str:
    """Text for the inside of an element or of a quoted attribute.

    Example:
        >>> xml('<a b="c">')
        '&lt;a b=&quot;c&quot;&gt;'
    """
    safe = escape(_UNSAFE.sub(_spelt, text), quote=True)
    return safe.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def _spelt(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
