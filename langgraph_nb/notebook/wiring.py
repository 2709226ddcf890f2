"""Reading a cell: which statements are ordinary Python, and what the wiring statements among them say.

A statement of the cell that is a chain of ``>>`` is wiring. It is read from the syntax tree and never executed, so its
names need not exist yet. This file turns source into terms (``terms``) or into a ``WiringError`` that points at the
line; it knows nothing of graphs, cells or IPython.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from langgraph_nb.constants import END, START
from langgraph_nb.notebook import terms
from langgraph_nb.notebook.mistakes import Place, WiringError, place_of
from langgraph_nb.notebook.rules import check_chain, has_condition
from langgraph_nb.notebook.terms import Begin, Chain, Expression, Map, Named, SendTo, Stop, Term, Way

_LOOSER = (ast.IfExp, ast.Tuple, ast.BinOp, ast.BoolOp, ast.Compare)
"""What Python splits at before it splits at ``>>``, so that a chain without parentheses ends up inside of it."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class CellSource:
    """What a cell says."""

    statements: tuple[ast.stmt, ...] = field(compare=False, repr=False)
    """The ordinary Python, to be executed."""
    chains: tuple[Chain, ...]
    """The wiring, in the order written."""
    lines: tuple[str, ...]
    """The source, for messages."""


def read_cell(source: str, *, filename: str = "<cell>", first_line: int = 1) -> CellSource:
    """Split a cell into ordinary statements and wiring.

    Args:
        source: Python; IPython's own syntax must have been translated.
        filename: The name under which the source is compiled later.
        first_line: The line of the cell that ``source`` begins on.

    Raises:
        SyntaxError: The source is not Python.
        WiringError: A wiring statement cannot be read.

    Example:
        >>> cell = read_cell("x = 1\\nSTART >> a >> END")
        >>> len(cell.statements), len(cell.chains)
        (1, 1)
    """
    padded = "\n" * (first_line - 1) + source.replace("\r\n", "\n")
    lines = tuple(padded.split("\n"))
    if "\0" in source:
        raise SyntaxError("source code cannot contain null bytes")
    module = compile(padded, filename, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    assert isinstance(module, ast.Module)
    reader = _Reader(lines)
    statements: list[ast.stmt] = []
    chains: list[Chain] = []
    for statement in module.body:
        if isinstance(statement, ast.Expr) and _is_chain(statement.value):
            chains.append(reader.statement(statement.value))
        else:
            reader.refuse_hidden_wiring(statement)
            statements.append(statement)
    return CellSource(tuple(statements), tuple(chains), lines)


def _is_chain(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift)


def _links(node: ast.expr) -> list[ast.expr]:
    """The operands of a chain from left to right; parentheses inside of it make no difference."""
    links: list[ast.expr] = []
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ast.BinOp) and isinstance(current.op, ast.RShift):
            pending += (current.right, current.left)
        else:
            links.append(current)
    return links


