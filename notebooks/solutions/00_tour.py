# Solutions of 00_tour, and answers that are wrong in ways that happen.

# %% exercise-1
#!%%graph expense
class State(TypedDict):
    bills: list[float]
    total: float
    paid: str


def add_up(state: State):
    return {"total": sum(state["bills"])}


def pay(state: State):
    return {"paid": f"{state['total']:.2f} by transfer"}


START >> add_up >> pay >> END

# %% exercise-1 wrong: No way leads from `add_up` to `pay` yet.
#- START >> add_up >> pay >> END
#+ START >> pay >> add_up >> END

# %% exercise-1 wrong: KeyError: 'total'
#- START >> add_up >> pay >> END
#+ START >> {add_up, pay}
#+ add_up >> pay

# %% exercise-2
#!%%graph trip --checkpointer memory
class State(TypedDict):
    city: str
    agreed: bool
    done: str


def ask(state: State):
    return {"agreed": interrupt(f"A trip to {state['city']}?", response_schema=bool)}


def book(state: State):
    return {"done": "booked"}


def cancel(state: State):
    return {"done": "cancelled"}


START >> ask >> (book if state["agreed"] else cancel) >> END

# %% exercise-2 wrong: With the answer `True`, `done` is `'cancelled'`, expected `'booked'`.
#- START >> ask >> (book if state["agreed"] else cancel) >> END
#+ START >> ask >> (cancel if state["agreed"] else book) >> END

# %% exercise-2 wrong: It asked nothing
#-     return {"agreed": interrupt(f"A trip to {state['city']}?", response_schema=bool)}
#+     return {"agreed": False}

# %% exercise-3
#!%%graph booking --checkpointer memory
class Seats(BaseModel):
    number: int = Field(ge=1, le=8)


class State(TypedDict):
    seats: int


def reserve(state: State):
    return {"seats": interrupt("How many seats?", response_schema=Seats).number}


START >> reserve >> END

# %% exercise-3 wrong: The answer `0` was taken.
#-     number: int = Field(ge=1, le=8)
#+     number: int

# %% exercise-3 wrong: `seats` is `Seats(number=4)`, expected `4`
#-     return {"seats": interrupt("How many seats?", response_schema=Seats).number}
#+     return {"seats": interrupt("How many seats?", response_schema=Seats)}

# %% exercise-3 wrong: AttributeError: 'str' object has no attribute 'number'
#-     return {"seats": interrupt("How many seats?", response_schema=Seats).number}
#+     return {"seats": interrupt("How many seats?", response_schema={"type": "object"}).number}
