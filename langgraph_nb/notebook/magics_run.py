"""``%%invoke``, ``%resume``, ``%inbox`` and ``%state``: running graphs by name, each a thin call of a function.

IPython does not await magics. A transformer of the finished source puts ``await`` before the calls of those that run
something, so that they are awaited for real, and their value is the cell's value.
"""

from __future__ import annotations

import ast
import inspect
import re
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from IPython.core import magic_arguments as arguments

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.cells import not_python
from langgraph_nb.notebook.inbox.opened import inbox
from langgraph_nb.notebook.live.audience import shell
from langgraph_nb.notebook.live.run import finish, live, open_thread, reopen, waits
from langgraph_nb.notebook.live.session import RunStopped
from langgraph_nb.notebook.live.still import describe_snapshot
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.stepping import astep
from langgraph_nb.stepping.breakpoints import OPEN, node_paths

__all__ = ["argument", "magic_arguments", "named_graph", "parse_argstring", "register", "split_line", "unregister"]

Magic = TypeVar("Magic", bound=Callable[..., Any])
Decorator = Callable[[Magic], Magic]
# IPython's decorators have no types; they leave a function as it is, with a parser attached
argument: Callable[..., Decorator[Any]] = arguments.argument
magic_arguments: Callable[..., Decorator[Any]] = arguments.magic_arguments
parse_argstring: Any = arguments.parse_argstring

OPTIONS = {
    "%%invoke": ("--thread", "--context", "--config", "--durability", "--wait"),
    "%resume": ("--thread", "--id", "--if-waiting", "--context", "--config"),
    "%%resume": ("--thread", "--id", "--if-waiting", "--context", "--config"),
    "%inbox": ("--saver", "--thread"),
    "%state": ("--thread",),
    "%step": ("--thread", "--break", "--context", "--config"),
}
_AWAITED = re.compile(
    r"(?<!await )\bget_ipython\(\)\.run_(?:cell_magic\('(?:invoke|resume)'|line_magic\('(?:resume|inbox|step)'),"
)


def awaited(lines: list[str]) -> list[str]:
    """Put ``await`` before the calls of magics that run a graph.

    Example:
        >>> awaited(["get_ipython().run_cell_magic('invoke', 'support', '{}')"])
        ["await get_ipython().run_cell_magic('invoke', 'support', '{}')"]
    """
    return [_AWAITED.sub(lambda found: f"await {found[0]}", line) for line in lines]


@magic_arguments("%invoke")
@argument("name", help="The graph.")
@argument("--thread", help="The thread, in graphs with a checkpointer; a new one by default.")
@argument("--context", metavar="EXPR", help="What nodes find in Runtime.context.")
@argument("--config", metavar="EXPR", help="More of the config, a dict.")
@argument("--durability", choices=("sync", "async", "exit"), help="When steps are stored.")
@argument("--wait", action="store_true", help="Keep the cell open until all questions are answered.")
async def invoke(line: str, cell: str) -> None:
    """Run a graph and watch it. The body is a Python expression for the input; ``None`` goes on with the thread.

    %%invoke support --thread 42
    {"question": "where is my refund?"}
    """
    __tracebackhide__ = True
    ip, given = shell(), parse_argstring(invoke, line)
    graph, start = named_graph(given.name), await _evaluate(_below(cell), ip)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    with _interruptible():
        result = await live(
            graph, start, thread=given.thread, config=config, context=context,
            durability=given.durability, wait=given.wait,
        )  # fmt: skip
    _kept(result, ip)


@magic_arguments("resume")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
@argument("--id", help="The question that is answered, where several wait.")
@argument("--context", metavar="EXPR", help="What nodes find in Runtime.context.")
@argument("--config", metavar="EXPR", help="More of the config, a dict.")
@argument("--if-waiting", action="store_true", help="Do nothing when the thread waits for nothing.")
@argument("answer", nargs="*", help="The answer, a Python expression; without it the question is shown again.")
async def resume(line: str, cell: str | None = None) -> None:
    """Show what a thread waits for, with its form; or answer it from code, and go on.

    %resume support --thread 42
    %resume support --thread 42 {"approve": True}

    In a notebook that also runs without a person, `--if-waiting` leaves a question alone that was answered in its form.
    """
    __tracebackhide__ = True
    ip = shell()
    head, answer = split_line(line)
    given = parse_argstring(resume, head)
    graph = named_graph(given.name)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    source = _below(cell) if cell is not None and cell.strip() else answer
    if given.if_waiting and not await waits(graph, given.thread, config):
        return
    with _interruptible():
        if not source.strip():
            run = await reopen(graph, thread=given.thread, config=config, context=context)
            _kept(run.result, ip)
            return
        run = await open_thread(graph, thread=given.thread, config=config, context=context)
        command = await run.command(await _evaluate(source, ip), given.id)
        _kept(await finish(run, command), ip)


