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

# %% exercise-1 wrong: Both ran: `['measure', 'page', 'clean']`
#- {page, clean} >> END
#+ page >> clean >> END

# %% exercise-1 wrong: The state has no `ful`. Did you mean 'full'?
#- START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
#+ START >> measure >> (page if state["ful"] > 95 else clean if state["ful"] > 80 else END)

# %% exercise-1 wrong: `full` is in the state: `state["full"]`.
#- START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
#+ START >> measure >> (page if full > 95 else clean if full > 80 else END)

# %% exercise-1 right: by a key
#- START >> measure >> (page if state["full"] > 95 else clean if state["full"] > 80 else END)
#+ START >> measure >> {2: page, 1: clean, 0: END}[(state["full"] > 80) + (state["full"] > 95)]

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

# %% exercise-2 wrong: count from 0
#-     tries = state.get("tries", 0) + 1
#+     tries = state.get("tries", 1) + 1

# %% exercise-2 wrong: Three times at most.
#- START >> attempt >> (END if state["ok"] or state["tries"] >= 3 else attempt)
#+ START >> attempt >> (END if state["ok"] or state["tries"] > 3 else attempt)

# %% exercise-2 wrong: Does a way lead back to `attempt`?
#- START >> attempt >> (END if state["ok"] or state["tries"] >= 3 else attempt)
#+ START >> attempt >> END

# %% exercise-2 wrong: What lasts is in the state.
#-     tries = state.get("tries", 0) + 1
#+     tries += 1

# %% exercise-2 wrong: The state is a dictionary: `state["tries"]`.
#-     tries = state.get("tries", 0) + 1
#+     tries = state.tries + 1

# %% exercise-2 right: told where to begin
#-     tries = state.get("tries", 0) + 1
#+     tries = state["tries"] + 1

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

# %% exercise-3 wrong: The annotation says where a Command may go
#- def triage(state: State) -> Command[Literal["urgent", "later"]]:
#+ def triage(state: State):

# %% exercise-3 wrong: `reason` is `None`, expected `'it is down'`
#-         return Command(update={"reason": "it is down"}, goto="urgent")
#+         return Command(goto="urgent")

# %% exercise-3 wrong: A choice in the wiring decides where `triage` leads to
#- def triage(state: State) -> Command[Literal["urgent", "later"]]:
#+ def triage(state: State):
#-         return Command(update={"reason": "it is down"}, goto="urgent")
#+         return {"reason": "it is down"}
#-     return Command(update={"reason": "it can wait"}, goto="later")
#+     return {"reason": "it can wait"}
#- START >> triage
#+ START >> triage >> (urgent if "down" in state["text"] else later)

# %% exercise-3 wrong: does each way through it end with one?
#-     return Command(update={"reason": "it can wait"}, goto="later")
#+

# %% exercise-3 wrong: Is "down" in 'The shop is down!'?
#-     if "down" in state["text"]:
#+     if "down" not in state["text"]:

# %% exercise-3 wrong: With `{'text': 'It went down at noon'}`, `handled` is `'tomorrow'`
#-     if "down" in state["text"]:
#+     if state["text"].endswith("down!"):

# %% exercise-3 wrong: The edge from `triage` to `END` is always taken
#- {urgent, later} >> END
#+ {urgent, later, triage} >> END

# %% exercise-3 wrong: `goto` has the name of a node, as text.
#-         return Command(update={"reason": "it is down"}, goto="urgent")
#+         return Command(update={"reason": "it is down"}, goto=urgent)
