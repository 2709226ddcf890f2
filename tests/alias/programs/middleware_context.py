"""LangChain's middleware that changes what a model reads, or what tools there are: summaries, PII, todos, and so on."""

import asyncio
import os
import tempfile
from pathlib import Path

from langchain.agents import create_agent
from langchain.agents.middleware import (
    ClearToolUsesEdit,
    ContextEditingMiddleware,
    FilesystemFileSearchMiddleware,
    HostExecutionPolicy,
    LLMToolEmulator,
    LLMToolSelectorMiddleware,
    PIIMiddleware,
    ShellToolMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
)
from model import Script, attempt, call, tell


def note(text: str) -> str:
    """Note something."""
    return f"noted {text}, write to ada@example.org or 10.0.0.1"


def other(text: str) -> str:
    """Something else."""
    return text


def both(make, words="hello", config=None):
    """Run a new agent sync, another one async."""
    for name in ("sync", "async"):
        agent, models = make()
        given = {"messages": [("user", words)]}

        def run():
            got = agent.invoke(given, config) if name == "sync" else asyncio.run(agent.ainvoke(given, config))
            tell(name, got)

        attempt(run)
        for model in models:
            tell("read", model.read)
            tell("bound", model.bound)


def agent_of(*answers, tools=(note,), **kwargs):
    model = Script(answers=list(answers))
    return create_agent(model, list(tools), **kwargs), [model]


notes = [[call("note", n, text=f"T{n}")] for n in range(4)]


def summarized():
    helper = Script(answers=["a summary", "another one", "a third", "a fourth"])
    agent, models = agent_of(
        *notes, "done", middleware=[SummarizationMiddleware(helper, trigger=("messages", 5), keep=("messages", 2))]
    )
    return agent, [*models, helper]


both(summarized)
both(
    lambda: agent_of(
        *notes,
        "done",
        middleware=[
            ContextEditingMiddleware(edits=[ClearToolUsesEdit(trigger=40, keep=1)], token_count_method="approximate")
        ],
    )
)
for strategy in ("redact", "mask", "hash", "block"):
    both(
        lambda: agent_of(
            notes[0],
            "mail bob@example.org",
            middleware=[
                PIIMiddleware("email", strategy=strategy, apply_to_output=True, apply_to_tool_results=True),
                PIIMiddleware("ip", strategy="redact", apply_to_tool_results=True),
            ],
        ),
        "I am eve@example.org",
    )
todos = [{"content": "first", "status": "in_progress"}, {"content": "second", "status": "pending"}]
both(lambda: agent_of([call("write_todos", 1, todos=todos)], "done", middleware=[TodoListMiddleware()]))
both(
    lambda: agent_of(
        [call("write_todos", 1, todos=todos), call("write_todos", 2, todos=todos)],
        "done",
        middleware=[TodoListMiddleware()],
    )
)


def emulated():
    helper = Script(answers=["made up"])
    agent, models = agent_of(notes[0], "done", middleware=[LLMToolEmulator(tools=["note"], model=helper)])
    return agent, [*models, helper]


both(emulated)


class Selecting(Script):
    def with_structured_output(self, schema, **kwargs):
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(lambda messages: (self.answer(messages), {"tools": ["note"]})[1])


def selected():
    helper = Selecting(answers=["chosen", "chosen"])
    agent, models = agent_of(
        notes[0], "done", tools=(note, other), middleware=[LLMToolSelectorMiddleware(model=helper, max_tools=1)]
    )
    return agent, [*models, helper]


both(selected)
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "a.txt").write_text("one\ntwo\n")
    Path(folder, "b.py").write_text("two = 2\n")
    os.utime(Path(folder, "a.txt"), (1, 1))
    both(
        lambda: agent_of(
            [call("glob_search", 1, pattern="*.txt"), call("grep_search", 2, pattern="two")],
            "done",
            tools=(),
            middleware=[FilesystemFileSearchMiddleware(root_path=folder, use_ripgrep=False)],
        )
    )
    both(
        lambda: agent_of(
            [call("shell", 1, command="echo $((40 + 2)); pwd | wc -l")],
            [call("shell", 2, command="(exit 3)")],
            "done",
            tools=(),
            middleware=[ShellToolMiddleware(folder, execution_policy=HostExecutionPolicy())],
        )
    )