@magic_arguments("inbox")
@argument("name", nargs="?", help="The graph whose threads are looked at; all graphs of the notebook by default.")
@argument("--saver", metavar="sqlite:PATH|EXPR", help="The saver to look at, in the place of the graphs' own.")
@argument("--thread", action="append", help="A thread to look at, may be repeated; by default the newest ones.")
async def inbox_line(line: str) -> Any:
    """Show what waits for a person, across threads, with its forms; answers go on in the background.

    %inbox
    %inbox support --thread 42
    %inbox --saver sqlite:support.db
    """
    __tracebackhide__ = True
    ip, given = shell(), parse_argstring(inbox_line, line)
    if given.name and given.saver:
        raise CellError("A graph and a saver were given.", "Name one of them: the saver's threads tell their graphs.")
    what = named_graph(given.name) if given.name else await _saver(given.saver, ip) if given.saver else None
    ip.displayhook.update_user_ns(await inbox(what, given.thread))


@magic_arguments("step")
@argument("name", help="The graph.")
@argument("--thread", help="The thread, in graphs with a checkpointer; a new one by default.")
@argument("--break", dest="breaks", metavar="WHERE", action="append", default=[], help="Where Run stops; repeatable.")
@argument("--context", metavar="EXPR", help="What nodes find in Runtime.context.")
@argument("--config", metavar="EXPR", help="More of the config, a dict.")
@argument("input", nargs="*", help="The input, a Python expression; without it, the thread is taken up as it stands.")
async def step(line: str) -> Any:
    """Go through a run step by step. The value is the debugger; its commands are buttons, and methods.

    debugger = %step support --thread 42 --break reply --break "state['n'] > 3" {"question": "a refund?"}

    WHERE is a node (`work`, `sub:work`), an edge (`"a >> b"`), a condition over `state`, or a node with a condition
    (`"work if input['i'] == 3"`). Then: `debugger.next()`, `over()`, `out()`, `superstep()`, `run()`, `back()`,
    `set({...})`, `skip()`, `replace("reply", {...})`, `answer(...)`; `retry()` after editing the cell of what failed.
    """
    __tracebackhide__ = True
    ip = shell()
    head, source = split_line(line)
    given = parse_argstring(step, head)
    named_graph(given.name)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    with _interruptible():
        return await astep(
            partial(named_graph, given.name), await _evaluate(source, ip), thread=given.thread, config=config,
            context=context, breakpoints=[_unquoted(where) for where in given.breaks], namespace=ip.user_ns,
            messages=True,
        )  # fmt: skip


@magic_arguments("state")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
def state(line: str) -> None:
    """The stored state of a thread: its values, what runs next, and the questions that wait. ``_`` is the snapshot.

    %state support --thread 42
    """
    __tracebackhide__ = True
    given = parse_argstring(state, line)
    snapshot = named_graph(given.name).get_state({"configurable": {"thread_id": given.thread}})
    print(describe_snapshot(given.name, given.thread, snapshot))
    shell().displayhook.update_user_ns(snapshot)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Interrupt reaches an awaiting cell as a cancellation; what a person sees of it is one line."""
    try:
        yield
    except CancelledError:
        raise RunStopped("the cell was interrupted. With a checkpointer, the thread is kept.") from None


# -- reading lines and bodies ------------------------------------------------------------------------------------------


def named_graph(name: str) -> Any:
    """The graph of this name, which can be run."""
    from langgraph_nb.notebook.extension import workbench
    from langgraph_nb.notebook.unfinished import UnfinishedGraph

    graph = workbench().lookup(name)
    if isinstance(graph, UnfinishedGraph):
        raise graph.error()
    return graph


_OPTION = re.compile(r"\s*(?:(--if-waiting\b|--[\w-]+(?:=|\s+)(?:\"[^\"]*\"|'[^']*'|\S+))|(\w+))")


def split_line(line: str) -> tuple[str, str]:
    """The name and the options of a line, and the expression after them.

    Example:
        >>> split_line('support --thread 42 {"approve": True}')
        ('support --thread 42', '{"approve": True}')
    """
    at, named = 0, False
    while (found := _OPTION.match(line, at)) and (found[1] or not named):
        at, named = found.end(), named or found[1] is None
    return line[:at].strip(), line[at:].strip()


async def _saver(source: str, ip: Any) -> Any:
    """The saver of ``--saver``; a file is opened once, for the graphs that name it too."""
    from langgraph_nb.notebook.extension import workbench

    if not source.startswith("sqlite:"):
        return await _option(source, ip)
    path = Path(source.removeprefix("sqlite:")).expanduser()
    if not path.is_file():
        files = [file.name for file in path.parent.glob("*.*")]
        raise CellError(f"There is no file {str(path)!r}.", did_you_mean(path.name, files))
    return workbench().savers.file(str(path))


async def _option(source: str | None, ip: Any) -> Any:
    """The value of an option's expression; quotes around it only hold it together."""
    __tracebackhide__ = True
    if source is None:
        return None
    return await _evaluate(_unquoted(source), ip)


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def _below(body: str) -> str:
    """The body of a cell at the lines that it has in the cell: the magic's own is the first."""
    return f"\n{body}"


