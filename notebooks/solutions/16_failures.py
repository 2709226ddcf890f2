# Solutions of 16_failures, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph labels
tried = []


class PaperJam(OSError):
    """Open the lid, take out the paper."""


class State(TypedDict):
    address: str
    label: str


@node(retry=RetryPolicy(max_attempts=4, retry_on=PaperJam, initial_interval=0.01, jitter=False))
def print_label(state: State):
    tried.append(state["address"])
    if not state["address"]:
        raise LookupError("a label needs an address")
    if len(tried) < 3:
        raise PaperJam("tray 2")
    return {"label": f"To: {state['address']}"}


START >> print_label >> END

# %% exercise-1 wrong: After 1 of 3 attempts
#- @node(retry=RetryPolicy(max_attempts=4, retry_on=PaperJam, initial_interval=0.01, jitter=False))
#+ @node(retry=RetryPolicy(max_attempts=4, initial_interval=0.01, jitter=False))

# %% exercise-1 wrong: is `4`, expected `1`
#- @node(retry=RetryPolicy(max_attempts=4, retry_on=PaperJam, initial_interval=0.01, jitter=False))
#+ @node(retry=RetryPolicy(max_attempts=4, retry_on=Exception, initial_interval=0.01, jitter=False))

# %% exercise-1 wrong: After 2 of 3 attempts
#- @node(retry=RetryPolicy(max_attempts=4, retry_on=PaperJam, initial_interval=0.01, jitter=False))
#+ @node(retry=RetryPolicy(max_attempts=2, retry_on=PaperJam, initial_interval=0.01, jitter=False))

# %% exercise-2
#!%%graph order
class State(TypedDict):
    total: float
    note: str
    shipped: bool


def later(state: State, error: NodeError) -> Command[Literal["ship"]]:
    return Command(update={"note": f"pays later: {error.error}"}, goto="ship")


@node(error_handler=later)
def pay(state: State):
    if state["total"] > 100:
        raise ConnectionError("the bank does not answer")
    return {"note": "paid"}


def ship(state: State):
    return {"shipped": True}


START >> pay >> ship >> END

# %% exercise-2 wrong: With a total of 250 the note is `None`
#-     return Command(update={"note": f"pays later: {error.error}"}, goto="ship")
#+     return Command(goto="ship")

# %% exercise-2 wrong: With a total of 250 the result is
#-     return Command(update={"note": f"pays later: {error.error}"}, goto="ship")
#+     return Command(update={"note": f"pays later: {error.error}"})

# %% exercise-2 wrong: Did you mean 'ship'?
#-     return Command(update={"note": f"pays later: {error.error}"}, goto="ship")
#+     return Command(update={"note": f"pays later: {error.error}"}, goto="shop")

# %% exercise-3
#!%%graph route --cache memory
measured = []


class State(TypedDict):
    customer: str
    zip: str
    km: int


@node(cache=CachePolicy(key_func=lambda state: state["zip"]))
def measure(state: State):
    measured.append(state["zip"])
    return {"km": int(state["zip"]) % 97}


START >> measure >> END

# %% exercise-3 wrong: `route` has no cache
#- %%graph route --cache memory
#+ %%graph route

# %% exercise-3 wrong: is `3`, expected `2`
#- @node(cache=CachePolicy(key_func=lambda state: state["zip"]))
#+ @node(cache=CachePolicy())

# %% exercise-3 wrong: Another zip has the same key.
#- @node(cache=CachePolicy(key_func=lambda state: state["zip"]))
#+ @node(cache=CachePolicy(key_func=lambda state: "km"))
