"""How wide text is, and where to wrap it, without a font at hand.

The advances are those of a wide everyday face (DejaVu Sans), so that text fits its box in any other one too.
Knows characters only; nothing of graphs or pictures.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Advance widths in hundredths of an em, for the characters from space to tilde.
_ASCII = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61,
    69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59,
    82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
# The same from U+00A0 to U+052F (Latin, Greek, Cyrillic): a letter is 28 for a, and 4 more for each after it.
_LETTERS = (
    "bejjjjcggsfjodsggoeegjjbgefjssshllllllsljjjjbbbbnmnnnnnonmmmmjjjjjjjjjshjjjjaaaajjjjjjjojjjjjijiljljljlhlhlh"
    "lhnjnjjjjjjjjjjjnjnjnjnjmjqlbababababaihbakiihahahdhcibmjmjmjomjnjnjnjutlelelejhjhjhjhjdjdjdmjmjmjmjmjmjsoji"
    "jlhlhlhcjmljljllhnoljjjnjicnlscbmiaismjnqjrmkjljhjcdjdjpjnmmmlhkkihjkigjbgfbzzwonfrrnljbanjmjmjmjmjmjjljljss"
    "njnjkinjnjkiazzwnjvlmjljssnjljljjjjjbabanjnjlelemjmjjhjdjhmjmoljlhljjjnjnjnjnjjifpfassllhhjhhjflmljjbanjleji"
    "jjjjhhjljjohhnkaljjiijjjacddgalssskkjjpmkeeeeehhjjhccfcddjjiioijhhiiggggniklkbkgmggtutojnplkggkkedaabbdgdafb"
    "bbbbddggggggagggagggccbbggdbggggggbgeadfdgggggoogggoooogooogooooooooaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaoaaaoooaaoaoaaaaaaaoooooooooooookipkaamkooghhhcooooogglbmpeooooocllh"
    "ljlmnbklpmjnmjojjjnlnnbjkhjcikjijhhjjciijhhjjjijjikikocijiokjjlplkoknjkiifkkpjromknjljnjljjhkjhanjjjjlpkjlll"
    "jjnjljbbbvunlmjmllljnjukmmlmpmnmjljjplnluvoqlluljjihljqhkkjjmkjkjhiipiliqrlnihpjjjjhhhaaaqqkjkikronkrmpnwtnj"
    "tojhppnjnknksqrmxtrolhgaaaaaeenklijjjhkijhuqkhljljljpomktpvqpllhjijijilirolililjrmrmbuqkjnkmknlliqnaljljssjj"
    "njnjuqkhkimkmknjnjnjlhjijijilijhqnkilililitqspkiurvsnknljhmjxsqptsnjsoljvqvqnloooooooooo"
)
_FIRST = 0xA0
_BLOCKS = (
    (0x1400, 0x167F, 165), (0x1680, 0x169F, 140), (0x1F00, 0x1FFF, 112), (0x2030, 0x2031, 175), (0xFB13, 0xFB17, 155),
    (0xFB50, 0xFDFF, 140), (0xFE70, 0xFEFF, 125), (0x10300, 0x1032F, 145),
)  # fmt: skip
"""First and last character of blocks with a width of their own."""
_KINDS = {
    "Ll": 115, "Lu": 140, "Lo": 105, "Lt": 110, "Lm": 67, "Nd": 70, "Nl": 132, "No": 137, "So": 145, "Sm": 145,
    "Sc": 127, "Po": 105, "Pd": 100, "Zs": 100, "Co": 117,
}  # fmt: skip
"""What characters of a category stay below, all but a few."""
_WIDE = 100
_EMOJI = 137
_OTHER = 84
_BREAK = re.compile(r"(?<=[\s_\-./,:;|&=<>()\[\]])|(?<=[a-z0-9])(?=[A-Z])")
"""Where a line may end: after a blank or a punctuation mark of code, and before a hump of camelCase."""


@lru_cache(maxsize=4096)
def _advance(char: str) -> int:
    code = ord(char)
    if 32 <= code < 127:
        return _ASCII[code - 32]
    if is_mark(char):
        return 0
    base = unicodedata.normalize("NFD", char)[0]
    if base < "\x7f":
        return _advance(base)
    if _FIRST <= code < _FIRST + len(_LETTERS):
        return 28 + 4 * (ord(_LETTERS[code - _FIRST]) - ord("a"))
    kind = unicodedata.category(char)
    if code >= 0x1F000 or (kind == "So" and unicodedata.east_asian_width(char) == "W"):
        return 160 if 0x1F000 <= code < 0x1F100 else _EMOJI if code < 0x20000 else _WIDE
    if unicodedata.east_asian_width(char) in "WF":
        return _WIDE
    for first, last, width in _BLOCKS:
        if first <= code <= last:
            return width
    if base != char and (ord(base) < 0x530 or unicodedata.category(base) == "Lo"):
        return _advance(base)
    return _KINDS.get(kind, _OTHER)


def is_mark(char: str) -> bool:
    """Whether a character sits on the one before it, so that no line may begin with it.

    Example:
        >>> is_mark("\\u0301"), is_mark("e")
        (True, False)
    """
    return unicodedata.category(char) in ("Mn", "Me", "Cf")


def text_width(text: str, size: float) -> float:
    """The width of one line of text.

    Args:
        text: one line; a wide character (CJK) counts one em, a combining mark nothing.
        size: of the font, px.

    Returns:
        A width in px that everyday faces stay below.

    Example:
        >>> text_width("iii", 10) < text_width("WWW", 10)
        True
    """
    return sum(map(_advance, text)) * size / 100


def wrap(text: str, size: float, width: float) -> tuple[str, ...]:
    """Text in lines that fit, nothing left out.

    Args:
        text: line breaks in it are kept.
        size: of the font, px.
        width: that a line may have, px; a single character may be wider.

    Returns:
        The lines, at least one.

    Example:
        >>> wrap("collect_all_the_documents", 10, 80)
        ('collect_all_the_', 'documents')
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_fill(_pieces(paragraph, size, width), size, width))
    return tuple(lines)


def _pieces(paragraph: str, size: float, width: float) -> list[str]:
    pieces: list[str] = []
    for word in _BREAK.split(paragraph):
        pieces.extend([word] if text_width(word, size) <= width else _chop(word, size, width))
    return pieces


def _chop(word: str, size: float, width: float) -> list[str]:
    parts, current = [], ""
    for char in word:
        if current and not is_mark(char) and text_width(current + char, size) > width:
            parts.append(current)
            current = ""
        current += char
    return [*parts, current]


def _fill(pieces: list[str], size: float, width: float) -> list[str]:
    """Lines as few as a greedy fill makes them, then as even as that many lines can be."""
    lines = _greedy(pieces, size, width)
    if len(lines) < 2:
        return lines
    low, high = width / 2, width
    while high - low > 2:
        middle = (low + high) / 2
        if len(_greedy(pieces, size, middle)) > len(lines):
            low = middle
        else:
            high = middle
    return _greedy(pieces, size, high)


def _greedy(pieces: list[str], size: float, width: float) -> list[str]:
    lines, current = [], ""
    for piece in pieces:
        if current.strip() and text_width((current + piece).strip(), size) > width:
            lines.append(current.strip())
            current = ""
        current += piece
    return [*lines, current.strip()]
