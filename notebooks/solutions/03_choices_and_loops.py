# Solutions of 03_choices_and_loops, and answers that are wrong in ways that happen.

# %% exercise-1
#!%%graph disk
class State(TypedDict):
    full: int
    done: str


def measure(state: State):
    return {"done": "nothing"}


def clean(state: State):
    return {"done": "cleaned"}


def page(state: State):
    return {"done": "paged"}


START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
{page, clean} >> END

# %% exercise-1 wrong: A disk that is fuller than 95 % is fuller than 80 %, too.
#- START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
#+ START >> measure >> (clean if state["full"] > 80 else page if state["full"] > 95 else END)

# %% exercise-1 wrong: More than 80: 80 itself is not.
#- START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
#+ START >> measure >> (page if state["full"] > 95 else clean if state["full"] >= 80 else END)

# %% exercise-2
#!%%graph backup
class State(TypedDict):
    works_at: int  # which try succeeds
    tries: int
    ok: bool


def attempt(state: State):
    tries = state.get("tries", 0) + 1
    return {"tries": tries, "ok": tries == state["works_at"]}


START >> attempt >> (END if state["ok"] or state["tries"] >= 3 else attempt)

# %% exercise-2 wrong: With `{'works_at': 9}`, `tries` in the end is `9`, expected `3`
#- START >> attempt >> (END if state["ok"] or state["tries"] >= 3 else attempt)
#+ START >> attempt >> (END if state["ok"] else attempt)

# %% exercise-2 wrong: it was still trying after 12 times
#-     tries = state.get("tries", 0) + 1
#+     tries = 1

# %% exercise-3
#!%%graph tickets
class State(TypedDict):
    text: str
    reason: str
    handled: str


def triage(state: State) -> Command[Literal["urgent", "later"]]:
    if "down" in state["text"]:
        return Command(update={"reason": "it is down"}, goto="urgent")
    return Command(update={"reason": "it can wait"}, goto="later")


def urgent(state: State):
    return {"handled": "now"}


def later(state: State):
    return {"handled": "tomorrow"}


START >> triage
{urgent, later} >> END

# %% exercise-3 wrong: is always taken, whatever the Command says
#- START >> triage
#+ START >> triage >> later

# %% exercise-3 wrong: No way leads from `triage` to `urgent`
#- def triage(state: State) -> Command[Literal["urgent", "later"]]:
#+ def triage(state: State):

# %% exercise-3 wrong: `reason` is `None`, expected `'it is down'`
#-         return Command(update={"reason": "it is down"}, goto="urgent")
#+         return Command(goto="urgent")
