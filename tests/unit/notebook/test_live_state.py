"""A run's events, folded into what a person sees."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, RemoveMessage, ToolMessage

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Topology, TopologyNode
from langgraph_nb.notebook.live.failure import describe_failure, is_own_code
from langgraph_nb.notebook.live.outputs import progress_of
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.pregel.events import CustomData, MessageChunk, RunFinished, Task, TaskFinished
from langgraph_nb.types import Interrupt, Send
from tests.unit.notebook.live_events import finished, started, stepped, task, topology


def view_of(*names: str, **how: Any) -> RunView:
    view = RunView(topology(*names, **how), name="g", thread="1")
    view.begin({}, 0.0)
    return view


def fold(view: RunView, *events: Any, ns: tuple[str, ...] = (), at: float = 1.0) -> RunView:
    for event in events:
        view.fold(ns, event, at)
    return view


def status(view: RunView) -> dict[str, str]:
    return {path: node.status for path, node in view.nodes.items()}


def test_a_node_waits_runs_and_is_done() -> None:
    view = view_of("a")
    assert status(view)["a"] == "waiting"
    assert status(fold(view, started("a")))["a"] == "running"
    assert status(fold(view, finished("a")))["a"] == "done"


def test_what_a_finished_run_never_came_to_is_skipped() -> None:
    view = fold(view_of("a", "b"), started("a"), finished("a"), RunFinished("finished", {}))
    assert status(view) == {START: "done", "a": "done", "b": "skipped", END: "done"}


def test_time_is_counted_while_a_node_runs_and_not_while_the_run_is_paused() -> None:
    view = view_of("a")
    fold(view, started("a"), at=1.0)
    fold(view, finished("a"), RunFinished("interrupted", {}), at=3.0)
    view.begin(None, 10.0)
    assert view.nodes["a"].spent == 2.0
    assert view.elapsed(11.0) == 4.0


def test_a_fan_out_counts_its_tasks_and_is_done_with_the_last() -> None:
    view = fold(view_of("w"), started("w", "w", "w"), finished("w", index=1), finished("w", index=0))
    assert view.nodes["w"].to_json(1.0) | {"spent": 0} == {
        "status": "running", "visits": 1, "spent": 0, "done": 2, "total": 3,
    }  # fmt: skip
    assert status(fold(view, finished("w", index=2)))["w"] == "done"


def test_one_failure_or_question_decides_a_nodes_status() -> None:
    question = TaskFinished(task("w", 1, 0), interrupts=(Interrupt("?"),))
    view = fold(view_of("w"), started("w", "w"), question, finished("w", index=1))
    assert status(view)["w"] == "paused"


def test_only_known_results_make_a_node_cached() -> None:
    view = fold(view_of("a"), started("a"), TaskFinished(task("a"), cached=True))
    assert status(view)["a"] == "cached"


def test_going_on_with_a_paused_step_is_no_second_visit() -> None:
    view = fold(view_of("a"), started("a"), TaskFinished(task("a"), interrupts=(Interrupt("?"),)))
    fold(view, RunFinished("interrupted", {}), started("a"), finished("a"))
    assert view.nodes["a"].visits == 1
    assert fold(view, started("a", step=2)).nodes["a"].visits == 2


def test_edges_taken_are_those_that_the_writes_name() -> None:
    ways = [(START, "a"), ("a", "b"), ("a", "c"), ("b", END), ("c", END)]
    view = view_of("a", "b", "c", edges=ways)
    fold(view, started("a"), finished("a", goto="c"), stepped(1), started("c", step=2), finished("c", step=2))
    fold(view, stepped(2), RunFinished("finished", {}))
    assert list(view.edges) == [(START, "a"), ("a", "c"), ("c", END)]


def test_an_edge_taken_by_send_and_one_by_a_join() -> None:
    ways = [(START, "a"), (START, "b"), ("a", "j"), ("b", "j")]
    view = view_of("a", "b", "j", edges=ways)
    sent = TaskFinished(task("a", 1, 0), (("__pregel_tasks", Send("j", {})),))
    joined = TaskFinished(task("b", 1, 1), (("join:a+b:j", "b"),))
    fold(view, started("a", "b"), sent, joined, stepped(1), started("j", step=2))
    assert {("a", "j"), ("b", "j")} <= set(view.edges)


def test_a_subgraphs_nodes_are_told_apart_by_their_path() -> None:
    inner = Topology("sub", (TopologyNode("x"),), ())
    view = RunView(Topology("g", (TopologyNode("sub", "subgraph", inner=inner),), ()), name="g")
    view.begin(None, 0.0)
    fold(view, started("x"), finished("x", n=1), ns=("sub:0b",))
    assert status(view) == {"sub": "waiting", "sub|x": "done"}
    assert view.log.to_json()[0]["node"] == "sub|x"
    assert view.steps.to_json() == []


def test_two_runs_of_a_subgraph_at_once_are_shown_as_one() -> None:
    view = view_of("sub")
    fold(view, started("x"), ns=("sub:1",))
    view.fold(("sub:2",), started("x", step=1), 1.0)
    assert view.nodes["sub|x"].total == 2


def test_an_error_is_told_once_at_the_innermost_node() -> None:
    error = ValueError("no")
    view = view_of("sub")
    fold(view, started("x"), TaskFinished(task("x"), error=error), ns=("sub:1",))
    fold(view, started("sub"), TaskFinished(task("sub"), error=error))
    view.fail(error, 2.0)
    assert view.failure is not None and (view.failure["node"], view.failure["message"]) == ("sub|x", "no")
    assert [e["kind"] for e in view.log.to_json()] == ["error"]
    assert status(view)["sub"] == "failed"


def test_what_ran_when_the_run_was_stopped_waits_again() -> None:
    view = fold(view_of("a"), started("a"))
    view.stop(2.0)
    assert (view.status, status(view)["a"]) == ("stopped", "waiting")


def test_tokens_go_to_the_end_of_their_message() -> None:
    view = view_of("a")
    for text in ("Hel", "lo"):
        view.fold((), MessageChunk(task("a"), AIMessageChunk(text, id="m1"), {}), 1.0)
    view.fold((), MessageChunk(task("a"), AIMessage("Hello", id="m1"), {}), 1.0)
    (entry,) = view.log.to_json()
    assert (entry["text"], entry["role"]) == ("Hello", "assistant")


def test_tool_calls_that_come_in_pieces_are_told_when_they_are_whole() -> None:
    def chunk(name: str | None, args: str, place: int, **extra: Any) -> AIMessageChunk:
        piece = {"name": name, "args": args, "id": None, "index": place, "type": "tool_call_chunk"}
        return AIMessageChunk("", id="m1", tool_call_chunks=[piece], **extra)

    def told() -> list[tuple[str, list[str]]]:
        return [(e["text"], e.get("calls", [])) for e in view.log.to_json()]

    view = view_of("a")
    pieces = [AIMessageChunk("", id="m1"), AIMessageChunk("I look", id="m1"), chunk("look", "", 0)]
    pieces += [chunk(None, '{"q": {"a": 1}', 0)]
    fold(view, *(MessageChunk(task("a"), piece, {}) for piece in pieces))
    assert told() == [("I look", ["look(…)"])]
    pieces = [chunk(None, ', "api_key": "sk-1"}', 0), chunk("stop", "", 1, chunk_position="last")]
    fold(view, *(MessageChunk(task("a"), piece, {}) for piece in pieces))
    assert told() == [("I look", ["look(q={'a': 1}, api_key=•••)", "stop()"])]


def test_a_graph_inside_that_is_left_by_a_command_for_the_graph_around_has_ended() -> None:
    view = fold(view_of("agent"), started("agent"))
    fold(view, started("tools"), ns=("agent:1",))
    assert status(view)["agent|tools"] == "running"
    fold(view, finished("agent", n=1))
    assert (status(view)["agent"], status(view)["agent|tools"]) == ("done", "done")


def test_an_agent_says_its_name() -> None:
    about = {"lc_agent_name": "meteorologist"}
    view = fold(view_of("tools"), MessageChunk(task("model"), AIMessageChunk("sunny", id="1"), about), ns=("tools:1",))
    fold(view, MessageChunk(task("tools"), ToolMessage("42", tool_call_id="c", name="look"), about))
    fold(view, MessageChunk(task("tools"), ToolMessage("43", tool_call_id="d"), about))
    assert [(e["node"], e.get("who")) for e in view.log.to_json()] == [
        ("tools|model", "meteorologist"), ("tools", "look"), ("tools", None),
    ]  # fmt: skip


def test_what_says_nothing_is_no_message() -> None:
    view = view_of("a")
    fold(view, *(MessageChunk(task("a"), AIMessageChunk("", id=i), {}) for i in ("m1", "lc_run--1")))
    assert view.log.to_json() == []


def test_messages_are_a_conversation() -> None:
    view = RunView(topology("a"), name="g")
    view.begin({"messages": [("user", "hi"), {"role": "human", "content": "there"}]}, 0.0)
    call = AIMessage("", id="1", tool_calls=[{"name": "look", "args": {"q": "x"}, "id": "c"}])
    fold(view, MessageChunk(task("a"), call, {}), MessageChunk(task("a"), ToolMessage("42", tool_call_id="c"), {}))
    said = [(e["role"], e["text"], e.get("calls")) for e in view.log.to_json()]
    assert said == [
        ("user", "hi", None), ("user", "there", None), ("assistant", "", ["look(q=x)"]), ("tool", "42", None),
    ]  # fmt: skip


def test_a_message_is_shown_once_whoever_returns_it() -> None:
    asked, said = HumanMessage("hi", id="h"), AIMessage("hello", id="m")
    view = view_of("sub")
    inner = Task("x", ("pull", "x", 0), (), {"messages": [asked]}, 1)
    view.fold(("sub:1",), MessageChunk(inner, said, {}), 1.0)
    view.fold(("sub:1",), TaskFinished(inner, (("messages", [said]),)), 1.0)
    around = Task("sub", ("pull", "sub", 0), (), {"messages": [asked]}, 1)
    view.fold((), TaskFinished(around, (("messages", [asked, said, RemoveMessage(id="h")]),)), 1.0)
    entries = [(e["node"], e["kind"], e["text"]) for e in view.log.to_json()]
    assert entries == [("sub|x", "message", "hello"), ("sub", "change", "a message removed")]


def test_messages_that_are_written_as_dicts_are_messages() -> None:
    view = fold(view_of("a"), finished("a", messages=[{"role": "ai", "content": "hello"}], m={"role": "nobody"}))
    assert [(e["kind"], e.get("role"), e["text"]) for e in view.log.to_json()] == [
        ("message", "assistant", "hello"), ("change", None, "{'role': 'nobody'}"),
    ]  # fmt: skip


def test_a_change_shows_what_was_before() -> None:
    view = fold(view_of("a"), stepped(0, n=1), started("a"), finished("a", n=2))
    assert view.log.to_json()[0] | {"i": 0} == {
        "i": 0, "node": "a", "kind": "change", "text": "2", "key": "n", "before": "1",
    }  # fmt: skip


def test_secrets_are_not_shown_anywhere() -> None:
    view = fold(view_of("a"), started("a"), finished("a", api_key="sk-1"))
    fold(view, stepped(1, api_key="sk-1", d={"password": "p-9"}))
    shown = json.dumps(view.snapshot(1.0))
    assert "sk-1" not in shown and "p-9" not in shown


def test_custom_data_is_shown_and_progress_moves_the_bar() -> None:
    told = [CustomData(task("a"), {"done": 1, "total": 4}), CustomData(task("a"), "note")]
    view = fold(view_of("a"), started("a"), *told)
    assert view.nodes["a"].progress == 0.25
    assert [e["text"] for e in view.log.to_json()] == ["note"]


def test_progress_is_read_from_two_shapes_and_kept_within_bounds() -> None:
    assert progress_of({"progress": 7}) == 1.0
    assert progress_of({"done": 1, "total": 0}) is None
    assert progress_of("0.5") is None


def test_prints_of_a_node_are_one_entry_until_something_else_comes() -> None:
    view = view_of("a")
    view.print_text("a", "x\n")
    view.print_text("a", "y\n")
    view.print_text("b", "z\n")
    assert [e["text"] for e in view.log.to_json()] == ["x\ny\n", "z\n"]


def test_steps_say_who_changed_what() -> None:
    view = fold(view_of("a"), stepped(0, n=1, items=["x"]), started("a"), finished("a", n=2, items=["y"]))
    fold(view, stepped(1, n=2, items=["x", "y"]))
    first, second = view.steps.to_json()
    assert first == {"step": 0, "ran": [], "set": {"n": "1", "items": "['x']"}, "changes": []}
    assert second["changes"] == [
        {"key": "n", "by": ["a"], "op": "set", "before": "1", "after": "2"},
        {"key": "items", "by": ["a"], "op": "add", "after": "y"},
    ]


def test_a_value_that_is_written_again_as_it_was_has_nothing_before_it() -> None:
    view = view_of("a")
    steps = (("a", {"n": 1, "long": "x" * 2_000}), ("a", {"n": 1, "long": "x" * 1_999 + "y"}))
    for number, (node, values) in enumerate(steps):
        view.steps.add(number, values, set(values), [node], {key: [node] for key in values})
    same, longer = view.steps.to_json()[1]["changes"]
    assert same == {"key": "n", "by": ["a"], "op": "set", "after": "1"}
    assert "before" in longer, "its end is not known"


def test_going_on_does_not_repeat_the_step_that_it_starts_from() -> None:
    view = fold(view_of("a"), stepped(0, n=1), stepped(0, n=1))
    assert len(view.steps.to_json()) == 1


def test_a_patch_has_only_what_changed_and_numbers_rise_by_one() -> None:
    view = view_of("a", "b")
    first = view.snapshot(0.0)
    fold(view, started("a"))
    patch = view.patch(1.0)
    assert patch is not None and patch["seq"] == first["seq"] + 1
    assert list(patch["nodes"]) == ["a"]
    assert "entries" not in patch
    assert view.patch(1.0) is None and not view.changed


def test_a_snapshot_takes_in_what_the_next_patch_would_have_said() -> None:
    view = fold(view_of("a"), MessageChunk(task("a"), AIMessageChunk("x", id="1"), {}))
    assert view.snapshot(1.0)["entries"][0]["text"] == "x"
    assert view.patch(1.0) is None


def test_patches_applied_in_order_give_the_snapshot() -> None:
    view = view_of("a", "b")
    page = view.snapshot(0.0)
    events = [
        started("a"), MessageChunk(task("a"), AIMessageChunk("to", id="1"), {}),
        MessageChunk(task("a"), AIMessageChunk("ken", id="1"), {}), finished("a", n=1), stepped(1, n=1),
        started("b", step=2), CustomData(task("b", 2), "x"), finished("b", 2, n=2), stepped(2, n=2),
        RunFinished("finished", {"n": 2}),
    ]  # fmt: skip
    for event in events:
        view.fold((), event, 1.0)
        if patch := view.patch(1.0):
            _apply(page, patch)
    assert page == view.snapshot(1.0)


def _apply(page: dict[str, Any], patch: dict[str, Any]) -> None:
    grown, gone = patch.pop("grown", []), patch.pop("gone", [])
    entries = {e["i"]: e for e in page["entries"] if e["i"] not in gone}
    entries |= {e["i"]: e for e in patch.pop("entries", [])}
    for number, text, _ in grown:
        entries[number]["text"] += text
    page["entries"] = list(entries.values())
    page["nodes"] |= patch.pop("nodes", {})
    page["edges"] += patch.pop("edges", [])
    page["steps"] += patch.pop("steps", [])
    page.update(patch)


def test_ten_thousand_tokens_stay_within_bounds() -> None:
    view = view_of("a")
    for i in range(10_000):
        view.fold((), MessageChunk(task("a"), AIMessageChunk("token " * 2, id="m"), {}), 1.0)
        if i % 500 == 0:
            assert len(json.dumps(view.patch(1.0))) < 20_000
    (entry,) = view.snapshot(1.0)["entries"]
    assert len(entry["text"]) + entry["more"] == 120_000
    assert len(entry["text"]) == 40_000


def test_ten_thousand_entries_and_steps_stay_within_bounds() -> None:
    view = view_of("a", *(f"n{i}" for i in range(500)))
    view.print_text("b", "said first")
    page = view.snapshot(0.0)
    for i in range(10_000):
        fold(view, CustomData(task("a"), f"event {i}"), stepped(i, n=i))
        if i % 700 == 0 and (patch := view.patch(1.0)):
            _apply(page, patch)
    _apply(page, view.patch(1.0) or {})
    shown = view.snapshot(1.0)
    assert page["entries"] == shown["entries"]
    assert [e["text"] for e in shown["entries"]][:2] == ["said first", "event 9850"]
    assert (len(shown["entries"]), len(shown["steps"])) == (151, 300)
    assert shown["steps"][0]["set"]["n"] == "9700"
    for i in range(500):
        view.print_text(f"n{i}", "x")
    assert len(view.snapshot(1.0)["entries"]) == 400


def test_a_failure_shows_the_users_lines_only() -> None:
    namespace: dict[str, Any] = {"json": json}
    exec(compile("def node():\n    json.loads('{')\n", "/home/me/cell.py", "exec"), namespace)
    try:
        namespace["node"]()
    except ValueError as error:
        described = describe_failure(error, lambda file: "Cell In[1]")
    assert is_own_code("/home/me/cell.py")
    assert not is_own_code(json.__file__)
    assert [(f["file"], f["line"], f["name"]) for f in described["frames"]][-1] == ("Cell In[1]", 2, "node")


def test_a_failed_group_says_what_each_of_its_exceptions_was_and_where() -> None:
    inner = ExceptionGroup("inner", [KeyError("b"), ValueError("two\nlines")])
    try:
        try:
            raise TypeError("a")
        except TypeError as error:
            raise ExceptionGroup("outer", [error, inner]) from None
    except ExceptionGroup as group:
        head, first, *rest = describe_failure(group, lambda file: "Cell In[1]")["message"].split("\n")
    assert head == "outer (2 sub-exceptions)"
    assert first.startswith("• TypeError: a (Cell In[1], line ")
    assert rest == ["• KeyError: 'b'", "• ValueError: two lines"]
