"""Looking back at threads: steps, writers, branches, pages, forks, comparisons."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, TypedDict
from xml.etree import ElementTree

import pytest

from langgraph_nb import InMemorySaver, StateGraph, compare, fork, history, why
from langgraph_nb.constants import START
from langgraph_nb.errors import InvalidUpdateError
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.past.tree import tree_svg
from langgraph_nb.types import Command, interrupt
from tests.unit.notebook.past_graphs import State, config, review, run


class Page(HTMLParser):
    """A page's tags, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("img", "br", "circle", "path", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("circle", "path", "rect"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def page(shown: Any) -> Page:
    found = Page(shown._repr_mimebundle_()["text/html"])
    assert not {"script", "iframe", "link", "object", "form"} & set(found.tags)
    return found


def test_each_step_says_who_ran_what_they_wrote_and_what_changed() -> None:
    past = history(run(review(), ok=True, n=1), "1")
    assert [step.number for step in past] == [2, 1, 0, -1]
    assert [[task.name for task in step.ran] for step in past] == [["send"], ["draft"], [START], []]
    assert past[2].writers("log") == ("send",)
    assert str(past.changes(2)[0]) == "~ log (1 added)\n    + 'send'"
    assert "step 1: draft\n  ~ log (1 added)\n      + 'draft'\n" in repr(past)
    assert repr(past).startswith("review, thread 1: 4 steps; finished")
    assert str(past.writers("log")) == "step 2: send wrote ['send']\nstep 1: draft wrote ['draft']"
    with pytest.raises(CellError, match="Did you mean 'log'"):
        past.writers("lgo")
    with pytest.raises(KeyError, match="There is no step 9"):
        past[9]


def test_of_several_nodes_in_a_step_each_is_told_with_what_it_wrote() -> None:
    shown = repr(history(run(review(), n=1), "1"))
    assert "step 3: a, slow\n  a wrote log=['a']\n  slow wrote log=['slow']\n" in shown


def test_questions_and_errors_are_shown_and_answers_go_on() -> None:
    graph = run(review(), n=1)
    past = history(graph, "1")
    assert past.status == "waits for an answer" and "⏸ ask asks" in repr(past) and "Really?" in page(past).text
    graph.invoke(Command(resume="yes", update={"n": 7}), config())
    assert "Command wrote 7" in str(history(graph, "1").writers("n"))

    def fails(state: State) -> None:
        raise ValueError("<b>broken</b>")

    broken = StateGraph(State).add_node(fails).add_edge(START, "fails").compile(InMemorySaver(), name="broken")
    with pytest.raises(ValueError):
        run(broken, n=1)
    past = history(broken, "1")
    assert past.status == "failed" and "✗ fails: " in repr(past) and "<b>broken</b>" in page(past).text


def test_a_page_needs_no_kernel_and_is_the_same_each_time() -> None:
    graph = run(review(), ok=True, n=1)
    past = history(graph, "1")
    assert "step 2 send" in page(past).text and "1 added" in page(past).text
    assert past._repr_mimebundle_() == history(graph, "1")._repr_mimebundle_()


def test_a_thousand_steps_stay_small() -> None:
    class Long(TypedDict):
        n: int
        text: str

    builder = StateGraph(Long).add_node("again", lambda s: {"n": s["n"] + 1, "text": f"{s['n']} " * 500})
    builder.add_edge(START, "again").add_conditional_edges("again", lambda s: "again" if s["n"] < 1000 else "__end__")
    graph = builder.compile(InMemorySaver(), name="long")
    graph.invoke({"n": 0, "text": ""}, {**config(), "recursion_limit": 2000})
    past = history(graph, "1")
    assert len(past) == 200 and past.past.more
    assert len(history(graph, "1", limit=2000)) == 1002
    html, plain = (past._repr_mimebundle_()[kind] for kind in ("text/html", "text/plain"))
    assert len(html) < 150_000 and len(plain) < 30_000
    assert "earlier steps: %history long --thread 1 --before 981" in plain
    assert re.search(r"%history long --thread 1 --before \d+", page(past).text)
    older = history(graph, "1", before=750)
    assert older.steps[0].number == 749 and len(older) > 100
    assert history(graph, "1", at=500).head.number == 500
    assert fork(graph, "1", at=3).next == ("again",)
    past = history(graph, "1")
    assert past.past.branches[-1].name == past.head.id[:18], "of a part, no numbers are given"
    assert len(tree_svg(past.past)) < 10_000


