"""Programs about awaited runs that are cancelled: what had finished is kept, what runs is told, the thread goes on."""

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import STORED, program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


class Trial:
    """What a run gets to: the node that finishes, and those that hang until the run is cancelled."""

    def __init__(self, lg: Namespace, hanging: int = 1) -> None:
        self.lg = lg
        self.log: list[str] = []
        self.finished, self.begun = asyncio.Event(), asyncio.Semaphore(0)
        self.hanging = hanging
        self.over = False

    async def hang(self, name: str) -> list[str]:
        """Hang until it is cancelled. Once a run was, it returns at once."""
        if not self.over:
            self.begun.release()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.log.append(f"{name} was cancelled")
                raise
        return [name]

    def hangs(self, name: str) -> Callable[..., Any]:
        async def node(state: State) -> dict:
            return {"seen": await self.hang(name)}

        return node

    def fan(self, **codes: Any) -> Any:
        """A builder of nodes side by side, and ``end`` after them."""
        builder = self.lg.StateGraph(State).add_node(self.lg.adds("end"))
        for name, code in codes.items():
            builder.add_node(name, code).add_edge(self.lg.START, name)
        return builder.add_edge(list(codes), "end")

    async def ready(self) -> None:
        """Wait until the first node has finished, and until those that hang do."""
        await self.finished.wait()
        for _ in range(self.hanging):
            await self.begun.acquire()
        await asyncio.sleep(0)

    async def read(self, chunks: Any) -> None:
        async for _ in chunks:
            self.finished.set()

    async def cancelled(self, chunks: Any) -> None:
        running = asyncio.ensure_future(self.read(chunks))
        await self.ready()
        running.cancel()
        await running

    async def timed_out(self, chunks: Any) -> None:
        async def end(limit: asyncio.Timeout) -> None:
            await self.ready()
            limit.reschedule(asyncio.get_running_loop().time())

        async with asyncio.timeout(None) as limit:
            ending = asyncio.ensure_future(end(limit))
            await self.read(chunks)
        await ending

    async def failed_beside(self, chunks: Any) -> None:
        async def fail() -> None:
            await self.ready()
            raise ArithmeticError("beside")

        async with asyncio.TaskGroup() as group:
            group.create_task(self.read(chunks))
            group.create_task(fail())

    async def closed(self, chunks: Any) -> None:
        await chunks.__anext__()
        self.finished.set()
        await self.ready()
        await chunks.aclose()

    async def end(self, how: str, chunks: Any) -> str:
        """Run a graph until it is ended. Returns what was raised."""
        raised = "nothing"
        try:
            await getattr(self, how)(chunks)
        except (asyncio.CancelledError, TimeoutError, ExceptionGroup) as error:
            raised = type(error).__name__
        self.over = True
        return raised


def siblings(trial: Trial) -> Any:
    trial.hanging = 2
    return trial.fan(a=trial.lg.adds("a"), b=trial.hangs("b"), c=trial.hangs("c"))


def a_graph_inside(trial: Trial) -> Any:
    child = trial.fan(x=trial.lg.adds("x"), y=trial.hangs("y")).compile()
    return trial.fan(a=trial.lg.adds("a"), child=child)


def a_called_graph(trial: Trial) -> Any:
    child = trial.fan(x=trial.hangs("x")).compile()

    async def calls(state: State) -> dict:
        return {"seen": (await child.ainvoke({"seen": []}))["seen"]}

    return trial.fan(a=trial.lg.adds("a"), calls=calls)


def called_tasks(trial: Trial) -> Any:
    @trial.lg.task
    async def done() -> str:
        trial.log.append("done ran")
        return "done"

    @trial.lg.task
    async def hangs(name: str) -> list[str]:
        return await trial.hang(name)

    async def calls(state: State) -> dict:
        first = await done()
        tasks = await asyncio.gather(hangs("t"), hangs("u"))
        return {"seen": [first, *tasks[0], *tasks[1]]}

    trial.hanging = 2
    return trial.fan(a=trial.lg.adds("a"), calls=calls)


def a_model(trial: Trial) -> Any:
    from langchain_core.language_models import FakeListChatModel

    class Model(FakeListChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            async for chunk in super()._astream(*args, **kwargs):
                yield chunk
                await trial.hang("the model")

    async def speaks(state: State) -> dict:
        return {"seen": ["".join([chunk.content async for chunk in Model(responses=["ab"]).astream("?")])]}

    return trial.fan(a=trial.lg.adds("a"), speaks=speaks)


@program("B12", "I1", "J3", "F3", savers=STORED)
def runs_are_cancelled(lg: Namespace, run: Run) -> None:
    if not lg.is_async:
        return
    for shape in (siblings, a_graph_inside, a_called_graph, called_tasks, a_model):
        for how in ("cancelled", "timed_out", "failed_beside", "closed"):
            trial, config = Trial(lg), thread(f"{shape.__name__} {how}")
            app = shape(trial).compile(checkpointer=run.saver)
            chunks = app.astream({"seen": []}, config, stream_mode="updates", durability="sync")
            run.show(f"{shape.__name__} {how}", run.run(trial.end(how, chunks)))
            run.show("log", sorted(trial.log))
            state = run.call(app, "get_state", config)  # LangGraph may have stored that tasks were cancelled, or not
            run.show("left", (state.next, state.values, state.interrupts))
            trial.log.clear()
            run.invoke(app, None, config)
            run.show("log", trial.log)
