# Solutions of 13_subgraphs, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph intake
class Case(TypedDict):
    species: str
    years: int
    healthy: bool


class State(TypedDict):
    animal: str
    age: int
    fit: bool


def look(case: Case):
    return {"healthy": case["years"] < {"dog": 12, "cat": 15}[case["species"]]}


vet = StateGraph(Case).add_node(look).add_edge(START, "look").add_edge("look", END).compile()


def examine(state: State):
    found = vet.invoke({"species": state["animal"], "years": state["age"]})
    return {"fit": found["healthy"]}


START >> examine >> END

# %% exercise-1 wrong: KeyError: 'years'
#-     found = vet.invoke({"species": state["animal"], "years": state["age"]})
#+     found = vet.invoke({"species": state["animal"], "age": state["age"]})

# %% exercise-1 wrong: `examine` has to return `fit`
#-     return {"fit": found["healthy"]}
#+     return found

# %% exercise-1 wrong: `fit` is `True`, expected `False`
#-     return {"fit": found["healthy"]}
#+     return {"fit": bool(found)}

# %% exercise-1 wrong: `examine` has a rule of its own
#-     found = vet.invoke({"species": state["animal"], "years": state["age"]})
#+     found = look({"species": state["animal"], "years": state["age"]})

# %% exercise-2
class Patient(TypedDict):
    animal: str


class Report(TypedDict):
    animal: str
    notes: Annotated[list[str], operator.add]


class Animal(TypedDict):
    animal: str
    notes: Annotated[list[str], operator.add]


def weigh(state: Report):
    return {"notes": ["weighs 12 kg"]}


clinic = StateGraph(Report, input_schema=Patient)
clinic.add_node(weigh)
clinic.add_edge(START, "weigh")
clinic = clinic.compile()

shelter = StateGraph(Animal)
shelter.add_node("arrive", lambda state: {"notes": ["arrived"]})
shelter.add_node("clinic", clinic)
shelter.add_edge(START, "arrive")
shelter.add_edge("arrive", "clinic")
shelter = shelter.compile()

# %% exercise-2 wrong: `['arrived', 'arrived', 'weighs 12 kg']`
#- clinic = StateGraph(Report, input_schema=Patient)
#+ clinic = StateGraph(Report)

# %% exercise-2 wrong: without it, each note replaces those before
class Report(TypedDict):
    animal: str
    notes: list[str]


class Animal(TypedDict):
    animal: str
    notes: list[str]


shelter = StateGraph(Animal)
shelter.add_node("arrive", lambda state: {"notes": ["arrived"]})
shelter.add_node("clinic", lambda state: {"notes": [*state["notes"], "weighs 12 kg"]})
shelter.add_edge(START, "arrive")
shelter.add_edge("arrive", "clinic")
shelter = shelter.compile()

# %% exercise-2 wrong: is a builder, which cannot run
#- shelter = shelter.compile()
#+

# %% exercise-2 wrong: the graph `clinic` never ran
#- shelter.add_node("clinic", clinic)
#+ shelter.add_node("clinic", weigh)

# %% exercise-3
#!%%graph inspection --state Visit
def measure(state: Visit):
    garden = GARDENS[state["address"]]
    if state["animal"] == "dog" and garden < 100:
        return Command(graph=Command.PARENT, goto="decline")
    return {"garden": garden}


START >> measure >> ask >> END

# %% exercise-3 wrong: 'decline', which is no node of this graph
#-         return Command(graph=Command.PARENT, goto="decline")
#+         return Command(goto="decline")

# %% exercise-3 wrong: Cats do not need a garden.
#-     if state["animal"] == "dog" and garden < 100:
#+     if garden < 100:

# %% exercise-3 wrong: Nobody declined
#-         return Command(graph=Command.PARENT, goto="decline")
#+         return {"garden": garden, "fits": False}
#- START >> measure >> ask >> END
#+ START >> measure >> (END if "fits" in state else ask)
#+ ask >> END

# %% exercise-3 wrong: somebody is asked
#-     if state["animal"] == "dog" and garden < 100:
#+     if state["animal"] == "dog" and garden < 0:
