"""The house rules that a reader cannot see in one file: layers, lazy imports, one writing of everything, sizes.

Layers are read from the syntax tree, so an import counts wherever it stands, also in a function or for types only.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "langgraph_nb"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8"), str(path)) for path in FILES}

# -- layers: a file imports only from its own row or the rows above --------------------------------------------------

LAYERS: list[tuple[str, tuple[str, ...]]] = [
    ("vocabulary", ("constants", "types", "errors", "typing", "warnings", "runtime", "config", "scope", "ids",
                    "persistence", "parts", "refusals", "declared", "records", "callbacks", "fingerprint", "shape",
                    "migration", "version", "daemons", "store.base", "pregel.runnable")),
    ("channels", ("channels", "managed")),
    ("definition", ("graph", "func")),
    ("plan", ("pregel.plan", "pregel.shapes", "pregel.migrated", "pregel.compile", "pregel.compile_entrypoint",
              "pregel.actors", "pregel.compile_actors")),
    ("engine", ("pregel",)),
    ("storage", ("checkpoint", "store", "cache")),
    ("drivers", ("pregel.drive_*", "pregel.timeouts", "pregel.signs_of_life", "pregel.caching",
                 "pregel.call", "pregel.call_threads", "pregel.called_*", "pregel.host", "pregel.helper_loop",
                 "pregel.workers", "pregel.nested", "pregel.callbacks", "pregel.driver", "pregel.stamps",
                 "pregel.recorded", "pregel.lifecycle", "pregel.transactions", "pregel.source", "pregel.reins")),
    ("streaming", ("stream",)),
    ("façade", ("pregel.main", "pregel.threads", "pregel.described", "pregel.drawn", "pregel.drawable", "pregel.parts",
                "pregel.binding", "pregel.audience", "pregel.event_runs", "pregel.results", "pregel.compiled",
                "pregel.typed", "pregel.protocol", "pregel.remote",
                "pregel.remote_answers")),
    ("stepping", ("stepping",)),
    ("agents", ("prebuilt",)),
    ("observation", ("spans",)),
    ("notebook", ("notebook",)),
    ("reach", ("serve", "scale", "alias", "importing", "cli")),
    ("testing", ("testing",)),
]  # fmt: skip
"""Named most precisely wins: ``pregel.main`` is façade though ``pregel`` is engine."""

STORAGE_MAY_USE = {"vocabulary", "channels", "storage"}

UPWARD = {
    ("graph.state", "pregel.compile"): "compile() makes the plan, when it is called",
    ("graph.state", "pregel.compiled"): "compile() makes the façade, when it is called",
    ("func.entrypoints", "pregel.compile_entrypoint"): "decorating a function makes the plan",
    ("func.entrypoints", "pregel.main"): "decorating a function makes the façade",
    ("graph.state", "cache.base"): "compile() takes a cache",
    ("graph.state", "stream.mux"): "compile() takes projections of event streams",
    ("func.tasks", "cache.base"): "a task clears what a cache has of it",
    ("pregel.drawn", "notebook.shown"): "what a notebook shows of a graph, when it asks",
    ("stepping.debugger", "notebook.live.run"): "a graph that is redefined in a notebook is picked up there",
    ("pregel.drawable", "notebook.picture.png"): "draw_mermaid_png() draws our picture, when it is called",
    ("pregel", "pregel.main"): "LangGraph's path of the name Pregel, found when it is asked for",
}
"""Imports against the layers, each with its reason."""


def module_name(path: Path) -> str:
    """``pregel.main`` for ``langgraph_nb/pregel/main.py``; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in FILES}


def layer(module: str) -> int:
    """The row of a module."""
    best, row = -1, -1
    for number, (_, members) in enumerate(LAYERS):
        for member in members:
            pattern = re.escape(member).replace(r"\*", r"\w*") + r"(\..*)?"
            if re.fullmatch(pattern, module) and len(member) > best:
                best, row = len(member), number
    assert row >= 0, f"{module} is in no layer: add it to LAYERS, or put it where it belongs."
    return row


