"""Differences in names that nothing has."""

from typing import Any

from ..harness import Namespace, Run, thread
from ..programs.routing import build
from . import Refused, differs, returning


@differs(theirs={"seen": ["cmd"]}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_goto(lg: Namespace, run: Run) -> Any:
    command = lg.Command(update={"seen": ["cmd"]}, goto="repyl")
    return run.invoke(returning(lg, command, "reply").compile(), {"seen": []})


@differs(theirs={"seen": []}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_goto_of_a_send(lg: Namespace, run: Run) -> Any:
    command = lg.Command(goto=lg.Send("repyl", {}))
    return run.invoke(returning(lg, command, "reply").compile(), {"seen": []})


@differs(theirs={"seen": ["start", "in"]}, ours=Refused("InvalidUpdateError", "Did you mean 'start'?"))
def unknown_goto_of_an_input(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return run.invoke(app, lg.Command(update={"seen": ["in"]}, goto="strat"), thread())


@differs(theirs={"seen": ["start"]}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_target_of_a_router(lg: Namespace, run: Run) -> Any:
    builder = build(lg, "start", "reply").add_conditional_edges("start", lambda state: "repyl")
    return run.invoke(builder.compile(), {"seen": []})


@differs(theirs=[], ours=Refused("ValueError", "Did you mean 'values'?"))
def unknown_stream_mode(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, stream_mode="valeus")


@differs(theirs=[{"start": {"seen": ["start"]}}], ours=Refused("ValueError", "Did you mean 'v2'?"))
def unknown_version(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, version="v12")


@differs(theirs={"seen": ["start"]}, ours=Refused("TypeError", "Did you mean 'durability'?"))
def unknown_option(lg: Namespace, run: Run) -> Any:
    return run.invoke(build(lg, "start").compile(), {"seen": []}, durabilty="sync")


@differs(theirs={"seen": ["start"]}, ours=Refused("ValueError", "Did you mean 'async'?"))
def unknown_durability(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    return run.invoke(app, {"seen": []}, thread(), durability="asinc")
