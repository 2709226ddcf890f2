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
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.cells import not_python
from langgraph_nb.notebook.chat.opened import chat
from langgraph_nb.notebook.inbox.opened import inbox
from langgraph_nb.notebook.live import run
from langgraph_nb.notebook.live.audience import shell
from langgraph_nb.notebook.live.session import RunStopped
from langgraph_nb.notebook.magics import (
    argument,
    magic_arguments,
    named_graph,
    parse_argstring,
    run_options,
    split_line,
    unquoted,
)
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.tracing import NOTHING, atrace
from langgraph_nb.stepping import Breakpoint, astep
from langgraph_nb.stepping.breakpoints import node_paths, read_breakpoint

DATABASES = (".db", ".sqlite", ".sqlite3")
"""What files of threads are usually called."""

_AWAITED = re.compile(
    r"(?<!await )\bget_ipython\(\)\.run_"
    r"(?:cell_magic\('(?:invoke|resume|chat)'|line_magic\('(?:resume|inbox|step|trace|chat)'),"
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
@run_options
@argument("--durability", choices=("sync", "async", "exit"), help="When steps are stored.")
@argument("--wait", action="store_true", help="Keep the cell open until all questions are answered.")
@argument("--fresh", action="store_true", help="Forget first what the thread has stored.")
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
        result = await run.live(
            graph, start, thread=given.thread, config=config, context=context,
            durability=given.durability, wait=given.wait, fresh=given.fresh,
        )  # fmt: skip
    _kept(result, ip)


@magic_arguments("resume")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
@argument("--id", help="The question that is answered, where several wait.")
@run_options
@argument("--if-waiting", action="store_true", help="Do nothing when the thread waits for nothing.")
@argument("answer", nargs="*", help="The answer, a Python expression; without it the question is shown again.")
async def resume(line: str, cell: str | None = None) -> None:
    """Show what a thread waits for, with its form; or answer it from code, and go on.

    %resume support --thread 42
    %resume support --thread 42 {"approve": True}
    %%resume support --thread 42
    {"approve": True}

    In a notebook that also runs without a person, `--if-waiting` leaves a question alone that was answered in its form.
    """
    __tracebackhide__ = True
    ip = shell()
    head, answer = split_line(line)
    given = parse_argstring(resume, head)
    graph = named_graph(given.name)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    source = _below(cell) if cell is not None and cell.strip() else answer
    value = await _evaluate(source, ip) if source.strip() else run.NOTHING
    with _interruptible():
        result = await run.resume(
            graph, value, thread=given.thread, id=given.id, if_waiting=given.if_waiting, config=config, context=context
        )
    _kept(result, ip)


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
@run_options
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
    graph = named_graph(given.name)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    stops = _breakpoints([unquoted(where) for where in given.breaks], graph, ip)
    with _interruptible():
        return await astep(
            partial(named_graph, given.name), await _evaluate(source, ip), thread=given.thread, config=config,
            context=context, breakpoints=stops, namespace=ip.user_ns, messages=True,
        )  # fmt: skip


@magic_arguments("chat")
@argument("name", help="The graph; its state has a list of messages.")
@argument("--thread", help="The thread, in graphs with a checkpointer; a new one by default.")
@argument("--key", default="messages", help="The state's key that holds the messages.")
@run_options
@argument("message", nargs="*", help="What to say first, as it stands; without it, what was said so far is shown.")
async def chat_magic(line: str, cell: str | None = None) -> None:
    """Talk with a graph of messages, in a panel; where nobody can write, a message is answered as text.

    %chat support --thread 42
    %chat support --thread 42 Where is my refund?
    %%chat support --thread 42
    A message of
    several lines.
    """
    __tracebackhide__ = True
    ip = shell()
    head, message = split_line(line)
    given = parse_argstring(chat_magic, head)
    graph = named_graph(given.name)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    said = cell if cell is not None and cell.strip() else message
    with _interruptible():
        talk = await chat(
            graph, said.strip() or None, thread=given.thread, key=given.key, config=config, context=context
        )
    _kept(talk, ip)


@magic_arguments("trace")
@argument("name", nargs="?", help="The graph; by default that of the last run.")
@argument("--thread", help="The thread.")
@run_options
@argument("input", nargs="*", help="The input of a new run, a Python expression; without it, the last run is shown.")
async def trace_line(line: str) -> Any:
    """Show what a run did: nodes, models, tools and graphs inside, with times, tokens and errors.

    %trace                                           the last run that was watched
    %trace support --thread 42                       of this graph, on this thread
    %trace support {"question": "a refund?"}         a new run

    Nothing of it leaves this machine.
    """
    __tracebackhide__ = True
    ip = shell()
    head, source = split_line(line)
    given = parse_argstring(trace_line, head)
    config, context = await _option(given.config, ip), await _option(given.context, ip)
    graph = named_graph(given.name) if given.name else None
    start = await _evaluate(source, ip) if source.strip() else NOTHING
    with _interruptible():
        return await atrace(graph, start, thread=given.thread, config=config, context=context)


@magic_arguments("state")
@argument("name", help="The graph.")
@argument("--thread", required=True, help="The thread.")
def state(line: str) -> None:
    """The stored state of a thread: its values, what runs next, and the questions that wait. ``_`` is the snapshot.

    %state support --thread 42
    """
    __tracebackhide__ = True
    given = parse_argstring(state, line)
    shell().displayhook.update_user_ns(run.state(named_graph(given.name), given.thread))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Interrupt reaches an awaiting cell as a cancellation; what a person sees of it is one line."""
    try:
        yield
    except CancelledError:
        raise RunStopped("the cell was interrupted. With a checkpointer, the thread is kept.") from None


# -- reading lines and bodies ------------------------------------------------------------------------------------------


def _breakpoints(given: list[str], graph: Any, ip: Any) -> list[Breakpoint]:
    """What ``--break`` says."""
    __tracebackhide__ = True
    try:
        return [read_breakpoint(where, node_paths(graph), ip.user_ns) for where in given]
    except ValueError as error:
        raise CellError(str(error)) from None


async def _saver(source: str, ip: Any) -> Any:
    """The saver of ``--saver``; a file is opened once, for the graphs that name it too."""
    from langgraph_nb.notebook.extension import workbench

    if not source.startswith("sqlite:"):
        return await _option(source, ip)
    path = Path(source.removeprefix("sqlite:")).expanduser()
    if not path.is_file():
        files = [file.name for file in path.parent.glob("*.*") if file.suffix in DATABASES]
        raise CellError(f"There is no file {str(path)!r}.", did_you_mean(path.name, files))
    return workbench().savers.file(str(path))


async def _option(source: str | None, ip: Any) -> Any:
    """The value of an option's expression; quotes around it only hold it together."""
    __tracebackhide__ = True
    if source is None:
        return None
    return await _evaluate(unquoted(source), ip)


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


MAGICS: tuple[tuple[Callable[..., Any], str, str], ...] = (
    (invoke, "cell", "invoke"),
    (resume, "line_cell", "resume"),
    (inbox_line, "line", "inbox"),
    (state, "line", "state"),
    (step, "line", "step"),
    (trace_line, "line", "trace"),
    (chat_magic, "line_cell", "chat"),
)