def forked() -> Any:
    graph = run(review(), n=1)
    fork(graph, "1", at=1, values={"ok": True}, as_node="draft")
    graph.invoke(None, config())
    return graph


def test_a_fork_goes_on_with_other_values_and_what_was_stays() -> None:
    graph = run(review(), n=1)
    made = fork(graph, "1", at=1, values={"ok": True}, as_node="draft")
    assert made.next == ("send",)
    assert str(made).startswith("review, thread 1: forked at step 1; next: send.\nGo on: %%invoke review --thread 1")
    assert graph.invoke(None, config())["log"] == ["draft", "send"]
    past = history(graph, "1")
    assert [branch.name for branch in past.past.branches] == ["b1", "b2"]
    assert past.past.head.values["log"] == ["draft", "send"]
    assert history(graph, "1", at="b1").status == "waits for an answer"
    assert history(graph, "1", at="b1").head.values["log"][-1] == "join"


def test_a_fork_without_values_runs_a_step_again() -> None:
    graph = run(review(), n=1)
    assert fork(graph, "1", at=0).next == ("draft",)
    graph.invoke(None, config())
    assert len(history(graph, "1").past.branches) == 2


def test_forks_that_make_no_sense_are_refused() -> None:
    graph = run(review(), n=1)
    with pytest.raises(CellError, match="no step '99'"):
        fork(graph, "1", at=99)
    with pytest.raises(CellError, match="nothing is stored"):
        fork(graph, "other", at=0)
    with pytest.raises(InvalidUpdateError, match="Did you mean 'draft'"):
        fork(graph, "1", at=1, values={"n": 1}, as_node="drfat")
    with pytest.raises(CellError, match="comes from no node"):
        fork(graph, "1", at=1, as_node="draft")
    with pytest.raises(CellError, match=r"no key 'okk'. Did you mean 'ok'\?"):
        fork(graph, "1", at=1, values={"okk": True})


def test_a_step_is_named_by_number_branch_or_checkpoint() -> None:
    past = history(forked(), "1").past
    head = past.head
    assert past.at("b2") is past.at(head.id) is past.at(head.id[:25]) is past.at(head.config) is past.at(None) is head
    assert past.at(1).number == 1 and past.at("5").number == 5
    with pytest.raises(CellError, match="steps are meant by"):
        past.at(head.id[:2])
    graph = run(review(), n=1)
    for at in (0, 0, -1):
        fork(graph, "1", at=at)
    with pytest.raises(CellError, match=r"3 steps are meant by '1', and none is on the current branch.* \(of b1\)"):
        fork(graph, "1", at=1)


