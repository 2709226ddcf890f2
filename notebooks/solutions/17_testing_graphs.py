# Solutions of 17_testing_graphs, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
def fee(state):
    """From {"late": days, "children": bool} to {"cents": ...}."""
    return {"cents": 0 if state["children"] else min(20 * state["late"], 500)}


def test_fee(fee):
    assert fee({"late": 3, "children": False}) == {"cents": 60}
    assert fee({"late": 100, "children": False}) == {"cents": 500}
    assert fee({"late": 3, "children": True}) == {"cents": 0}


test_fee(fee)

# %% exercise-1 wrong: lets a `fee` pass that knows no limit
#-     assert fee({"late": 100, "children": False}) == {"cents": 500}
#+     assert fee({"late": 25, "children": False}) == {"cents": 500}

# %% exercise-1 wrong: lets a `fee` pass that lets children pay
#-     assert fee({"late": 3, "children": True}) == {"cents": 0}
#+     assert fee({"late": 0, "children": True}) == {"cents": 0}

# %% exercise-1 wrong: refuses the right `fee`
#-     assert fee({"late": 3, "children": False}) == {"cents": 60}
#+     assert fee({"late": 3, "children": False}) == 60

# %% exercise-1 wrong: Your test lets every `fee` pass.
def test_fee(fee):
    return fee({"late": 3, "children": False}) == {"cents": 60}

# %% exercise-1 wrong: lets a `fee` pass that knows no limit
def test_fee(fee):
    if fee({"late": 3, "children": False}) != {"cents": 60}:
        raise ValueError("no")

# %% exercise-1 wrong: is given the node that it tests
def test_fee():
    assert True

# %% exercise-2
#!%%graph cashier --checkpointer InMemorySaver()
bank = {}  # key -> member: what was charged


class State(TypedDict):
    member: str
    paid: bool


def pay(state: State, runtime):
    bank[runtime.idempotency_key] = state["member"]
    return {"paid": True}


START >> pay >> END

# %% exercise-2 wrong: The bank's list is `['Ada', 'Ada']`
#-     bank[runtime.idempotency_key] = state["member"]
#+     bank[len(bank)] = state["member"]

# %% exercise-2 wrong: the member's name is no key
#-     bank[runtime.idempotency_key] = state["member"]
#+     bank[state["member"]] = state["member"]

# %% exercise-2 wrong: has no attribute 'idempotent_key'
#-     bank[runtime.idempotency_key] = state["member"]
#+     bank[runtime.idempotent_key] = state["member"]

# %% exercise-2 wrong: The bank's list is `['paid']`, expected `['Ada']`
#-     bank[runtime.idempotency_key] = state["member"]
#+     bank[runtime.idempotency_key] = "paid"

# %% exercise-3
#!%%graph loan --checkpointer loans
class State(TypedDict):
    days: int
    wanted: bool  # somebody else waits for the book
    letter: str


def renew(state: State):
    return {"letter": "Keep it for another month."}


def remind(state: State):
    return {"letter": "Please bring it back."}


START >> (remind if state["wanted"] or state["days"] >= 28 else renew) >> END

# %% exercise-3 wrong: `novel` (28 days, wanted: False) goes another way
#- START >> (remind if state["wanted"] or state["days"] >= 28 else renew) >> END
#+ START >> (remind if state["wanted"] or state["days"] > 28 else renew) >> END

# %% exercise-3 wrong: `cookbook` (10 days, wanted: True) goes another way
#- START >> (remind if state["wanted"] or state["days"] >= 28 else renew) >> END
#+ START >> (remind if state["days"] >= 28 else renew) >> END

# %% exercise-3 wrong: which days are on either side of it
#- START >> (remind if state["wanted"] or state["days"] >= 28 else renew) >> END
#+ START >> (remind if state["wanted"] or state["days"] == 28 else renew) >> END

# %% exercise-3 wrong: `loan` has no checkpointer
#- %%graph loan --checkpointer loans
#+ %%graph loan
