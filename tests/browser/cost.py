"""``python -m tests.browser.cost``: what watching a run costs, the page and the run, in JupyterLab.

Two runs: a model that says 10,000 tokens, and 1,000 tasks at once. The page: the time from frame to frame while the run
is watched (95th percentile; below 50 ms it feels at once), beside that of the same page at rest. The run: CPU seconds
of the kernel's process beyond those of the same run when a program reads its stream, in percent. Least of some rounds
each, as other programs only ever add. Wants a quiet machine of two cores; nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import sync_playwright

from tests.browser.books import Run
from tests.browser.lab import Lab, Server, launch, notebook

FRAME, MORE = 50.0, 15.0
"""The goals: milliseconds, percent."""
TOKENS, TASKS = 10_000, 1_000

SETUP = f"""%load_ext langgraph_nb
import asyncio, operator, time
from typing import Annotated, TypedDict
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph_nb.graph import END, START, MessagesState, StateGraph
from langgraph_nb.types import Send

answer = " ".join(["word"] * ({TOKENS} // 2))  # the model says each word and each space by itself

async def talk(state):
    model = GenericFakeChatModel(messages=iter([AIMessage(answer)]))
    async for token in model.astream("?"):
        await asyncio.sleep(0.0005)
    return {{}}

class Found(TypedDict):
    found: Annotated[list, operator.add]

async def look(task):
    for _ in range(10):
        await asyncio.sleep(0.002 * (task["i"] % 50))
        sum(range(5_000))
    return {{"found": [task["i"]]}}

tokens = StateGraph(MessagesState).add_node(talk).add_edge(START, "talk").compile()
tasks = StateGraph(Found).add_node("plan", lambda state: {{}}).add_node(look).add_edge(START, "plan")
tasks = tasks.add_conditional_edges("plan", lambda state: [Send("look", {{"i": i}}) for i in range({TASKS})], ["look"])
tasks = tasks.compile()
GIVEN = {{"tokens": {{"messages": [("user", "?")]}}, "tasks": {{"found": []}}}}

async def read(graph, given):
    began = time.process_time()
    async for part in graph.astream(given, stream_mode=["messages", "updates", "custom"]):
        pass
    return time.process_time() - began
"""
RECORD = """() => {
  window.frames_seen = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_seen.push(now - last);
    last = now;
    if (window.frames_on) requestAnimationFrame(next);
  };
  window.frames_on = true;
  requestAnimationFrame(next);
}"""
TAKE = "() => { window.frames_on = false; return window.frames_seen.slice(1); }"


def book(graph: str) -> nbformat.NotebookNode:
    return notebook(
        setup=SETUP,
        read=f"print(await read({graph}, GIVEN[{graph!r}]))",
        before="began = time.process_time()",
        watch=f"%%invoke {graph}\nGIVEN[{graph!r}]",
        after="print(time.process_time() - began)",
    )


def measure(server: Server, browser: Any, graph: str, rounds: int) -> dict[str, float]:
    """The least of some rounds."""
    lab = Lab(server, browser, book(graph))
    found: dict[str, list[float]] = {"read": [], "watched": [], "rest": [], "frame": []}
    lab.run("setup")
    lab.run("read")  # what is imported when it is first used
    watched(lab)  # that, too
    for _ in range(rounds):
        lab.run("read")
        found["read"].append(number(lab, "read"))
        found["rest"].append(p95(lab, lambda: lab.page.wait_for_timeout(2_000)))
        lab.run("before")
        found["frame"].append(p95(lab, lambda: watched(lab)))
        lab.run("after")
        found["watched"].append(number(lab, "after"))
    lab.close()
    if lab.problems:
        raise SystemExit("\n".join(lab.problems))
    return {name: min(values) for name, values in found.items()}


def watched(lab: Lab) -> None:
    lab.run("watch", wait=False)
    lab.wait_idle()
    Run(lab, "watch").wait("done")


def p95(lab: Lab, during: Any) -> float:
    """The 95th percentile of the milliseconds from frame to frame."""
    lab.page.evaluate(RECORD)
    during()
    frames = sorted(lab.page.evaluate(TAKE))
    return float(frames[int(len(frames) * 0.95)])


def number(lab: Lab, cell: str) -> float:
    return float(lab.cell(cell).inner_text())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.cost", description="What watching a run costs.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    options = parser.parse_args()
    results = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        if browser is None:
            raise SystemExit("There is no Chromium or Chrome here. Install one, or name it in $CHROMIUM.")
        server = Server(Path(folder))
        try:
            for graph, what in (("tokens", f"{TOKENS:,} tokens"), ("tasks", f"{TASKS:,} tasks at once")):
                one = results[graph] = measure(server, browser, graph, options.rounds)
                one["more"] = (one["watched"] / one["read"] - 1) * 100
                print(
                    f"{what:22} frame p95 {one['frame']:5.1f} ms (at rest {one['rest']:.1f}; goal {FRAME:.0f})   "
                    f"CPU {one['read']:.2f} s read, {one['watched']:.2f} s watched: {one['more']:+.0f} % "
                    f"(goal {MORE:.0f})",
                    flush=True,
                )
        finally:
            server.close()
            browser.close()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    missed = [one for one in results.values() if one["frame"] > FRAME or one["more"] > MORE]
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