def test_branches_are_drawn_as_a_tree_with_the_current_one_marked() -> None:
    past = history(forked(), "1")
    drawn = tree_svg(past.past, past.head)
    words = [node.text for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert "b2 · current" in words and "b1" in words and words[0].startswith("step 3  send")
    assert drawn.count("lgnb-way is-current") == 4
    assert tree_svg(past.past, theme="dark") != drawn and "var(--" not in drawn
    assert "svg" in page(past).tags and "2 branches" in page(past).text
    assert "b2: from step 1, steps 2 to 3" in repr(past)


def test_a_page_brings_the_colours_that_it_uses_and_no_others() -> None:
    html = history(forked(), "1")._repr_mimebundle_()["text/html"]
    used, declared = set(re.findall(r"var\((--[\w-]+)", html)), set(re.findall(r"(--[\w-]+): ", html))
    assert used == declared and len(used) > 10


def test_many_branches_are_counted() -> None:
    graph = run(review(), ok=True, n=1)
    start = history(graph, "1")[0].id
    for n in range(20):
        fork(graph, "1", at=start, values={"n": n}, as_node="draft")
    assert "… 9 more branches" in tree_svg(history(graph, "1").past)


def test_two_threads_are_aligned_by_step_and_the_first_difference_marked() -> None:
    graph = run(run(run(review(), "1", n=1), "2", n=1, ok=True), "3", n=1)
    found = compare(graph, "1", "2")
    assert found.first is not None and found.first.number == 0
    assert "+ ok: True" in repr(found) and "<- first difference" in repr(found)
    assert page(found).text.count("first difference") == 1
    assert compare(graph, "1", "3").first is None and "the same in all 7 steps" in repr(compare(graph, "1", "3"))


def test_two_branches_of_a_thread_are_compared() -> None:
    found = compare(forked(), "1", "1", at_a="b1", at_b="b2")
    assert found.names == ("1, b1", "1, b2")
    assert found.first is not None and found.first.number == 2
    assert "fix" in repr(found) and "they part at step 2" in repr(found)


def test_threads_of_different_graphs_are_compared() -> None:
    other = StateGraph(State).add_node("draft", lambda s: {"log": ["draft"]}).add_edge(START, "draft")
    small = run(other.compile(InMemorySaver(), name="small"), n=1, ok=True)
    found = compare(run(review(), n=1, ok=True), "1", "1", other=small)
    assert found.names == ("review, thread 1", "small, thread 1")
    assert found.first is not None and found.first.number == 1, "what runs next is not the same"


def test_a_thread_that_ends_sooner_is_said_to() -> None:
    graph = run(run(review(), "1", ok=True), "2", ok=True)
    graph.invoke({"n": 1}, config("2"))
    assert "the same up to step 2, where thread 1 ends" in repr(compare(graph, "1", "2"))


def test_the_past_of_graphs_inside_of_nodes_by_their_names() -> None:
    deep = StateGraph(State).add_node("ask", lambda s: {"log": [interrupt("Really?")]}).add_edge(START, "ask")
    inner = StateGraph(State).add_node("deep", deep.compile()).add_edge(START, "deep")
    graph = StateGraph(State).add_node("inside", inner.compile()).add_edge(START, "inside").compile(InMemorySaver())
    run(graph, n=1)
    assert history(graph, "1", inside="inside").head.next == ("deep",)
    assert "ask asks" in repr(history(graph, "1", inside="inside|deep"))
    assert "waits for an answer: Really?" in str(why(graph, "ask", "1", inside="inside|deep"))
    graph.invoke(Command(resume="yes"), config())
    assert [task.name for task in history(graph, "1", inside="inside|deep").head.ran] == ["ask"]
    with pytest.raises(CellError, match="Did you mean 'inside'"):
        history(graph, "1", inside="insied")


def test_the_past_of_a_graph_inside_of_a_node() -> None:
    inner = StateGraph(State).add_node("deep", lambda s: {"log": ["deep"]}).add_edge(START, "deep")
    outer = StateGraph(State).add_node("inside", inner.compile(checkpointer=True)).add_edge(START, "inside")
    graph = run(outer.compile(InMemorySaver()), n=1)
    found = history(graph, config={"configurable": {"thread_id": "1", "checkpoint_ns": "inside"}})
    assert [[task.name for task in step.ran] for step in found] == [["deep"], [START], []]


ATTACKS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x1b[31mred", "</style>"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_names_values_and_threads_are_text(attack: str) -> None:
    def ask(state: Any) -> dict[str, Any]:
        return {attack: interrupt({"question": attack, attack: attack})}

    builder = StateGraph(dict).add_node(attack, lambda s: {attack: attack}).add_node("ask", ask)
    builder.add_edge(START, attack).add_edge(attack, "ask")
    graph = builder.compile(InMemorySaver(), name=attack)
    for n in range(2):
        run(graph, attack, n=n)
        fork(graph, attack, at=0)
        graph.invoke(None, config(attack))
    past = history(graph, attack)
    for shown in (past, compare(graph, attack, attack, at_a="b1")):
        assert "img" not in page(shown).tags and "\x1b" not in shown._repr_mimebundle_()["text/html"]
    ElementTree.fromstring(tree_svg(past.past))


def test_steps_that_were_not_stored_are_said_to_be_missing() -> None:
    graph = review()
    graph.invoke({"ok": True}, config())
    graph.invoke({"n": 1}, config(), durability="exit")
    past = history(graph, "1")
    assert past.head.parent is None or "in one" in repr(past)
