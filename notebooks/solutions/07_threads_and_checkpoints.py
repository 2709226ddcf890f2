# Solutions of 07_threads_and_checkpoints, and answers that are wrong in ways that happen.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
def papers_of(graph, thread):
    config = {"configurable": {"thread_id": thread}}
    return graph.get_state(config).values.get("papers", [])

# %% exercise-1 wrong: has no values at all
#-     return graph.get_state(config).values.get("papers", [])
#+     return graph.get_state(config).values["papers"]

# %% exercise-1 wrong: `papers_of` has run the graph
#-     return graph.get_state(config).values.get("papers", [])
#+     return graph.invoke({"letter": ""}, config)["papers"][:-1]

# %% exercise-2
def papers_before(graph, thread, node):
    history = list(graph.get_state_history({"configurable": {"thread_id": thread}}))
    for past in reversed(history):
        if node in past.next:
            return past.values["papers"]
    return []

# %% exercise-2 wrong: The history begins with the newest.
#-     for past in reversed(history):
#+     for past in history:

# %% exercise-2 wrong: look at `past.next`
#-         if node in past.next:
#+         if True:

# %% exercise-2 wrong: What does it `return` if nothing was found?
#-     return []
#+     return None

# %% exercise-3
class Post(TypedDict):
    letter: str
    letters: Annotated[list[str], operator.add]


def file_letter(state: Post):
    return {"letters": [state["letter"]]}


post = StateGraph(Post).add_node(file_letter).add_edge(START, "file_letter")
graph = post.compile(checkpointer=InMemorySaver())


def receive(customer, letter):
    return graph.invoke({"letter": letter}, {"configurable": {"thread_id": customer}})["letters"]


print(receive("Ann", "report"), receive("Ann", "photo"))

# %% exercise-3 wrong: There are letters of somebody else in it
#-     return graph.invoke({"letter": letter}, {"configurable": {"thread_id": customer}})["letters"]
#+     return graph.invoke({"letter": letter}, {"configurable": {"thread_id": "post"}})["letters"]

# %% exercise-3 wrong: With Ann's second letter, `receive` is `['photo']`
#-     letters: Annotated[list[str], operator.add]
#+     letters: list[str]
