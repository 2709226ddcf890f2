"""What all magics are made of: arguments, names of graphs, expressions, and being registered in a shell.

A magic is a function of IPython's with a parser. Which there are is said by ``registered``; what each does, by the
function of the same name that it calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from IPython.core import magic_arguments as arguments
from IPython.core.error import UsageError

from langgraph_nb.errors import did_you_mean

__all__ = [
    "add", "argument", "magic_arguments", "named_graph", "parse_argstring", "remove", "run_options",
    "split_line", "unquoted",
]  # fmt: skip

Magic = TypeVar("Magic", bound=Callable[..., Any])
Decorator = Callable[[Magic], Magic]
# IPython's decorators have no types; they leave a function as it is, with a parser attached
argument: Callable[..., Decorator[Any]] = arguments.argument
magic_arguments: Callable[..., Decorator[Any]] = arguments.magic_arguments

Known = Iterable[tuple[Callable[..., Any], str, str]]
"""Function, kind (``line``, ``cell`` or ``line_cell``) and name of each magic."""


def run_options(magic: Magic) -> Magic:
    """The arguments of every magic that runs a graph."""
    of_config = argument("--config", metavar="EXPR", help="More of the config, a dict.")
    of_context = argument("--context", metavar="EXPR", help="What nodes find in Runtime.context.")
    return cast(Magic, of_context(of_config(magic)))


def add(ip: Any, magics: Known) -> None:
    """Register magics with a shell."""
    for function, kind, name in magics:
        ip.register_magic_function(function, kind, name)


def remove(ip: Any, magics: Known) -> None:
    """Take back what :func:`add` registered."""
    for _, kind, name in magics:
        for one in ("line", "cell") if kind == "line_cell" else (kind,):
            ip.magics_manager.magics[one].pop(name, None)


def named_graph(name: str) -> Any:
    """The graph of this name, which can be run.

    Raises:
        UnknownGraphError: When there is none.
        UnfinishedGraphError: When it is not complete.
    """
    from langgraph_nb.notebook.extension import workbench

    return workbench().runnable(name)


_OPTION = re.compile(r"\s*(?:(--if-waiting\b|--[\w-]+(?:=|\s+)(?:\"[^\"]*\"|'[^']*'|\S+))|(\w+))")


def parse_argstring(magic: Any, line: str) -> Any:
    """What a magic's parser makes of a line.

    Raises:
        UsageError: It cannot be read; of a misspelt option it says which one may be meant, and where something is
            missing, how a whole line looks.
    """
    try:
        return arguments.parse_argstring(magic, line)  # type: ignore[no-untyped-call]
    except UsageError as error:
        known = [option for action in magic.parser._actions for option in action.option_strings]
        given = re.findall(r"(?:^|\s)(--[\w-]+)", line) if re.search("unrecognized|required", str(error)) else []
        for name in given:
            if not any(option.startswith(name) for option in known):
                raise UsageError(f"There is no option {name}. {did_you_mean(name, known)}") from None
        example = _example(magic, str(error)) if re.search("required|expected", str(error)) else ""
        if not example:
            raise
        raise UsageError(f"{error}. For example: {example}") from None


def _example(magic: Any, problem: str) -> str:
    """The line of a magic's help that shows what a problem is about; the first of its examples where none does."""
    _, *examples = re.findall(r"^\s*(%.*?)(?:   .*)?$", magic.__doc__ or "%", re.M)  # the first is the usage
    wanted = re.findall(r"--[\w-]+", problem)
    return next((line for line in examples if all(option in line for option in wanted)), "".join(examples[:1]))


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


def unquoted(text: str) -> str:
    """An option's text without the quotes that held it together.

    Example:
        >>> unquoted("'my file.db'")
        'my file.db'
    """
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
