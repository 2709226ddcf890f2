"""The widget: one module made of several, which treats all text as text; and what the kernel sends it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.notebook.live.session import LiveRun, Options
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface, joined, module
from langgraph_nb.notebook.theme import COLOURS, SIZES
from langgraph_nb.pregel.events import RunFinished
from tests.unit.notebook.live_events import FakeGraph, finished, started, stepped, topology

STATIC = Path(str(files("langgraph_nb.notebook") / "static"))
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no Node.js here")


def node(source: str, folder: Path) -> Any:
    """What a module script prints, as JSON."""
    script = folder / "script.mjs"
    script.write_text(source, "utf-8")
    assert NODE is not None
    done = subprocess.run([NODE, str(script)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_joined_module_needs_no_other_file() -> None:
    text = module()
    assert not re.search(r"^\s*import\b", text, flags=re.M)
    assert re.findall(r"^export .*", text, flags=re.M) == ["export default () => {"]
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", text, flags=re.M)
    assert len(names) == len(set(names))


@needs_node
def test_the_joined_module_is_a_factory_of_a_widget(tmp_path: Path) -> None:
    (tmp_path / "live.mjs").write_text(module(), "utf-8")
    script = "import make from './live.mjs'; console.log(JSON.stringify(Object.keys(make())));"
    assert node(script, tmp_path) == ["initialize", "render"]


def test_the_page_never_parses_text_as_html() -> None:
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "text/html"):
        assert name not in module() + joined("fork")


def test_the_style_sheet_uses_known_tokens_and_touches_nothing_else() -> None:
    css = (STATIC / "live.css").read_text("utf-8")
    known = {*COLOURS, *SIZES, "at", "stage", "picture-height", "picture-width"}
    assert set(re.findall(r"--lgnb-([\w-]+)", css)) <= known
    rules = re.sub(r"/\*.*?\*/|@keyframes[^}]*}[^}]*}", "", css, flags=re.S)
    for selectors in re.findall(r"([^{}]+){", rules):
        for selector in selectors.split(","):
            own = selector.strip().startswith((".lgnb-live", "@"))
            assert own or ":has(> .jp-OutputArea-output .lgnb-run)" in selector


@needs_node
def test_the_page_puts_patches_together_as_the_kernel_does(tmp_path: Path) -> None:
    view = RunView(topology("a", "b"), name="g")
    view.begin({"messages": "hi"}, 0.0)
    first = view.snapshot(0.0)
    patches = []
    events = [
        started("a"), finished("a", n=1), stepped(1, n=1), started("b", step=2), finished("b", 2, n=2),
        stepped(2, n=2), RunFinished("finished", {"n": 2}),
    ]  # fmt: skip
    for event in events:
        view.fold((), event, 1.0)
        view.print_text("a", "printed ")
        if patch := view.patch(1.0):
            patches.append(patch)
    shutil.copy(STATIC / "store.js", tmp_path / "store.mjs")
    script = f"""
        import {{ createStore, valuesAt }} from "./store.mjs";
        const store = createStore({json.dumps(first)}, () => 0);
        const taken = {json.dumps(patches)}.map((patch) => store.patch(patch));
        const early = store.patch({{ seq: 99 }}), late = store.patch({{ seq: 1 }});
        const {{ nodes, edges, entries, at, ...rest }} = store.state;
        const state = {{ ...rest, nodes: Object.fromEntries(nodes), edges: [...edges].map((e) => JSON.parse(e)),
            entries: [...entries.values()] }};
        console.log(JSON.stringify({{ taken, early, late, values: valuesAt(store.state.steps, 1), state }}));
    """
    got = node(script, tmp_path)
    assert got["taken"] == [True] * len(patches)
    assert (got["early"], got["late"]) == (False, True)
    assert got["state"] == view.snapshot(1.0)
    assert got["values"] == {"n": "2"}


class Page:
    """A front end that keeps what it is sent."""

    def __init__(self, widget: LiveView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, Any]] = []
        self.widget = widget
        monkeypatch.setattr(widget, "send", lambda content, buffers=None: self.sent.append(content))

    def say(self, **content: Any) -> None:
        self.widget._received(self.widget, content, [])


def test_the_page_gets_everything_until_it_says_hello_and_patches_after_that(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        graph = FakeGraph(lambda _: [started("a"), finished("a", n=1), RunFinished("finished", {"n": 1})], "a")
        view = RunView(graph.topology(), name="g")
        widget = LiveView(graph.topology(), view, resume="%resume g --thread 1 ANSWER")
        page = Page(widget, monkeypatch)
        surface = WidgetSurface(widget, None)
        widget.run = LiveRun(lambda: graph, Options({}), view, surface)
        await widget.run.run({})
        assert page.sent == []
        assert widget.view["status"] == "done"
        page.say(type="hello")
        await asyncio.sleep(0)
        assert [m["type"] for m in page.sent] == ["whole"]
        page.say(type="resume", n=3)
        assert page.sent[1] == {"type": "ack", "n": 3}
        while len(graph.inputs) < 2 or widget.run.status != "done" or len(page.sent) < 3:
            await asyncio.sleep(0)
        assert {m["type"] for m in page.sent[2:]} == {"patch"}

    asyncio.run(asyncio.wait_for(story(), 20))


def test_the_display_is_a_widget_with_a_line_for_readers_without_one() -> None:
    data, _ = LiveView(topology("a"), RunView(topology("a"), name="g"))._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert data["text/plain"] == "g: not started"
