"""The notebooks of these tests, and what there is to see of a run in a page."""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import Locator

from tests.browser.lab import Lab, notebook

__all__ = ["BUILD", "Run", "asking", "everything", "failing", "faint", "nested", "overflowing", "slow", "tour"]

TOUR = Path(__file__).resolve().parents[2] / "notebooks" / "00_tour.ipynb"
BUILD = ("setup", "load", "profile", "review", "chart")
"""The cells of the tour that build its graph."""


def tour() -> nbformat.NotebookNode:
    """The tour without its outputs."""
    book = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return book  # type: ignore[no-any-return]


def slow(kind: str = "def") -> nbformat.NotebookNode:
    """A graph whose nodes wait for a file of their name; ``kind`` is ``def`` or ``async def``."""
    pause = "await asyncio.sleep(0.01)" if kind == "async def" else "time.sleep(0.01)"
    return notebook(
        build=f"""%load_ext langgraph_nb
import asyncio, time
from pathlib import Path
from typing import TypedDict
class State(TypedDict):
    done: str
{kind} gate(name):
    while not Path(name).exists():
        {pause}""",
        graph=f"""%%graph work --checkpointer memory
{kind} first(state: State):
    print("first begins")
    {"await " if kind == "async def" else ""}gate("first")
    return {{"done": "first"}}
{kind} second(state: State):
    {"await " if kind == "async def" else ""}gate("second")
    return {{"done": "second"}}
START >> first >> second >> END""",
        go="""%%invoke work --thread t
{"done": ""}""",
    )


def asking() -> nbformat.NotebookNode:
    """A graph that asks, and says what it was told."""
    return notebook(
        build="""%load_ext langgraph_nb
from typing import Literal, TypedDict
from pydantic import BaseModel, Field
from langgraph_nb.types import interrupt
class Order(BaseModel):
    kind: Literal["tea", "coffee"]
    cups: int = Field(ge=1, le=5)
    name: str = Field(min_length=2)
class State(TypedDict):
    order: Order""",
        graph="""%%graph bar --checkpointer memory
def ask(state: State):
    return {"order": interrupt({"question": "What would you like?"}, response_schema=Order)}
def serve(state: State):
    print(f"{state['order'].cups} x {state['order'].kind} for {state['order'].name}")
START >> ask >> serve >> END""",
        go="""%%invoke bar --thread t
{}""",
    )


def nested(file: str = "bar.db") -> nbformat.NotebookNode:
    """A graph that asks for what is nested, keeps its threads in a file, and counts in another what it served."""
    return notebook(
        build="""%load_ext langgraph_nb
from pathlib import Path
from typing import Literal, TypedDict
from pydantic import BaseModel, Field
from langgraph_nb.types import interrupt
class Address(BaseModel):
    street: str
class Person(BaseModel):
    name: str = Field(min_length=2)
    address: Address
class Line(BaseModel):
    what: Literal["tea", "coffee"]
    cups: int = Field(ge=1, le=5)
class Order(BaseModel):
    person: Person
    lines: list[Line]
    note: str = Field("", max_length=500)
class State(TypedDict):
    order: Order""",
        graph=f"""%%graph bar --checkpointer sqlite:{file}
def ask(state: State):
    return {{"order": interrupt({{"question": "What would you like?"}}, response_schema=Order)}}
def serve(state: State):
    (line,), person = state["order"].lines, state["order"].person
    with Path("{file}.served").open("a") as served:
        print("served", file=served)
    print(f"{{line.cups}} x {{line.what}} for {{person.name}}, {{person.address.street}}: {{state['order'].note}}")
START >> ask >> serve >> END""",
        go="""bar.invoke({}, {"configurable": {"thread_id": "t"}});""",
        inbox="%inbox",
    )


def everything() -> nbformat.NotebookNode:
    """A graph that asks for a value of every kind, three deep; and two in one thread, of which each can be answered."""
    return notebook(
        build="""%load_ext langgraph_nb
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from operator import add
from pydantic import BaseModel, Field, SecretStr
from langgraph_nb.types import interrupt
class Colour(Enum):
    RED = "red"
    BLUE = "blue"
class Card(BaseModel):
    digits: str = Field(pattern=r"^[0-9]{4}$", description="The last four.")
class Cash(BaseModel):
    amount: Decimal
class Address(BaseModel):
    street: str
    zip: str = Field(min_length=3)
class Person(BaseModel):
    name: str
    address: Address
class Item(BaseModel):
    what: str
    count: int = Field(ge=1, le=9)
class Box(BaseModel):
    label: str
    items: list[Item]
class Order(BaseModel):
    gift: bool
    size: Literal["small", "large"]
    colour: Colour
    cups: int = Field(ge=1, le=5)
    heat: float = Field(0.5, ge=0, le=1)
    price: Decimal
    day: date
    when: datetime
    at: time
    code: SecretStr
    note: str = Field(max_length=500, description="Say it in <b>words</b>.")
    extras: set[Literal["milk", "sugar", "lemon"]]
    tags: list[str]
    limits: dict[str, int]
    point: tuple[int, str]
    pay: Card | Cash
    person: Person
    boxes: list[Box]
    back: Address | None = None
    maybe: int | None = None
    other: Any = None
class State(TypedDict, total=False):
    got: Annotated[list, add]""",
        graph="""%%graph bar --checkpointer sqlite:all.db
def ask(state: State):
    order = interrupt("What would you like?", response_schema=Order)
    print(type(order).__name__, order.code.get_secret_value(), order.model_dump_json())
START >> ask >> END""",
        go="""%%invoke bar --thread all
{}""",
        mail="""%%graph mail --checkpointer sqlite:all.db
email = {"action": "send_email", "args": {"to": "ada@example.org", "body": "Dear Ada,", "urgent": True}}
def send(state: State):
    ways = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
    asked = {"action_request": email, "config": ways, "description": "# Send this?\\nIt is **urgent**."}
    return {"got": interrupt([asked])}
def pay(state: State):
    return {"got": [interrupt({"question": "Pay the bill?", "sum": 12.5}, response_schema=bool)]}
def tell(state: State):
    print("got", state["got"])
START >> {send, pay}
[send, pay] >> tell >> END""",
        both="""%%invoke mail --thread two
{}""",
        inbox="%inbox",
    )


