# Solutions of 01_state_and_nodes, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph order
class State(TypedDict):
    net: float
    tax: float
    pay: float


def add_tax(state: State):
    return {"tax": round(state["net"] * 0.19, 2)}


def discount(state: State):
    return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}


START >> add_tax >> discount >> END

# %% exercise-1 wrong: and no `discount`
#- START >> add_tax >> discount >> END
#+ START >> add_tax >> END

# %% exercise-1 wrong: The discount is on net and tax together.
#-     return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}
#+     return {"pay": round(state["net"] * 0.98, 2)}

# %% exercise-1 wrong: KeyError: 'vat'
#-     return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}
#+     return {"pay": round((state["net"] + state["vat"]) * 0.98, 2)}

# %% exercise-1 wrong: Is that line still there?
#- %%graph order
#+

# %% exercise-1 wrong: Cell magic `%%grahp` not found
#- %%graph order
#+ %%grahp order

# %% exercise-1 wrong: so there is nothing new to check
#- START >> add_tax >> discount >> END
#+ START >> add_tax >> >> discount >> END

# %% exercise-1 wrong: There is no `tax` yet when `discount` runs
#- START >> add_tax >> discount >> END
#+ START >> {add_tax, discount} >> END

# %% exercise-1 wrong: What `discount` returns is a dictionary
#-     return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}
#+     return round((state["net"] + state["tax"]) * 0.98, 2)

# %% exercise-1 wrong: Rounded to cents
#-     return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}
#+     return {"pay": (state["net"] + state["tax"]) * 0.98}

# %% exercise-1 wrong: Take it from the state
#-     return {"pay": round((state["net"] + state["tax"]) * 0.98, 2)}
#+     return {"pay": round(state["net"] * 1.19 * 0.98, 2)}

# %% exercise-1 right: async, with an edge in a line of its own
#- def discount(state: State):
#+ async def discount(state: State):
#- START >> add_tax >> discount >> END
#+ START >> add_tax
#+ add_tax >> discount >> END

# %% exercise-1 wrong: is a builder, which cannot run
order = StateGraph(dict).add_node(add_tax).add_node(discount)

# %% exercise-2
#!%%graph shipment
class State(TypedDict):
    parcels: list[float]
    weight: float
    price: float


def weigh(state: State):
    return {"weight": sum(state["parcels"])}


def calculate(state: State):
    return {"price": round(4.90 + 1.50 * state["weight"], 2)}


START >> weigh >> calculate >> END

# %% exercise-2 wrong: `weight` is still missing
#-     return {"weight": sum(state["parcels"])}
#+     return {}
#-     return {"price": round(4.90 + 1.50 * state["weight"], 2)}
#+     return {"price": round(4.90 + 1.50 * sum(state["parcels"]), 2)}

# %% exercise-2 wrong: `price` is `7.9`, expected `9.4`
#-     return {"weight": sum(state["parcels"])}
#+     return {"weight": max(state["parcels"])}

# %% exercise-2 wrong: `weight` is `2.0`; together they weigh 3.0
#-     return {"weight": sum(state["parcels"])}
#+     return {"weight": max(state["parcels"])}

# %% exercise-2 wrong: Was it there when `calculate` ran?
#-     return {"price": round(4.90 + 1.50 * state["weight"], 2)}
#+     return {"price": round(4.90 + 1.50 * state.get("weight", 0), 2)}
#- START >> weigh >> calculate >> END
#+ START >> calculate >> weigh >> END

# %% exercise-3
letter = StateGraph(Overdue)
letter.add_node(count)
letter.add_node(write)
letter.add_edge(START, "count")
letter.add_edge("count", "write")
letter.add_edge("write", END)
letter = letter.compile()
letter

# %% exercise-3 wrong: `letter` is still a builder
#- letter = letter.compile()
#+ letter.compile()

# %% exercise-3 wrong: so `count` comes first
#- letter.add_edge(START, "count")
#+ letter.add_edge(START, "write")
#- letter.add_edge("count", "write")
#+ letter.add_edge("write", "count")
#- letter.add_edge("write", END)
#+ letter.add_edge("count", END)

# %% exercise-3 wrong: more edges than three: `__start__` to `write`
#- letter.add_edge("write", END)
#+ letter.add_edge("write", END)
#+ letter.add_edge(START, "write")

# %% exercise-3 right: a sequence
letter = StateGraph(Overdue).add_sequence([count, write]).add_edge(START, "count").compile()