async def _evaluate(source: str, ip: Any) -> Any:
    """Run a piece of Python in the notebook's namespace; the value of its last expression, ``None`` for nothing."""
    from langgraph_nb.notebook.extension import cell_number

    __tracebackhide__ = True
    name = ip.compile.cache(source, cell_number(ip), raw_code=source)
    try:
        tree = ast.parse(source, name)
    except SyntaxError as error:
        raise not_python(error, source.split("\n")) from None
    if not tree.body:
        return None
    *before, last = tree.body
    if not isinstance(last, ast.Expr):
        raise CellError("The body has no value.", "End it with an expression, such as a dict with the input.")
    if before:
        await _execute(compile(ast.Module(before, []), name, "exec", _flags(ip)), ip)
    return await _execute(compile(ast.Expression(last.value), name, "eval", _flags(ip)), ip)


def _flags(ip: Any) -> int:
    return int(ip.compile.flags) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


async def _execute(code: Any, ip: Any) -> Any:
    __tracebackhide__ = True
    value = eval(code, ip.user_global_ns, ip.user_ns)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


def _kept(result: Any, ip: Any) -> None:
    """The cell's value is only kept, as ``_`` and in ``Out``: the view shows the state."""
    if result is not None:
        ip.displayhook.update_user_ns(result)


# -- registering -------------------------------------------------------------------------------------------------------

_MAGICS: tuple[tuple[Callable[..., Any], str, str], ...] = (
    (invoke, "cell", "invoke"),
    (resume, "line_cell", "resume"),
    (inbox_line, "line", "inbox"),
    (state, "line", "state"),
    (step, "line", "step"),
)


def register(ip: Any) -> None:
    """Add the magics, what awaits them, and their completion; once, however often it is called."""
    for function, kind, name in _MAGICS:
        ip.register_magic_function(function, kind, name)
    if awaited not in ip.input_transformers_post:
        ip.input_transformers_post.append(awaited)
    if not any(getattr(m, "matcher_identifier", "") == _MATCHER for m in ip.Completer.custom_matchers):
        ip.Completer.custom_matchers.append(_matcher())


def unregister(ip: Any) -> None:
    """Take back what :func:`register` added."""
    for _, kind, name in _MAGICS:
        for one in ("line", "cell") if kind == "line_cell" else (kind,):
            ip.magics_manager.magics[one].pop(name, None)
    if awaited in ip.input_transformers_post:
        ip.input_transformers_post.remove(awaited)
    matchers = ip.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != _MATCHER]


_MATCHER = "langgraph_nb.run"


def candidates(text: str, token: str, names: list[str], find: Callable[[str], Any] = named_graph) -> list[str]:
    """What can be written next in the line of a magic.

    Args:
        text: The line up to the cursor.
        token: The word that the cursor is in.
        names: The graphs.
        find: Gives a graph by its name.

    Example:
        >>> candidates("%%invoke sup", "sup", ["support"])
        ['support']
    """
    magic, *words = text[: len(text) - len(token)].split()
    if magic == "%step" and len(words) > 1 and words[-1] == "--break":
        paths = (":".join(path) for path in node_paths(find(words[0])) if path[-1] != OPEN)
        return sorted(path for path in paths if path.startswith(token))
    if magic not in OPTIONS or (words and words[-1].startswith("--") and words[-1] != "--wait"):
        return []
    graphs = [] if any(not word.startswith("-") for word in words) else names
    return [name for name in (*graphs, *OPTIONS[magic]) if name.startswith(token) and name not in words]


def _matcher() -> Any:
    from IPython.core.completer import SimpleCompletion, context_matcher

    from langgraph_nb.notebook.extension import workbench

    def run_matcher(context: Any) -> dict[str, Any]:
        line = context.text_until_cursor
        token = re.split(r"\s", line)[-1]
        fits = context.cursor_line == 0 and line.startswith(tuple(OPTIONS)) and token != line
        try:
            found = candidates(line, token, list(workbench().drafts)) if fits else []
        except CellError:  # of a name that is no graph, there is nothing to offer
            found = []
        completions = [SimpleCompletion(text=name, type="graph") for name in found]
        return {"completions": completions, "matched_fragment": token, "suppress": bool(found)}

    return context_matcher(identifier=_MATCHER)(run_matcher)
