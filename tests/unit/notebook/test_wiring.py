"""What a chain of ``>>`` means: every row of the table, nested, and the mistakes."""

from __future__ import annotations

import pytest

from langgraph_nb.notebook.edges import Branch, Edge, Join, Wire, cases, named, wires
from langgraph_nb.notebook.mistakes import WiringError
from langgraph_nb.notebook.problems import missing_node
from langgraph_nb.notebook.wiring import read_cell

S, E = "__start__", "__end__"


def short(wire: Wire) -> object:
    match wire:
        case Edge():
            return (wire.source, wire.target)
        case Join():
            return (list(wire.sources), wire.target)
        case Branch():
            return (wire.source, {c.key: ("*" if c.fan_out else "") + c.target for c in cases(wire.way)})


def edges(source: str) -> list[object]:
    return [short(wire) for chain in read_cell(source).chains for wire in wires(chain)]


ROWS: dict[str, list[object]] = {
    "START >> a >> b >> END": [(S, "a"), ("a", "b"), ("b", E)],
    "a >> {b, c}": [("a", "b"), ("a", "c")],
    "{b, c} >> d": [("b", "d"), ("c", "d")],
    "[b, c] >> d": [(["b", "c"], "d")],
    "a >> [b, c] >> d": [("a", "b"), ("a", "c"), (["b", "c"], "d")],
    "a >> [b, c]": [("a", "b"), ("a", "c")],
    "[b] >> d": [("b", "d")],
    "a >> {b, c} >> d": [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")],
    "{a, b} >> {c, d}": [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")],
    "[a, b] >> {c, d}": [(["a", "b"], "c"), (["a", "b"], "d")],
    'a >> (b if state["k"] == "x" else c)': [("a", {'state["k"] == "x"': "b", "else": "c"})],
    "a >> (b if T else c) >> d": [("a", {"T": "b", "else": "c"}), ("b", "d"), ("c", "d")],
    "a >> (b if T else END) >> d": [("a", {"T": "b", "else": E}), ("b", "d")],
    "START >> (a if T else b)": [(S, {"T": "a", "else": "b"})],
    "{a, b} >> (c if T else d)": [("a", {"T": "c", "else": "d"}), ("b", {"T": "c", "else": "d"})],
    "a >> (b if T else c if U else END)": [("a", {"T": "b", "U": "c", "else": E})],
    "a >> ((b if U else c) if T else d)": [("a", {"T and U": "b", "T, else": "c", "else": "d"})],
    "a >> ((b if x or y else c) if T else d)": [("a", {"T and (x or y)": "b", "T, else": "c", "else": "d"})],
    "a >> ({b, c} if T else END)": [("a", {"T": "b", "T (2)": "c", "else": E})],
    'a >> {"x": b, "y": c}[state["k"]]': [("a", {"x": "b", "y": "c"})],
    'a >> {"x": b, 2: END}[KEY] >> d': [("a", {"x": "b", "2": E}), ("b", "d")],
    'a >> {"x": b, Kind.Y: c}.get(KEY, d)': [("a", {"x": "b", "Kind.Y": "c", "else": "d"})],
    'a >> {"x": (b if T else c), "y": d}[KEY]': [("a", {"x and T": "b", "x, else": "c", "y": "d"})],
    'a >> [work(item=i) for i in state["items"]] >> d': [
        ("a", {'for i in state["items"]': "*work"}),
        ("work", "d"),
    ],
    "START >> [work(i) for i in state]": [(S, {"for i in state": "*work"})],
    "a >> [work(x=i, y=j) for i in A if i for j in B if j]": [("a", {"for i in A if i for j in B if j": "*work"})],
    "a >> (work(item=i) for i in items)": [("a", {"for i in items": "*work"})],
    "a >> work(item=1) >> d": [("a", {"work": "*work"}), ("work", "d")],
    "a >> [work(n=1), work(n=2)] >> d": [("a", {"work": "*work"}), ("a", {"work": "*work"}), ("work", "d")],
    "a >> ([work(item=i) for i in items] if items else END) >> d": [
        ("a", {"items": "*work", "else": E}),
        ("work", "d"),
    ],
    "a >> [small(i) if i < 9 else big(i) for i in items] >> d": [
        ("a", {"for i in items": "*small", "for i in items (2)": "*big"}),
        ("small", "d"),
        ("big", "d"),
    ],
    "a >> route(fn, b, c)": [("a", {"b": "b", "c": "c"})],
    "a >> route(fn, b, END) >> d": [("a", {"b": "b", E: E}), ("b", "d")],
    "a >> route(lambda state: 'b', {b, c})": [("a", {"b": "b", "c": "c"})],
    "a >> route(fn, yes=b, no=c)": [("a", {"yes": "b", "no": "c"})],
    "a >> route(fn, {True: b, False: END})": [("a", {"True": "b", "False": E})],
    "a >> (route(fn, b, c) if T else d) >> e": [
        ("a", {"T": "b", "T (2)": "c", "else": "d"}),
        ("b", "e"),
        ("c", "e"),
        ("d", "e"),
    ],
    '"look up" >> tools.search >> "b"': [("look up", "tools.search"), ("tools.search", "b")],
    "a >> (b >> c) >> d": [("a", "b"), ("b", "c"), ("c", "d")],
    "a >> {b >> c, d} >> e": [("b", "c"), ("a", "b"), ("a", "d"), ("c", "e"), ("d", "e")],
    "a >> [b >> c, d] >> e": [("b", "c"), ("a", "b"), ("a", "d"), (["c", "d"], "e")],
    "a >> (b >> c if T else d) >> e": [("b", "c"), ("a", {"T": "b", "else": "d"}), ("c", "e"), ("d", "e")],
    "a >> {b, (c if T else END)}": [("a", "b"), ("a", {"T": "c", "else": E})],
    "{START, a} >> b": [(S, "b"), ("a", "b")],
    "a >> {b, b}": [("a", "b")],
    "a >> a": [("a", "a")],
    "a >> b; b >> c": [("a", "b"), ("b", "c")],
    "(a\n >> b  # then\n >> c)": [("a", "b"), ("b", "c")],
    '"__start__" >> a >> "__end__"': [(S, "a"), ("a", E)],
    "größe >> 日本": [("größe", "日本")],
    "route >> a": [("route", "a")],
}


@pytest.mark.parametrize("source", ROWS, ids=str)
def test_a_chain_stands_for_these_edges(source: str) -> None:
    assert edges(source) == ROWS[source]


def test_ordinary_statements_are_kept_and_wiring_is_not_among_them() -> None:
    cell = read_cell("x = 8 >> 2\nSTART >> a\ndef f(): a >> b\nprint(x >> 1)\na >> END\nx")
    assert len(cell.statements) == 4
    assert [edge for chain in cell.chains for edge in map(short, wires(chain))] == [(S, "a"), ("a", E)]


def test_a_long_chain_needs_no_deep_stack() -> None:
    names = [f"n{i}" for i in range(600)]
    assert len(edges(" >> ".join(names))) == 599


def test_places_are_the_lines_of_the_cell() -> None:
    (edge,) = wires(read_cell("\nä >> b", first_line=2).chains[0])
    assert (edge.place.line, edge.place.column, edge.place.end_column) == (3, 5, 6)


MISTAKES = {
    "a >> b if T else c": ("parentheses", 1),
    "a >> b, c": ("{b, c}", 1),
    "a >> b | c": ("{b, c}", 1),
    "a >> b or c": ("{b, c}", 1),
    "a >> b == c": ("a statement of its own", 1),
    "a >> (b or c)": ("{b, c}", 1),
    "a >> (b, c)": ("[b, c]", 1),
    "a >> {}": ("no node", 1),
    "a >> []": ("no node", 1),
    'a >> {"x": b}': ("[KEY]", 1),
    "a >> {}[KEY]": ("no ways", 1),
    'a >> {"x": b, "x": c}[KEY]': ("twice", 1),
    "a >> {**ways}[KEY]": ("**", 1),
    "a >> [b, c][0]": ("is not a node", 1),
    "a >> START": ("Nothing leads to START", 1),
    "a >> {b, START}": ("Nothing leads to START", 1),
    "a >> (b if T else START)": ("Nothing leads to START", 1),
    "END >> a": ("stops at END", 1),
    "a >> END >> b": ("stops at END", 1),
    "a >> (END if T else END) >> b": ("stops at END", 1),
    "[b, END] >> c": ("A join waits for nodes", 1),
    "[START, b] >> c": ("A join waits for nodes", 1),
    "a >> [b, (c if T else d)] >> e": ("only one of these runs", 1),
    "a >> [b, x >> (c if T else END)] >> e": ("only one of these runs", 1),
    "[b, c] >> (d if T else e)": ("Put a node between", 1),
    "[b, c] >> [work(i) for i in items]": ("Put a node between", 1),
    "(a if T else b) >> c": ("Nothing stands before", 1),
    "{a, (b if T else c)} >> d": ("Nothing stands before", 1),
    "[work(i) for i in items] >> d": ("Nothing stands before", 1),
    "a >> [b for i in items]": ("each item is sent", 1),
    "a >> work()": ("is a call", 1),
    "a >> work(1, 2)": ("one value", 1),
    "a >> work(*items)": ("one value", 1),
    "a >> work(1, item=2)": ("one value", 1),
    "a >> make(1)(2)": ("Give it a name first", 1),
    "a >> nodes['x']": ("is not a node", 1),
    "a >> nodes['x'].run": ("Give it a name first", 1),
    "a >> (lambda s: s)": ("Write the function with `def`", 1),
    "a >> None": ("is not a node", 1),
    "8 >> 2": ("is not a node", 1),
    "a >> ''": ("cannot be called ''", 1),
    "a >> f'{b}'": ("f-string", 1),
    "a >> {*nodes}": ("`*` hides", 1),
    "a >> route(fn)": ("where it leads", 1),
    "a >> route(fn, **ways)": ("**", 1),
    "a >> route(fn, (b if T else c))": ("leads to nodes", 1),
    "a >> (b if await ready() else c)": ("cannot wait", 1),
    "a >> [work(i) async for i in items]": ("cannot wait", 1),
    "a >> (b if (yield) else c)": ("cannot wait", 1),
    "a >> (b if T else\n  START)": ("START", 2),
    "x = 1\nif x:\n    START >> a": ("inside of `if`", 3),
    "for n in (1, 2):\n    a >> b": ("inside of `for`", 2),
    "chain = START >> a": ("read, not computed", 1),
    "print(a >> END)": ("read, not computed", 1),
    "END << a": ("left to right", 1),
    "START > a": ("two signs", 1),
    "a >> b > END": ("two signs", 1),
}


@pytest.mark.parametrize("source", MISTAKES, ids=str)
def test_a_mistake_is_explained_at_its_line(source: str) -> None:
    words, line = MISTAKES[source]
    with pytest.raises(WiringError) as caught:
        [wires(chain) for chain in read_cell(source).chains]
    assert words in str(caught.value)
    assert caught.value.lineno == line
    assert caught.value.mend
    assert f"line {line}: " in str(caught.value) and "^" in str(caught.value)


def test_the_caret_stands_under_the_mistake() -> None:
    with pytest.raises(WiringError) as caught:
        read_cell('"ü" >> b >> None')
    *_, line, caret = str(caught.value).split("\n")
    assert line[caret.index("^") : caret.rindex("^") + 1] == "None"


@pytest.mark.parametrize("source", ["a >>", "a >> > b", "def", "a >> (b if T)", "\0", "a >> lambda: b >> c else"])
def test_what_is_not_python_is_a_syntax_error(source: str) -> None:
    with pytest.raises(SyntaxError):
        read_cell(source)


def test_nothing_of_the_wiring_is_executed() -> None:
    read_cell("a >> (b if 1 / 0 else exit(1)) >> [work(open('/nowhere')) for _ in undefined]")


@pytest.mark.parametrize("line", ["one >> two", "[one, two] >> three", "one >> (two if state else three)"])
def test_each_node_is_told_with_the_place_where_it_stands(line: str) -> None:
    (wire,) = wires(read_cell(line).chains[0])
    for name, place in named(wire):
        assert line[place.column : place.end_column] == name


def test_start_in_small_letters_is_taken_for_start() -> None:
    assert "Did you mean START?" in str(missing_node("start", ["a", "b"]))