def imports(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, absolute name) of everything that a file imports, wherever in it."""
    package = ["langgraph_nb", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def own_module(name: str) -> str | None:
    """The module of this package that an imported name comes from."""
    if name != "langgraph_nb" and not name.startswith("langgraph_nb."):
        return None
    inner = name.removeprefix("langgraph_nb").lstrip(".")
    while inner and inner not in MODULES:
        inner = inner.rpartition(".")[0]
    return inner


def own_imports() -> Iterator[tuple[Path, int, str, str]]:
    """(file, line, importing module, imported module) within the package."""
    for path, tree in TREES.items():
        for line, name in imports(path, tree):
            if target := own_module(name):
                yield path, line, module_name(path), target


def test_files_import_only_from_their_own_layer_or_those_above() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {LAYERS[layer(source)][0]} imports {target} ({LAYERS[layer(target)][0]})"
        for path, line, source, target in own_imports()
        if source and layer(target) > layer(source) and (source, target) not in UPWARD
    ]
    assert not wrong, "\n".join(wrong)


def test_storage_depends_on_vocabulary_and_channels_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: imports {target}"
        for path, line, source, target in own_imports()
        if source and LAYERS[layer(source)][0] == "storage" and LAYERS[layer(target)][0] not in STORAGE_MAY_USE
    ]
    assert not wrong, "\n".join(wrong)


def test_every_exception_to_the_layers_is_in_use() -> None:
    used = {(source, target) for _, _, source, target in own_imports()}
    assert not UPWARD.keys() - used


# -- what may not be imported ------------------------------------------------------------------------------------------


def test_langgraph_is_never_imported() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path, tree in TREES.items()
        for line, name in imports(path, tree)
        if name.split(".")[0] == "langgraph"
    ]
    assert not wrong, "\n".join(wrong)


IMPURE = {
    "asyncio", "concurrent", "datetime", "multiprocessing", "os", "queue", "random", "secrets", "select", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
"""What waits, or gives something else each time. The engine has it injected."""


def test_the_engine_neither_waits_nor_has_a_clock_chance_or_files() -> None:
    pure = {"plan", "engine"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path, tree in TREES.items()
        if (module := module_name(path)).startswith("pregel") and LAYERS[layer(module)][0] in pure
        for line, name in imports(path, tree)
        if name.split(".")[0] in IMPURE
    ]
    assert not wrong, "\n".join(wrong)


HEAVY = ("langchain_core", "IPython", "ipywidgets", "anywidget", "matplotlib", "networkx", "sqlite3", "pydantic")


@pytest.mark.parametrize("module", ["langgraph_nb", "langgraph_nb.graph", "langgraph_nb.types", "langgraph_nb.cli"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({set(HEAVY)!r} & {{m.split('.')[0] for m in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []


# -- written once, and small -------------------------------------------------------------------------------------------

TWIN_LINES = 12
MODULE_LINES = 600
FUNCTION_LINES = 60
LONG: dict[str, str] = {}
"""``module`` or ``module:function`` -> why it is longer than the others."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def size(node: Function) -> int:
    """Lines of a function's code; its docstring is not code."""
    return node.body[0].lineno - node.lineno + body_size(node)


def body_size(node: Function) -> int:
    """The same without its signature."""
    body = node.body
    documented = ast.get_docstring(node, clean=False) is not None
    first = body[1] if documented and len(body) > 1 else body[0]
    return (node.end_lineno or node.lineno) - first.lineno + 1


def functions(tree: ast.AST) -> Iterator[tuple[ast.AST, Function]]:
    """(what it is defined in, the function), for every function of a file."""
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, Function):
                yield parent, node


def test_nothing_is_written_twice_for_sync_and_async() -> None:
    wrong = []
    for path, tree in TREES.items():
        sizes = {(id(parent), f.name): (body_size(f), f.lineno) for parent, f in functions(tree)}
        for (parent, name), (lines, line) in sizes.items():
            for twin in (f"a{name}", f"_a{name.removeprefix('_')}", f"{name}_async", f"async_{name}"):
                if min(lines, sizes.get((parent, twin), (0, 0))[0]) > TWIN_LINES:
                    wrong.append(f"{path.relative_to(ROOT)}:{line}: {name} and {twin}")
    assert not wrong, "\n".join(wrong)


def test_modules_are_one_idea_long() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in FILES
        if (lines := path.read_text("utf-8").count("\n")) > MODULE_LINES and module_name(path) not in LONG
    ]
    assert not wrong, "\n".join(wrong)


def test_functions_fit_on_a_screen() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {size(node)} lines"
        for path, tree in TREES.items()
        for _, node in functions(tree)
        if size(node) > FUNCTION_LINES and f"{module_name(path)}:{node.name}" not in LONG
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_says_what_it_is_for() -> None:
    wrong = [str(path.relative_to(ROOT)) for path, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_to_do() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    sources = [*FILES, *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if unfinished.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
