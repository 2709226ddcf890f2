"""The checks of 19_from_langgraph_to_here_and_back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from .checking import Found, exercise, show


@exercise(
    "19.1",
    hints=(
        "Only the imports, and what they bound: `import langgraph.graph` binds the name `langgraph`.",
        "`LETTERS.replace(\"langgraph.graph\", \"langgraph_nb.graph\")`, and the same for `langgraph.types`.",
    ),
    done="With `from langgraph.graph import ...` it is one word in each import, and nothing else has to be looked at.",
)  # fmt: skip
def port(found: Found, ported: Any) -> None:
    found.that("`ported` is a text", isinstance(ported, str), f"`ported` is {show(ported)}, not a text.")
    left = [line for line, module in _imports(ported) if module.partition(".")[0] == "langgraph"]
    lines = ported.split("\n")
    for line in left:
        found.stop(f"Line {line} still imports `langgraph`: {show(lines[line - 1].strip())}.")
    found.holds.append("nothing imports `langgraph`")
    names: dict[str, Any] = {"__name__": "letters"}
    try:
        exec(compile(ported, "ported", "exec"), names)
    except (NameError, ImportError, AttributeError) as error:
        found.stop(f"The program does not run: {error}.")
    letter = names["letters"].invoke({"sender": "Ada"}).get("letter")
    found.equal(
        "the letter", letter, "To Ada: see langgraph.example.org", given={"sender": "Ada"},
        hint="An address in a text is no import.",
    )  # fmt: skip


def _imports(source: str) -> Iterator[tuple[int, str]]:
    """The line and the module of each import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


@exercise(
    "19.2",
    hints=(
        "Run `titles(\" a mail \")` in a new cell, mend what the error names, and run it again.",
        "What configures a run goes into the config: `stream({...}, {\"recursion_limit\": 5}, ...)`.",
        "`goto=\"file\"`, `stream_mode=\"updates\"`.",
    ),
    done="Three slips, three sentences. Nothing was dropped on the way.",
)  # fmt: skip
def three_slips(found: Found, titles: Callable[[str], Any]) -> None:
    found.equal("`titles`", titles(" a mail "), ["sort", "file"], given=" a mail ")


WIRING = (("__start__", "watch"), ("watch", "wake"), ("watch", "note"), ("wake", "note"), ("note", "__end__"))


@exercise(
    "19.3",
    hints=(
        "A condition is `(wake if TEST else note)`.",
        "Two lines: one up to the condition, one from `wake` on.",
        "`START >> watch >> (wake if state[\"level\"] > 3 else note)` and `wake >> note >> END`.",
    ),
    done="`%graph night --code` turns it into the comments again.",
)  # fmt: skip
def in_wiring(found: Found, night: Any) -> None:
    edges = [(edge.source, edge.target) for edge in night.topology().edges]
    names = {"__start__": "START", "__end__": "END"}
    wrong = [("There is no edge", edge) for edge in WIRING if edge not in edges]
    wrong += [("There should be no edge", edge) for edge in edges if edge not in WIRING]
    for what, (source, target) in wrong:
        found.stop(f"{what} from `{names.get(source, source)}` to `{names.get(target, target)}`.")
    found.holds.append("all edges are there, and no other")
    for level, log in ((5, ["watch", "wake", "note"]), (2, ["watch", "note"]), (3, ["watch", "note"])):
        found.equal("`log`", night.invoke({"level": level}).get("log"), log, given={"level": level})
