# Solutions of 15_functional_api, and answers that are wrong in ways that happen.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
@task
def resize(photo: str) -> str:
    return f"small {photo}"


@entrypoint()
def album(photos: list[str]) -> list[str]:
    futures = [resize(photo) for photo in photos]
    return [future.result() for future in futures]

# %% exercise-1 wrong: what happens first is `['begun', 'waited for', 'begun']`
#-     futures = [resize(photo) for photo in photos]
#+     futures = (resize(photo) for photo in photos)

# %% exercise-1 wrong: Return what the futures give
#-     return [future.result() for future in futures]
#+     return futures

# %% exercise-1 wrong: `resize` is no task any more
#- @task
#+
#-     return [future.result() for future in futures]
#+     return futures

# %% exercise-1 wrong: `resize` was never called
#-     return [future.result() for future in futures]
#+     return [f"small {photo}" for photo in photos]
#-     futures = [resize(photo) for photo in photos]
#+

# %% exercise-1 wrong: `['begun', 'waited for', 'begun']`
@task
async def resize(photo: str) -> str:
    return f"small {photo}"


@entrypoint()
async def album(photos: list[str]) -> list[str]:
    return [await resize(photo) for photo in photos]

# %% exercise-1 wrong: and no workflow
#- @entrypoint()
#+

# %% exercise-2
numbers = itertools.count(1)


@task
def new_number() -> int:
    return next(numbers)


@entrypoint(checkpointer=InMemorySaver())
def billing(amount: float) -> str:
    number = new_number().result()
    agreed = interrupt({"question": f"Send invoice {number} over {amount} euros?"}, response_schema=bool)
    return f"sent {number}" if agreed else f"dropped {number}"

# %% exercise-2 wrong: was approved; the result is `'sent 2'`
#-     number = new_number().result()
#+     number = next(numbers)

# %% exercise-2 wrong: without a number
#-     agreed = interrupt({"question": f"Send invoice {number} over {amount} euros?"}, response_schema=bool)
#+     agreed = interrupt({"question": f"Send an invoice over {amount} euros?"}, response_schema=bool)

# %% exercise-2 wrong: Two invoices have the number 1.
#-     number = new_number().result()
#+     number = 1

# %% exercise-2 wrong: a future; its number is `.result()`
#-     number = new_number().result()
#+     number = new_number()

# %% exercise-2 wrong: Is `@task` above the function?
#- @task
#+

# %% exercise-2 wrong: The boss said no
#-     return f"sent {number}" if agreed else f"dropped {number}"
#+     return f"sent {number}"

# %% exercise-3
@entrypoint(checkpointer=InMemorySaver())
def meter(reading: int, *, previous: int | None = None) -> int:
    used = 0 if previous is None else reading - previous
    return entrypoint.final(value=used, save=reading)

# %% exercise-3 wrong: Was the reading kept, or what was used?
#-     return entrypoint.final(value=used, save=reading)
#+     return used

# %% exercise-3 wrong: With 1200 in January, what was used is `1200`
#-     used = 0 if previous is None else reading - previous
#+     used = reading - (previous or 0)

# %% exercise-3 wrong: `meter` has no checkpointer
#- @entrypoint(checkpointer=InMemorySaver())
#+ @entrypoint()

# %% exercise-3 wrong: the neighbour, another thread, what was used is
#- @entrypoint(checkpointer=InMemorySaver())
#+ last = []
#+
#+
#+ @entrypoint(checkpointer=InMemorySaver())
#-     used = 0 if previous is None else reading - previous
#+     used = reading - last[-1] if last else 0
#+     last.append(reading)
