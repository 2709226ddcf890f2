"""Tasks and entrypoints keep the types of the functions that they are made of."""

from typing import assert_type

from langgraph_nb.func import entrypoint, task


@task
def length(text: str) -> int:
    return len(text)


@task(name="joined")
async def join(left: str, right: str) -> str:
    return left + right


@entrypoint()
def workflow(text: str) -> int:
    future = length(text)
    assert_type(future.result(), int)
    return future.result()


async def gather() -> None:
    assert_type(await join("a", "b"), str)


print(workflow.invoke("text"))

length(5)  # error: no text
length("a").result().upper()  # error: a number has no upper
