"""LangChain's ``create_agent`` with middleware that tries again, falls back, limits and reports errors."""

import asyncio

from langchain.agents import create_agent
from langchain.agents.middleware import (
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
    ToolRetryMiddleware,
)
from langgraph.checkpoint.memory import InMemorySaver
from model import Script, attempt, call, tell

tried = []


def weather(city: str) -> str:
    """The weather in a city."""
    tried.append(city)
    if len(tried) % 3:
        raise ConnectionError(f"no line to {city}")
    return f"sunny in {city}"


def ask(agent, words="hello", config=None):
    given = {"messages": [("user", words)]}
    attempt(lambda: tell("sync", agent.invoke(given, config)["messages"]))


def aask(agent, words="hello", config=None):
    given = {"messages": [("user", words)]}
    attempt(lambda: tell("async", asyncio.run(agent.ainvoke(given, config))["messages"]))


for run in (ask, aask):
    run(create_agent(Script(answers=["plain"])))
    run(
        create_agent(
            Script(answers=[ValueError("busy"), "second try"]),
            middleware=[ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)],
        )
    )
    run(
        create_agent(
            Script(answers=[ValueError("busy")] * 3),
            middleware=[ModelRetryMiddleware(max_retries=1, initial_delay=0, jitter=False, on_failure="error")],
        )
    )
    run(
        create_agent(
            Script(answers=[ValueError("down")]),
            middleware=[
                ModelFallbackMiddleware(Script(answers=[ValueError("too")]), Script(answers=["the third model"]))
            ],
        )
    )
    loop = [[call("weather", n, city=f"C{n}")] for n in range(6)]
    retry = ToolRetryMiddleware(max_retries=3, initial_delay=0, jitter=False)
    run(create_agent(Script(answers=[*loop[:1], "done"]), [weather], middleware=[retry]))
    run(
        create_agent(
            Script(answers=[*loop[:1], "done"]),
            [weather],
            middleware=[ToolErrorMiddleware(lambda error, request: f"{request.tool_call['name']}: {error}")],
        )
    )
    run(create_agent(Script(answers=[*loop[:1], "done"]), [weather]))
    tried.clear()
    run(
        create_agent(
            Script(answers=[*loop, "done"]), [weather], middleware=[ModelCallLimitMiddleware(run_limit=2), retry]
        )
    )
    run(
        create_agent(
            Script(answers=[*loop, "done"]),
            [weather],
            middleware=[ModelCallLimitMiddleware(run_limit=2, exit_behavior="error"), retry],
        )
    )
    run(
        create_agent(
            Script(answers=[*loop[:3], "done"]), [weather], middleware=[ToolCallLimitMiddleware(run_limit=1), retry]
        )
    )
    run(
        create_agent(
            Script(answers=[*loop[:3], "done"]),
            [weather],
            middleware=[ToolCallLimitMiddleware(tool_name="weather", run_limit=1, exit_behavior="end"), retry],
        )
    )
    thread = {"configurable": {"thread_id": "1"}}
    agent = create_agent(
        Script(answers=["one", "two", "three"]),
        middleware=[ModelCallLimitMiddleware(thread_limit=2)],
        checkpointer=InMemorySaver(),
    )
    for words in "abc":
        run(agent, words, thread)
    tell("state", agent.get_state(thread).values)
    tell("history", [(s.metadata["step"], s.next) for s in agent.get_state_history(thread)])
