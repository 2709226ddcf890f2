# Solutions of 02_reducers_and_parallel_steps, and answers that are wrong in ways that happen.

# %% exercise-1
#!%%graph tap
class State(TypedDict):
    values: Annotated[dict[str, int], operator.or_]


def iron(state: State):
    return {"values": {"iron": 40}}


def copper(state: State):
    return {"values": {"copper": 900}}


START >> [iron, copper] >> END

# %% exercise-1 wrong: Can receive only one value per step
#-     values: Annotated[dict[str, int], operator.or_]
#+     values: dict[str, int]

# %% exercise-1 wrong: They do not run at the same time
#- START >> [iron, copper] >> END
#+ START >> iron >> copper >> END

# %% exercise-1 wrong: unsupported operand
#-     values: Annotated[dict[str, int], operator.or_]
#+     values: Annotated[dict[str, int], operator.add]

# %% exercise-1 wrong: The reducer gets the old value and the returned one
#-     values: Annotated[dict[str, int], operator.or_]
#+     values: Annotated[dict[str, int], dict.update]

# %% exercise-1 wrong: only keys that `State` has get into the state
#-     return {"values": {"copper": 900}}
#+     return {"copper": 900}

# %% exercise-1 wrong: `copper` returned `{'values': {'copper': 900, 'iron': 0}}`
#-     return {"values": {"copper": 900}}
#+     return {"values": {"copper": 900, "iron": 0}}

# %% exercise-1 wrong: A tuple can mean two things
#- START >> [iron, copper] >> END
#+ START >> (iron, copper) >> END

# %% exercise-1 right: braces, and a reducer of one's own
#-     values: Annotated[dict[str, int], operator.or_]
#+     values: Annotated[dict, lambda old, new: {**old, **new}]
#- START >> [iron, copper] >> END
#+ START >> {iron, copper} >> END

# %% exercise-2
#!%%graph customer
class State(TypedDict):
    results: Annotated[list[str], operator.add]
    letter: str


def smell(state: State):
    return {"results": ["no smell"]}


def breed(state: State):
    return {}


def count(state: State):
    return {"results": ["no germs"]}


def send(state: State):
    return {"letter": " and ".join(sorted(state["results"]))}


START >> {smell, breed}
breed >> count
[smell, count] >> send >> END

# %% exercise-2 wrong: The letter is `'no smell'`, expected `'no germs and no smell'`
#- [smell, count] >> send >> END
#+ count >> END
#+ smell >> send >> END

# %% exercise-2 wrong: `send` ran 2 times
#- [smell, count] >> send >> END
#+ smell >> send >> END
#+ count >> send

# %% exercise-2 wrong: `send` ran 2 times: `None`
#-     return {"letter": " and ".join(sorted(state["results"]))}
#+     if len(state["results"]) > 1:
#+         return {"letter": " and ".join(sorted(state["results"]))}
#- [smell, count] >> send >> END
#+ {smell, count} >> send >> END

# %% exercise-2 wrong: The graph is not finished.
#- [smell, count] >> send >> END
#+ [smel, count] >> send >> END

# %% exercise-2 right: the ways have one length
#- START >> {smell, breed}
#+ START >> breed
#- breed >> count
#+ breed >> {smell, count}
#- [smell, count] >> send >> END
#+ {smell, count} >> send >> END

# %% exercise-3
def newest(old: list[float], new: list[float]) -> list[float]:
    return (old + new)[-3:]

# %% exercise-3 wrong: `newest([1, 2], [3, 4])` is `[3, 4]`, expected `[2, 3, 4]`
#-     return (old + new)[-3:]
#+     return new[-3:]

# %% exercise-3 wrong: changed the list that it was given
#-     return (old + new)[-3:]
#+     old.extend(new)
#+     return old[-3:]

# %% exercise-3 wrong: `newest([1], [9, 3, 4, 2])` is `[3, 4, 9]`, expected `[3, 4, 2]`
#-     return (old + new)[-3:]
#+     return sorted(old + new)[-3:]

# %% exercise-3 wrong: `newest([1], [2])` is `[2]`, expected `[1, 2]`
#-     return (old + new)[-3:]
#+     both = old + new
#+     return both[len(both) - 3 :]

# %% exercise-3 wrong: which line says `return`?
#-     return (old + new)[-3:]
#+     (old + new)[-3:]

# %% exercise-3 wrong: A tuple came back
#-     return (old + new)[-3:]
#+     return tuple(old + new)[-3:]

# %% exercise-3 wrong: Call it by hand in a new cell
#-     return (old + new)[-3:]
#+     return (old + neww)[-3:]
