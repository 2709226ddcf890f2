"""Pictures among the values of a state: PNG bytes, Pillow's images, matplotlib's figures, whatever shows itself as PNG.

What comes out is a PNG of bounded size or, where it would be too large, a sentence. This file must not know of states.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

__all__ = ["Image", "image_of"]

_PNG = b"\x89PNG\r\n\x1a\n"
SIDE = 160
"""Pixels of the longer side."""
MAX_BYTES = 60_000
"""A larger PNG is not kept in a notebook."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, small."""

    about: str
    """Its kind and size."""
    png: bytes = b""
    """Empty where it is too large to be shown."""

    @property
    def uri(self) -> str:
        """As the ``src`` of an ``img``."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"


def image_of(value: Any) -> Image | None:
    """The picture that a value is, or ``None``."""
    if isinstance(value, bytes | bytearray):
        return _small(bytes(value)) if bytes(value[:8]) == _PNG else None
    module = type(value).__module__
    if module.startswith("PIL."):
        return _thumbnail(value)
    if hasattr(value, "savefig") and module.startswith("matplotlib."):
        drawn = BytesIO()
        value.savefig(drawn, format="png", dpi=max(10, int(SIDE / max(value.get_size_inches()))))
        return _bounded("figure", drawn.getvalue())
    return None


def _small(png: bytes) -> Image:
    about = f"PNG {int.from_bytes(png[16:20])} × {int.from_bytes(png[20:24])}"
    if len(png) <= MAX_BYTES:
        return Image(about, png)
    try:
        from PIL import Image as pillow
    except ImportError:
        return Image(f"{about}, {len(png):,} bytes")
    try:
        return Image(about, _thumbnail(pillow.open(BytesIO(png))).png)
    except (OSError, ValueError, pillow.DecompressionBombError):  # it only begins like one
        return Image(f"{about}, {len(png):,} bytes, not readable")


def _thumbnail(image: Any) -> Image:
    about, drawn = f"image {image.size[0]} × {image.size[1]}", BytesIO()
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    (small if small.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else small.convert("RGB")).save(drawn, "PNG")
    return _bounded(about, drawn.getvalue())


def _bounded(about: str, png: bytes) -> Image:
    return Image(about, png if len(png) <= MAX_BYTES else b"")
