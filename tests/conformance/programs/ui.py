"""Messages for a user interface, in the state and in the custom stream."""

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage

from ..harness import Namespace, Run, thread
from . import PURE, program


@program("F19", savers=PURE)
def a_reducer_of_ui_messages(lg: Namespace, run: Run) -> None:
    def shows(id: str, **props: Any) -> dict:
        return {"type": "ui", "id": id, "name": "chart", "props": props, "metadata": {}}

    merges = {**shows("1", y=2), "metadata": {"merge": True}}
    have = [shows("1", x=1), shows("2")]
    for left, right in (
        ([], shows("1")), (shows("1"), shows("2")), (have, shows("1", y=2)), (have, merges), (have, [merges, merges]),
        (have, {"type": "remove-ui", "id": "2"}), (have, [{"type": "remove-ui", "id": "1"}, shows("1", z=3)]),
        (have, [shows("3"), {"type": "remove-ui", "id": "3"}]), (have, {"type": "ui", "id": "2", "props": {}}),
    ):  # fmt: skip
        run.show("merged", lg.ui_message_reducer(left, right))
    run.show("untouched", have)
    run.says("ValueError", lg.ui_message_reducer, have, {"type": "remove-ui", "id": "9"})
    run.fails("RuntimeError", lg.push_ui_message, "chart", {})
    run.fails("RuntimeError", lg.delete_ui_message, "1")


@program("F19", "F5")
def ui_messages_in_state_and_stream(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        ui: Annotated[list, lg.ui_message_reducer]
        side: Annotated[list, lg.ui_message_reducer]
        done: str

    @lg.node
    def show(state: State) -> dict:
        told = [lg.push_ui_message("chart", {"x": 1}, id="1", message=AIMessage("see", id="m"), metadata={"a": 1})]
        told.append(lg.push_ui_message("chart", {"y": 2}, id="1", merge=True, message={"id": "d"}))
        told.append(lg.push_ui_message("aside", {}, id="2", state_key="side"))
        told.append(lg.push_ui_message("nowhere", {}, id="3", state_key=None))
        run.show("told", told)
        return {"ui": {"type": "ui", "id": "4", "name": "returned", "props": {}, "metadata": {}}, "done": "show"}

    @lg.node
    def delete(state: State) -> dict:
        return {"done": lg.delete_ui_message("1")["type"]}

    app = lg.StateGraph(State).add_sequence([show, delete]).add_edge(lg.START, "show").compile(checkpointer=run.saver)
    for mode in (["custom", "updates", "values"], ["tasks"]):
        config = {**thread(str(mode)), "tags": ["mine"], "run_name": "named"}
        run.stream(app, {"done": ""}, config, stream_mode=mode)
    if run.saver:
        run.history(app, thread("['tasks']"))
