# Solutions of 19_from_langgraph_to_here_and_back, and answers that are wrong in ways that happen. `#!%%graph` stands
# for the magic. After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there
# instead.

# %% exercise-1
LETTERS = '''
from typing import TypedDict

import langgraph.graph
from langgraph.types import RetryPolicy


class State(TypedDict):
    sender: str
    letter: str


def write(state: State):
    return {"letter": f"To {state['sender']}: see langgraph.example.org"}


letters = langgraph.graph.StateGraph(State)
letters.add_node("write", write, retry_policy=RetryPolicy(max_attempts=2))
letters.add_edge(langgraph.graph.START, "write")
letters = letters.compile()
'''

ported = LETTERS.replace("langgraph.graph", "langgraph_nb.graph").replace("langgraph.types", "langgraph_nb.types")

# %% exercise-1 wrong: An address in a text is no import.
#- ported = LETTERS.replace("langgraph.graph", "langgraph_nb.graph").replace("langgraph.types", "langgraph_nb.types")
#+ ported = LETTERS.replace("langgraph", "langgraph_nb")

# %% exercise-1 wrong: Line 4 still imports `langgraph`
#- ported = LETTERS.replace("langgraph.graph", "langgraph_nb.graph").replace("langgraph.types", "langgraph_nb.types")
#+ ported = LETTERS.replace("from langgraph", "from langgraph_nb")

# %% exercise-1 wrong: name 'langgraph' is not defined
#- ported = LETTERS.replace("langgraph.graph", "langgraph_nb.graph").replace("langgraph.types", "langgraph_nb.types")
#+ ported = LETTERS.replace("import langgraph", "import langgraph_nb").replace("from langgraph", "from langgraph_nb")

# %% exercise-2
def sort(ticket):
    return Command(goto="file", update={"text": ticket["text"].strip()})


def file(ticket):
    return {"text": ticket["text"].upper()}


def make_cabinet():
    builder = StateGraph(Mail)
    builder.add_node(sort)
    builder.add_node(file)
    builder.add_edge(START, "sort")
    return builder.compile()


def titles(text):
    updates = make_cabinet().stream({"text": text}, {"recursion_limit": 5}, stream_mode="updates")
    seen = []
    for update in updates:
        seen.extend(update)
    return seen

# %% exercise-2 wrong: Did you mean 'file'?
#-     return Command(goto="file", update={"text": ticket["text"].strip()})
#+     return Command(goto="flie", update={"text": ticket["text"].strip()})

# %% exercise-2 wrong: Did you mean 'updates'?
#-     updates = make_cabinet().stream({"text": text}, {"recursion_limit": 5}, stream_mode="updates")
#+     updates = make_cabinet().stream({"text": text}, {"recursion_limit": 5}, stream_mode="update")

# %% exercise-2 wrong: recursion_limt
#-     updates = make_cabinet().stream({"text": text}, {"recursion_limit": 5}, stream_mode="updates")
#+     updates = make_cabinet().stream({"text": text}, recursion_limt=5, stream_mode="updates")

# %% exercise-3
#!%%graph night
import operator
from typing import Annotated


class State(TypedDict):
    level: int
    log: Annotated[list[str], operator.add]


def watch(state: State):
    return {"log": ["watch"]}


def wake(state: State):
    return {"log": ["wake"]}


def note(state: State):
    return {"log": ["note"]}


START >> watch >> (wake if state["level"] > 3 else note)
wake >> note >> END

# %% exercise-3 wrong: There is no edge from `wake` to `note`
#- START >> watch >> (wake if state["level"] > 3 else note)
#+ START >> watch >> (wake if state["level"] > 3 else note) >> END
#- wake >> note >> END
#+

# %% exercise-3 wrong: With `{'level': 3}`, `log` is
#- START >> watch >> (wake if state["level"] > 3 else note)
#+ START >> watch >> (wake if state["level"] >= 3 else note)
