# Solutions of 08_durable_execution, and answers that are wrong in ways that happen.

# %% exercise-1
#!%%graph bonus --state Bonus --checkpointer memory
class Bonus(TypedDict):
    staff: list[str]
    sent: Annotated[list[str], operator.add]


def send(task: dict, runtime: Runtime):
    transfer(task["to"], 500, key=runtime.idempotency_key)
    return {"sent": [task["to"]]}


START >> [send(to=name) for name in state["staff"]] >> END

# %% exercise-1 wrong: Next year's order for `'Ada'` has this year's key
#-     transfer(task["to"], 500, key=runtime.idempotency_key)
#+     transfer(task["to"], 500, key=task["to"])

# %% exercise-1 wrong: was paid 2 times: the order came with the keys
#-     transfer(task["to"], 500, key=runtime.idempotency_key)
#+     from uuid import uuid4
#+
#+     transfer(task["to"], 500, key=uuid4().hex)

# %% exercise-1 wrong: expected `['Ada', 'Grace', 'Linus']`
#-     transfer(task["to"], 500, key=runtime.idempotency_key)
#+     key = runtime.idempotency_key

# %% exercise-1 wrong: have the same key
#-     transfer(task["to"], 500, key=runtime.idempotency_key)
#+     transfer(task["to"], 500, key=runtime.execution_info.thread_id)

# %% exercise-1 wrong: An order was for `50`
#-     transfer(task["to"], 500, key=runtime.idempotency_key)
#+     transfer(task["to"], 50, key=runtime.idempotency_key)

# %% exercise-2
#!%%graph taxes --state Taxes --checkpointer memory
class Taxes(TypedDict):
    month: str
    rows: list[int]
    total: int
    receipt: str


def download_rows(month):
    return [2400, 3200, 1800]


def upload_total(total):
    return f"receipt for {total}"


def fetch(state: Taxes):
    return {"rows": download_rows(state["month"])}


def add(state: Taxes):
    return {"total": sum(state["rows"])}


def declare(state: Taxes):
    return {"receipt": upload_total(state["total"])}


START >> fetch >> add >> declare >> END

# %% exercise-2 wrong: `download_rows` was called 2 times, expected 1
#-     return {"receipt": upload_total(state["total"])}
#+     return {"receipt": upload_total(sum(download_rows(state["month"])))}
#-     return {"rows": download_rows(state["month"])}
#+     return {}
#-     return {"total": sum(state["rows"])}
#+     return {"total": 300}

# %% exercise-2 wrong: KeyError: 'rows'
#-     return {"rows": download_rows(state["month"])}
#+     download_rows(state["month"])

# %% exercise-2 wrong: `receipt` is `None`
#- START >> fetch >> add >> declare >> END
#+ START >> fetch >> add >> END

# %% exercise-3
#!%%graph suppliers --state Order --checkpointer memory
from itertools import count

numbers = count(1)


class Order(TypedDict):
    to: str
    euros: int
    number: str


def draw(state: Order):
    return {"number": f"order {next(numbers)}"}


def order(state: Order):
    transfer(state["to"], state["euros"], key=state["number"])
    return {}


START >> draw >> order >> END

# %% exercise-3 wrong: the bank takes it for done
#-     return {"number": f"order {next(numbers)}"}
#+     return {"number": f"order for {state['to']}"}

# %% exercise-3 wrong: The order has no number
#-     transfer(state["to"], state["euros"], key=state["number"])
#+     transfer(state["to"], state["euros"])

# %% exercise-3 wrong: two orders for the bank
#-     transfer(state["to"], state["euros"], key=state["number"])
#+     transfer(state["to"], state["euros"], key=f"order {next(numbers)}")
