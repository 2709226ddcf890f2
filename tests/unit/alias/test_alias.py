"""``langgraph`` served by this package. Each program runs in a Python of its own: an alias is for a whole process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent

import pytest

from langgraph_nb.alias.distributions import VERSIONS

ROOT = Path(__file__).resolve().parents[3]


def run(program: str, *words: str, folder: Path = ROOT) -> str:
    """What a program prints; its error if it fails."""
    command = [sys.executable, *(words or ("-c", dedent(program)))]
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=folder, env=here, capture_output=True, text=True)
    return ran.stdout if ran.returncode == 0 else ran.stderr.splitlines()[-1]


def aliased(program: str) -> str:
    return run("import langgraph_nb.alias as alias\nalias.install()\n" + dedent(program))


@pytest.mark.parametrize(
    "module",
    [
        "graph", "graph.state", "graph.message", "types", "func", "prebuilt", "prebuilt.tool_node", "store.base",
        "checkpoint.memory", "checkpoint.sqlite", "checkpoint.sqlite.aio", "stream", "constants", "pregel", "config",
    ],
)  # fmt: skip
def test_a_module_is_ours_under_a_second_name(module: str) -> None:
    program = f"""
        import importlib, sys
        theirs = importlib.import_module("langgraph.{module}")
        ours = importlib.import_module("langgraph_nb.{module}")
        print(theirs is ours, ours.__name__, ours.__spec__.name)
    """
    assert aliased(program) == f"True langgraph_nb.{module} langgraph_nb.{module}\n"


@pytest.mark.parametrize(
    "line",
    [
        "import langgraph.graph.state as state; state.StateGraph",
        "from langgraph import graph, types; graph.StateGraph, types.Command",
        "from langgraph.graph import END, START, MessagesState, StateGraph",
        "from langgraph.pregel import Pregel; Pregel[None]",
        "from langgraph.pregel import remote; remote.RemoteGraph",
        "from langgraph.pregel.remote import RemoteGraph",
        "from langgraph.pregel._checkpoint import copy_checkpoint",
        "from langgraph._internal._runnable import RunnableCallable, RunnableLike",
        "from langgraph._internal._constants import CONFIG_KEY_READ, CONFIG_KEY_SEND, CONFIG_KEY_RUNTIME",
        "from langgraph._internal._config import patch_configurable",
        "from langgraph._internal._typing import DeprecatedKwargs",
        "from langgraph.utils.runnable import RunnableCallable",
        "from langgraph.utils.config import ensure_config, get_config, get_store",
        "from langgraph.stream._mux import StreamMux, TransformerFactory",
        "from langgraph.stream._types import ProtocolEvent",
        "from langgraph.stream.transformers import _TasksLifecycleBase, SubgraphStatus",
        "from langgraph.stream.run_stream import SubgraphRunStream, AsyncSubgraphRunStream",
        "from langgraph.stream import StreamChannel, StreamTransformer",
        "from langgraph.prebuilt import ToolCallTransformer, ToolNode",
        "from langgraph.prebuilt._tool_call_stream import ToolCallStream",
        "from langgraph.prebuilt.tool_node import ToolCallRequest, ToolCallWithContext, ToolCallWrapper, ToolRuntime",
        "from langgraph.prebuilt.chat_agent_executor import Prompt, StateSchemaType, StructuredResponseSchema",
        "from langgraph.prebuilt.chat_agent_executor import _should_bind_tools, AgentStateWithStructuredResponse",
        "from langgraph.constants import CONF, CONFIG_KEY_SEND",
        "from langgraph.store.base import NOT_PROVIDED, BaseStore, Item, NotProvided, PutOp, SearchItem",
        "from langgraph.checkpoint.conformance import validate",
    ],
)
def test_what_packages_import_is_there(line: str) -> None:
    assert aliased(line + "\nprint('imported')") == "imported\n"


def test_no_module_is_there_twice() -> None:
    program = """
        from langgraph._internal import _runnable
        from langgraph.utils import runnable
        from langgraph.pregel import _checkpoint
        import langgraph.graph, langgraph.prebuilt, sys
        files = {}
        for name, module in sys.modules.items():
            if name.startswith("langgraph") and getattr(module, "__file__", None):
                files.setdefault(module.__file__, set()).add(id(module))
        print([file for file, modules in files.items() if len(modules) > 1], _runnable.RunnableCallable is
              runnable.RunnableCallable)
    """
    assert aliased(program) == "[] True\n"


def test_what_is_nowhere_is_not_found() -> None:
    assert aliased("import langgraph.no_such") == "ModuleNotFoundError: No module named 'langgraph.no_such'"
    assert aliased("import langgraph.pregel._loop").startswith("ModuleNotFoundError: No module named")


def test_taken_away_langgraph_itself_is_found_again_and_ours_is_as_it_was() -> None:
    program = """
        import sys, langgraph_nb, langgraph_nb.constants, langgraph_nb.pregel, langgraph_nb.scope
        modules = langgraph_nb, langgraph_nb.constants, langgraph_nb.pregel
        import langgraph_nb.alias.carried, langgraph_nb.checkpoint.base, langgraph_nb.version
        before = [set(vars(module)) for module in modules]
        import langgraph_nb.alias as alias
        alias.install()
        alias.install()
        import langgraph.constants, langgraph.version
        from langgraph.pregel import _checkpoint
        print(langgraph.constants.CONFIG_KEY_SEND, langgraph.version.__version__ != langgraph_nb.__version__)
        alias.uninstall()
        alias.uninstall()
        print([set(vars(module)) - names for module, names in zip(modules, before)], langgraph_nb.scope.carried)
        ours = "langgraph_nb.pregel._checkpoint"
        print([name for name in sys.modules if name.startswith("langgraph.") or name == ours])
        import langgraph.graph
        print(langgraph.graph.StateGraph.__module__, langgraph_nb.version.__version__ == langgraph_nb.__version__)
    """
    assert run(program).splitlines() == [
        "__pregel_send True", "[set(), set(), set()] {}", "[]", "langgraph.graph.state True",
    ]  # fmt: skip


def test_a_class_has_the_methods_that_it_once_had_until_the_alias_is_taken_away() -> None:
    program = """
        from langgraph.prebuilt import ToolNode
        print(ToolNode([]).inject_tool_args({"name": "old"}, {}, None))
        alias.uninstall()
        print(hasattr(ToolNode, "inject_tool_args"))
    """
    assert aliased(program).splitlines() == ["{'name': 'old'}", "False"]


def test_after_langgraph_itself_it_is_refused() -> None:
    said = run("import langgraph.graph, langgraph_nb.alias as alias; alias.install()")
    assert said.startswith("langgraph_nb.alias.finder.AlreadyImported: LangGraph itself is already imported (lang")
    assert "restart Python (the kernel)" in said


def test_looking_whether_langgraph_is_there_is_no_import() -> None:
    program = """
        import importlib.util
        importlib.util.find_spec("langgraph.graph")
        import langgraph_nb.alias as alias
        alias.install()
        import langgraph.types
        print(langgraph.types.Command.__module__)
    """
    assert run(program) == "langgraph_nb.types\n"


def test_metadata_says_which_interface_is_served() -> None:
    program = """
        from importlib import metadata
        print(metadata.version("langgraph"), metadata.distribution("LangGraph_Checkpoint").metadata["Name"])
        print(metadata.requires("langgraph-prebuilt")[0].split()[0], metadata.metadata("langgraph")["Version"])
        print(len(metadata.entry_points(group="console_scripts")) > 0)
        alias.uninstall()
        print(metadata.requires("langgraph")[0].split()[0].startswith("langgraph-nb"))
    """
    served = VERSIONS["langgraph"]
    assert aliased(program).splitlines() == [
        f"{served} langgraph-checkpoint", f"langgraph-nb {served}", "True", "False",
    ]  # fmt: skip


@pytest.mark.parametrize("name", VERSIONS)
def test_the_versions_are_those_that_are_compared_with(name: str) -> None:
    assert VERSIONS[name].split(".")[:2] == version(name).split(".")[:2]


def test_a_program_is_run_as_python_would_run_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("word = 'beside'\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, beside\nfrom langgraph.graph import StateGraph\n"
        "print(__name__, sys.argv[1:], sys.argv[0] == __file__, beside.word, StateGraph.__module__)\n"
    )
    told = "__main__ ['-x', '1'] True beside langgraph_nb.graph.state\n"
    assert run("", "-m", "langgraph_nb.alias", str(program), "-x", "1") == told
    assert run("", "-m", "langgraph_nb.alias", "-m", "program", "-x", "1", folder=tmp_path) == told
    assert "can't open file 'no.py'" in run("", "-m", "langgraph_nb.alias", "no.py")


def test_nodes_read_and_write_the_state_by_functions_in_their_config() -> None:
    program = """
        import operator
        from typing import Annotated, TypedDict
        from langgraph.config import get_config
        from langgraph._internal._constants import CONFIG_KEY_READ, CONFIG_KEY_RUNTIME, CONFIG_KEY_SEND
        from langgraph.graph import START, StateGraph
        from langgraph.store.memory import InMemoryStore

        class State(TypedDict):
            files: Annotated[dict, operator.or_]
            n: int

        def node(state):
            found = get_config()["configurable"]
            read, send = found[CONFIG_KEY_READ], found[CONFIG_KEY_SEND]
            send([("files", {"b": 2})])
            print(read("files"), read("files", True), read(["n", "files"], True))
            print(found[CONFIG_KEY_RUNTIME].store is store)
            return {"n": 1}

        store = InMemoryStore()
        graph = StateGraph(State).add_node(node).add_edge(START, "node").compile(store=store)
        print(graph.invoke({"files": {"a": 1}, "n": 0}))
    """
    assert aliased(program).splitlines() == [
        "{'a': 1} {'a': 1, 'b': 2} {'n': 0, 'files': {'a': 1, 'b': 2}}", "True", "{'files': {'a': 1, 'b': 2}, 'n': 1}",
    ]  # fmt: skip


def test_a_runnable_callable_is_a_node_like_a_function() -> None:
    program = """
        import asyncio
        from typing import TypedDict
        from langchain_core.callbacks import BaseCallbackHandler
        from langchain_core.runnables import RunnableConfig, RunnableLambda
        from langgraph._internal._runnable import RunnableCallable
        from langgraph.graph import START, StateGraph
        from langgraph.runtime import Runtime

        class State(TypedDict):
            n: int

        def sync(state, runtime: Runtime, config: RunnableConfig):
            return {"n": state["n"] + runtime.context["by"] + config["configurable"]["more"]}

        async def awaited(state, runtime: Runtime, *, config: RunnableConfig):
            return {"n": state["n"] - runtime.context["by"]}

        class Told(BaseCallbackHandler):
            def on_chain_start(self, *args, **kwargs):
                print("told", kwargs["name"])

        graph = StateGraph(State).add_node("one", RunnableCallable(sync, awaited)).add_edge(START, "one").compile()
        config = {"configurable": {"more": 100}, "callbacks": [Told()]}
        print(graph.invoke({"n": 0}, config, context={"by": 2}))
        print(asyncio.run(graph.ainvoke({"n": 0}, config, context={"by": 2})))
        print(RunnableCallable(lambda n: RunnableLambda(lambda m: m * 2), trace=False).invoke(4))
        for broken in (lambda: RunnableCallable(None), lambda: RunnableCallable(None, awaited).invoke({}),
                       lambda: RunnableCallable(sync).invoke({"n": 1})):
            try:
                broken()
            except (ValueError, TypeError) as error:
                print(str(error).splitlines()[0])
    """
    assert aliased(program).splitlines() == [
        "told LangGraph", "told one", "told sync", "{'n': 102}", "told LangGraph", "told one", "told sync", "{'n': -2}",
        "8", "At least one of func or afunc must be provided.", 'No synchronous function provided to "awaited".',
        "Missing required config key 'N/A' for 'sync'.",
    ]  # fmt: skip