def failing() -> nbformat.NotebookNode:
    """A graph whose second node fails."""
    return notebook(
        build="""%load_ext langgraph_nb
from typing import TypedDict
class State(TypedDict):
    n: float""",
        graph="""%%graph half --checkpointer memory
def begin(state: State):
    return {"n": 42}
def divide(state: State):
    return {"n": state["n"] / 0}
START >> begin >> divide >> END""",
        go="""%%invoke half --thread t
{"n": 0}""",
    )


class Run:
    """The live view in the output of a cell."""

    def __init__(self, lab: Lab, cell: str) -> None:
        self.lab, self.cell = lab, lab.cell(cell)
        self.view = self.cell.locator(".lgnb-live")

    def wait(self, status: str) -> None:
        """Until the run is ``running``, ``paused``, ``done``, ``failed`` or ``stopped``."""
        self.view.locator(f'header[data-status="{status}"]').wait_for()

    def node(self, name: str, status: str) -> Locator:
        """A node of the picture, once it has a status."""
        return self.view.locator(f'svg [data-node="{name}"].is-{status}')

    def field(self, label: str) -> Locator:
        """An input of the form."""
        return self.view.get_by_label(label, exact=True)

    def press(self, name: str) -> None:
        """Click a button."""
        self.view.get_by_role("button", name=name, exact=True).click()

    def seen(self, name: str) -> list[str]:
        """The statuses that a node has had since its view was drawn, in order."""
        changes: list[tuple[str, list[str]]] = self.lab.page.evaluate("() => window.seen")
        had: list[str] = []
        for node, classes in changes:
            status = next((one for one in classes if one.startswith("is-")), "")
            if node == name and status and status != (had or [""])[-1]:
                had.append(status)
        return [status.removeprefix("is-") for status in had]


def overflowing(view: Locator) -> list[str]:
    """The parts of a view that are cut off: wider than their place, and not made to be scrolled."""
    found: list[str] = view.evaluate("(root) => look.overflowing(root)")
    return found


def faint(view: Locator) -> list[str]:
    """The texts of a view with a contrast below 4.5 : 1 (WCAG 2.2, success criterion 1.4.3). Pictures are left out."""
    found: list[str] = view.evaluate("(root) => look.faint(root)")
    return found


def teams(kind: str = "") -> nbformat.NotebookNode:
    """A graph of graphs, three deep, whose innermost node says 40 lines and waits for a file; a large one beside it."""
    wide = "".join(f".add_node('n{i}', hush)" for i in range(14))
    edges = "".join(f".add_edge('n{i}', 'n{i + 1}')" for i in range(13))
    return notebook(
        build=f"""%load_ext langgraph_nb
import asyncio
from pathlib import Path
from langgraph_nb.graph import END, START, MessagesState, StateGraph
def hush(state):
    return {{}}
async def write(state):
    print("\\n".join(f"line {{i}}" for i in range(40)))
    while not Path("go").exists():
        await asyncio.sleep(0.01)
    return {{"messages": [{{"role": "ai", "content": "written"}}]}}
desk = StateGraph(MessagesState).add_node(write).add_edge(START, "write").compile()
team = StateGraph(MessagesState).add_node("desk", desk).add_edge(START, "desk").compile()
many = StateGraph(MessagesState){wide}{edges}.add_edge(START, "n0").compile()""",
        graph="""%%graph office --checkpointer memory
State = MessagesState
START >> many >> team >> END""",
        go="""%%invoke office --thread t
{"messages": "hello"}""",
        more="""%%invoke office --thread u
{"messages": "hello"}""",
    )


def saved_picture(book: nbformat.NotebookNode, cell: str) -> dict[str, str]:
    """What a file keeps of the run that a cell shows: the picture, and the same in words."""
    outputs = next(one for one in book.cells if one.id == cell).outputs
    (found,) = (dict(output.data) for output in outputs if "image/svg+xml" in output.get("data", ()))
    return found