def dotted(node: ast.expr) -> str | None:
    """``a`` or ``module.a`` as text; ``None`` for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns expressions into terms. One method for each form that a term can have."""

    lines: tuple[str, ...]

    # -- statements

    def statement(self, node: ast.expr) -> Chain:
        chain = self.chain(node)
        head = chain.items[0]
        if has_condition(head):
            raise self.error("Nothing stands before this choice.", "Begin the chain with the node it follows.", head)
        check_chain(chain, self.lines)
        return chain

    def chain(self, node: ast.expr) -> Chain:
        return Chain(tuple(self.term(link) for link in _links(node)), self.place(node))

    def refuse_hidden_wiring(self, statement: ast.stmt) -> None:
        """Wiring that Python would execute instead of us reading it is a mistake; say which."""
        for node in _outside_functions(statement):
            if isinstance(node, ast.Expr) and node is not statement and _is_chain(node.value):
                kind = type(statement).__name__.removeprefix("Async").lower()
                raise self.error(
                    f"Wiring inside of `{kind}` is not read.",
                    "Write it as a statement of its own at the left margin; choices are `a >> (b if TEST else c)`.",
                    node.value,
                )
            if isinstance(node, ast.Compare) and isinstance(statement, ast.Expr) and _names_an_end(node):
                raise self.error("This compares, and wires nothing.", "Wiring has two signs: `a >> b`.", node)
            if isinstance(node, ast.BinOp) and self.is_wiring_by_mistake(node, statement):
                raise self.error("This is more than a chain of `>>`.", self.how_to_separate(statement, node), node)

    def is_wiring_by_mistake(self, node: ast.BinOp, statement: ast.stmt) -> bool:
        if not isinstance(node.op, (ast.RShift, ast.LShift)):
            return False
        if {dotted(node.left), dotted(node.right)} & {"START", "END"}:
            return True
        return (
            isinstance(node.op, ast.RShift)
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, _LOOSER)
            and node in ast.iter_child_nodes(statement.value)
        )

    def how_to_separate(self, statement: ast.stmt, node: ast.BinOp) -> str:
        if isinstance(node.op, ast.LShift):
            return "Wiring goes from left to right: write `a >> b`."
        match statement:
            case ast.Expr(ast.IfExp()):
                return "Put the choice in parentheses: `a >> (b if TEST else c)`."
            case ast.Expr(ast.Tuple() | ast.BinOp() | ast.BoolOp()):
                return "For several nodes write `a >> {b, c}`, or `[b, c]` where the next node waits for both."
        return "Wiring is a statement of its own: it is read, not computed, and has no value."

    # -- terms

    def term(self, node: ast.expr) -> Term:
        match node:
            case ast.Name() | ast.Attribute():
                return self.name(node)
            case ast.Constant(value=str(name)):
                return self.quoted(name, node)
            case ast.BinOp(op=ast.RShift()):
                return self.chain(node)
            case ast.Set(items):
                return terms.Parallel(self.several(items), self.place(node))
            case ast.List(items) if items:
                return terms.Together(self.several(items), self.place(node))
            case ast.IfExp(test, then, other):
                return terms.Choice(self.expression(test), self.term(then), self.term(other), self.place(node))
            case ast.Subscript(ast.Dict() as ways, key):
                return self.switch(node, ways, key, None)
            case ast.Call(ast.Attribute(ast.Dict() as ways, "get"), [key, default], []):
                return self.switch(node, ways, key, default)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return self.map(node)
            case ast.Call(ast.Name("route"), [function, *targets]) if targets or node.keywords:
                return self.route(node, function, targets)
            case ast.Call():
                return self.send(node)
        raise self.error(*_why_no_node(node), node)

    def name(self, node: ast.expr) -> Term:
        name = dotted(node)
        if name is None:
            raise self.error(
                f"`{self.text(node)}` is not the name of a node.",
                "Give it a name first: `step = ...`, then wire `step`.",
                node,
            )
        place = self.place(node)
        if name == "START":
            return Begin(place)
        return Stop(place) if name == "END" else Named(name, place)

    def quoted(self, name: str, node: ast.expr) -> Term:
        place = self.place(node)
        if name in (START, END):
            return Begin(place) if name == START else Stop(place)
        if not name.strip():
            raise self.error("A node cannot be called ''.", "Write the node's name.", node)
        return Named(name, place, quoted=True)

    def several(self, items: Iterable[ast.expr]) -> tuple[Term, ...]:
        found: dict[Term | str, Term] = {}
        for item in items:
            term = self.term(item)
            found.setdefault(term.name if isinstance(term, Named) else term, term)
        return tuple(found.values())

    def switch(self, node: ast.expr, ways: ast.Dict, key: ast.expr, default: ast.expr | None) -> Term:
        if not ways.values:
            raise self.error("This choice has no ways.", 'Write `{"x": b, "y": c}[KEY]`.', ways)
        return terms.Switch(
            self.expression(key),
            self.ways(ways),
            None if default is None else self.term(default),
            self.place(node),
        )

    def ways(self, ways: ast.Dict) -> tuple[Way, ...]:
        seen: dict[str, Way] = {}
        for key, target in zip(ways.keys, ways.values, strict=True):
            if key is None:
                raise self.error("`**` hides where the ways lead.", "Write each key with its node.", target)
            label = str(key.value) if isinstance(key, ast.Constant) else self.text(key)
            expression = self.expression(key)
            if expression.text in seen:
                raise self.error(f"The key {expression.text} is there twice.", "Give each key one way.", key)
            seen[expression.text] = Way(expression, label, self.term(target))
        return tuple(seen.values())

    def map(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Term:
        element = self.term(node.elt)
        for leaf in _leaves(element):
            if not isinstance(leaf, SendTo):
                raise self.error(
                    "This does not say what each item is sent.", "Write `[work(item=i) for i in ITEMS]`.", leaf
                )
        if any(generator.is_async for generator in node.generators):
            raise self.error("Wiring cannot wait.", "Use `a >> route(fn, work)` with an `async def fn`.", node)
        for generator in node.generators:
            for part in (generator.iter, *generator.ifs):
                self.expression(part)
        first, last = node.generators[0].target, (node.generators[-1].ifs or [node.generators[-1].iter])[-1]
        return Map(element, f"for {self.between(first, last)}", tuple(node.generators), self.place(node))

    def route(self, node: ast.Call, function: ast.expr, targets: list[ast.expr]) -> Term:
        ways: list[Way] = []
        for target in targets:
            match target:
                case ast.Dict():
                    ways += self.ways(target)
                case ast.List(items) | ast.Set(items):
                    ways += (Way(None, "", self.target(item)) for item in items)
                case _:
                    ways.append(Way(None, "", self.target(target)))
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.error("`**` hides where the route leads.", "Write each target.", keyword.value)
            tree = ast.copy_location(ast.Constant(keyword.arg), keyword.value)
            ways.append(Way(Expression(repr(keyword.arg), tree), keyword.arg, self.target(keyword.value)))
        if isinstance(function, ast.Lambda):
            self.expression(function.body)
        return terms.Route(Expression(self.text(function), function), tuple(ways), self.place(node))

    def target(self, node: ast.expr) -> Term:
        term = self.term(node)
        if not isinstance(term, (Named, Stop)):
            raise self.error("A route leads to nodes and END.", "Write `a >> route(fn, b, c, END)`.", node)
        return term

    def send(self, node: ast.Call) -> Term:
        name = dotted(node.func)
        if name is None or name in ("START", "END"):
            raise self.error(f"`{self.text(node)}` is not a node.", "Give it a name first, then wire the name.", node)
        target, place = Named(name, self.place(node.func)), self.place(node)
        if name == "route":
            raise self.error(
                "This route does not say where it leads.", "Name its targets: `a >> route(fn, b, c)`.", node
            )
        if not node.args and not node.keywords:
            raise self.error(
                f"`{name}()` is a call.", f"Write `{name}`, or say what it is sent: `{name}(item=...)`.", node
            )
        if (
            len(node.args) > 1
            or (node.args and node.keywords)
            or any(isinstance(arg, ast.Starred) for arg in node.args)
        ):
            raise self.error(
                "A node is sent one value.", f"Write `{name}(item=..., other=...)` or `{name}(value)`.", node
            )
        return SendTo(target, self.argument(node), place)

    def argument(self, node: ast.Call) -> Expression:
        if node.args:
            return self.expression(node.args[0])
        keys: list[ast.expr | None] = [None if k.arg is None else ast.Constant(k.arg) for k in node.keywords]
        tree = ast.Dict(keys=keys, values=[k.value for k in node.keywords])
        for keyword in node.keywords:
            self.expression(keyword.value)
        located = ast.fix_missing_locations(ast.copy_location(tree, node))
        return Expression(ast.unparse(located), located)

    # -- source

    def expression(self, node: ast.expr) -> Expression:
        for part in ast.walk(node):
            if isinstance(part, (ast.Await, ast.Yield, ast.YieldFrom)):
                raise self.error(
                    "Wiring cannot wait.",
                    "Use `a >> route(fn, b, c)` with an `async def fn` that returns the name.",
                    node,
                )
        return Expression(self.text(node), node)

    def text(self, node: ast.expr) -> str:
        source = ast.get_source_segment("\n".join(self.lines), node)
        return source if source and "\n" not in source else ast.unparse(node)

    def between(self, first: ast.expr, last: ast.expr) -> str:
        span = ast.copy_location(ast.Constant(None), first)
        span.end_lineno, span.end_col_offset = last.end_lineno, last.end_col_offset
        return " ".join((ast.get_source_segment("\n".join(self.lines), span) or "").split())

    def place(self, node: ast.AST) -> Place:
        return place_of(node, self.lines)

    def error(self, what: str, mend: str, at: ast.AST | Term) -> WiringError:
        place = self.place(at) if isinstance(at, ast.AST) else at.place
        return WiringError(what, mend, place=place, lines=self.lines)


def _why_no_node(node: ast.expr) -> tuple[str, str]:
    match node:
        case ast.Tuple():
            return "A tuple can mean two things.", "Write `{b, c}` for each of them, or `[b, c]` to wait for all."
        case ast.List() | ast.Dict(keys=[]):
            return "There is no node in these brackets.", "Write `{b, c}` or `[b, c]`."
        case ast.Dict():
            return "This choice has no key.", 'Write `{"x": b, "y": c}[KEY]`, KEY an expression over `state`.'
        case ast.Lambda():
            return "A node needs a name.", "Write the function with `def` and wire its name."
        case ast.Starred():
            return "`*` hides what is wired.", "Write each node's name."
        case ast.BoolOp() | ast.BinOp() | ast.Compare() | ast.UnaryOp():
            return (
                f"`{ast.unparse(node)}` is not a node.",
                "For several nodes write `{b, c}`; to choose write `(b if TEST else c)`.",
            )
        case ast.JoinedStr():
            return "An f-string hides what is wired.", "Write the node's name."
    return f"`{ast.unparse(node)}` is not a node.", "Wire the names of functions, START and END."


def _leaves(term: Term) -> Iterator[Term]:
    if isinstance(term, terms.Choice):
        yield from _leaves(term.then)
        yield from _leaves(term.other)
    else:
        yield term


def _names_an_end(comparison: ast.Compare) -> bool:
    return bool({dotted(side) for side in (comparison.left, *comparison.comparators)} & {"START", "END"})


def _outside_functions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The syntax of a statement that runs when the cell does."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop(0)
        if not isinstance(node, _FUNCTIONS):
            yield node
            pending += ast.iter_child_nodes(node)
