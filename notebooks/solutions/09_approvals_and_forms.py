# Solutions of 09_approvals_and_forms, and answers that are wrong in ways that happen.

# %% exercise-1
#!%%graph booking --state Visit --checkpointer memory
class Booking(BaseModel):
    room: Literal["Oak", "Elm"]
    people: int = Field(ge=1, le=12)
    catering: bool = False


class Visit(TypedDict):
    visitor: str
    booking: Booking


def ask(state: Visit):
    return {"booking": interrupt(f"Which room for {state['visitor']}?", response_schema=Booking)}


START >> ask >> END

# %% exercise-1 wrong: The answer `'somewhere'` was taken
#-     return {"booking": interrupt(f"Which room for {state['visitor']}?", response_schema=Booking)}
#+     return {"booking": interrupt(f"Which room for {state['visitor']}?")}

# %% exercise-1 wrong: there is no room Ash
#-     room: Literal["Oak", "Elm"]
#+     room: str

# %% exercise-1 wrong: the rooms end at 12 people
#-     people: int = Field(ge=1, le=12)
#+     people: int

# %% exercise-1 wrong: `booking.catering` is `None`, expected `False`
#-     catering: bool = False
#+

# %% exercise-1 wrong: there are no half people
#-     people: int = Field(ge=1, le=12)
#+     people: float = Field(ge=1, le=12)

# %% exercise-1 wrong: The answer `{'room': 'Oak', 'people': 1}` was refused
#-     people: int = Field(ge=1, le=12)
#+     people: int = Field(gt=1, lt=13)

# %% exercise-1 wrong: what may be left out
#-     catering: bool = False
#+     catering: bool

# %% exercise-2
def answer_all(graph, thread, decide):
    """Answer all that a thread waits for."""
    config = {"configurable": {"thread_id": thread}}
    waiting = graph.get_state(config).interrupts
    return graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)

# %% exercise-2 wrong: it does not say which of them it is for
#-     return graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)
#+     return graph.invoke(Command(resume=[decide(question.value) for question in waiting][0]), config)

# %% exercise-2 wrong: these still wait
#-     return graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)
#+     return graph.invoke(Command(resume={waiting[0].id: decide(waiting[0].value)}), config)

# %% exercise-2 wrong: what the departments got is
#-     return graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)
#+     return graph.invoke(Command(resume={question.id: decide(waiting[0].value) for question in waiting}), config)

# %% exercise-2 wrong: and not the result of the run
#-     return graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)
#+     graph.invoke(Command(resume={question.id: decide(question.value) for question in waiting}), config)

# %% exercise-3
#!%%graph refund --state Refund --checkpointer memory
class Refund(TypedDict):
    amount: str
    paid: bool


def decide(state: Refund):
    try:
        amount = float(state["amount"])
    except ValueError:
        return {"paid": False}
    if amount <= 100:
        return {"paid": True}
    return {"paid": interrupt(f"Pay back {amount:.2f}?", response_schema=bool)}


START >> decide >> END

# %% exercise-3 wrong: nobody was asked, and `paid` is `True`
#-     return {"paid": interrupt(f"Pay back {amount:.2f}?", response_schema=bool)}
#+     try:
#+         return {"paid": interrupt(f"Pay back {amount:.2f}?", response_schema=bool)}
#+     except Exception:
#+         return {"paid": True}

# %% exercise-3 wrong: the node fails: could not convert string to float
#-     except ValueError:
#+     except ZeroDivisionError:

# %% exercise-3 wrong: expected `False`
#-     return {"paid": interrupt(f"Pay back {amount:.2f}?", response_schema=bool)}
#+     return {"paid": bool(interrupt(f"Pay back {amount:.2f}?")) or True}

# %% exercise-3 wrong: Only more than 100 needs a person
#-     if amount <= 100:
#+     if amount < 100:

# %% exercise-3 wrong: With `{'amount': '19.90'}`
#-     try:
#-         amount = float(state["amount"])
#-     except ValueError:
#-         return {"paid": False}
#+     if not state["amount"].isdigit():
#+         return {"paid": False}
#+     amount = float(state["amount"])
