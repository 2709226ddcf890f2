# Solutions of 10_time_travel_and_forks, and answers that are wrong in ways that happen.

# %% exercise-1
def before(graph, thread, node):
    """The snapshot before a node ran last."""
    config = {"configurable": {"thread_id": thread}}
    for snapshot in graph.get_state_history(config):
        if node in snapshot.next:
            return snapshot
    return None

# %% exercise-1 wrong: expected a snapshot. `plan` is one of two
#-         if node in snapshot.next:
#+         if snapshot.next == (node,):

# %% exercise-1 wrong: the snapshot's step is
#-     for snapshot in graph.get_state_history(config):
#+     for snapshot in reversed(list(graph.get_state_history(config))):

# %% exercise-1 wrong: For a node that never ran you gave
#-     return None
#+     return graph.get_state(config)

# %% exercise-1 wrong: expected a snapshot
#-             return snapshot
#+             return snapshot.config

# %% exercise-1 wrong: the snapshot is of `mill-lane`
#-     for snapshot in graph.get_state_history(config):
#+     for snapshot in offer.get_state_history(mill):

# %% exercise-1 wrong: gave `6`, expected a snapshot
#-             return snapshot
#+             return snapshot.metadata["step"]

# %% exercise-1 wrong: A config names the thread
#-     for snapshot in graph.get_state_history(config):
#+     for snapshot in graph.get_state_history(thread):

# %% exercise-1 wrong: there may be nothing to take the first of
#-     for snapshot in graph.get_state_history(config):
#-         if node in snapshot.next:
#-             return snapshot
#-     return None
#+     return [snapshot for snapshot in graph.get_state_history(config) if node in snapshot.next][0]

# %% exercise-2
def what_if(graph, snapshot, values):
    """The result from a snapshot on, with other values."""
    return graph.invoke(None, graph.update_state(snapshot.config, values))

# %% exercise-2 wrong: `letter` is `'100 m², 9000 euros'`, expected `'200 m², 18000 euros'`
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.invoke(None, snapshot.config)

# %% exercise-2 wrong: are next, nothing ran
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     thread = {"configurable": {"thread_id": snapshot.config["configurable"]["thread_id"]}}
#+     graph.update_state(thread, values)
#+     return graph.invoke(None, thread)

# %% exercise-2 wrong: are next, nothing ran
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.invoke(None, graph.update_state(snapshot.config, values, as_node="write"))

# %% exercise-2 wrong: It went on without the new values.
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     graph.update_state(snapshot.config, values)
#+     return graph.invoke(None, snapshot.config)

# %% exercise-2 wrong: `update_state` only writes.
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.update_state(snapshot.config, values)

# %% exercise-2 wrong: What does `what_if` return?
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     graph.invoke(None, graph.update_state(snapshot.config, values))

# %% exercise-2 wrong: These are the values of the call before.
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.invoke(None, graph.update_state(snapshot.config, {"area": 200}))

# %% exercise-2 wrong: is not in the history of the snapshot's thread
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     other = {"configurable": {"thread_id": "other"}}
#+     graph.update_state(other, {**snapshot.values, **values}, as_node="measure")
#+     return graph.invoke(None, other)

# %% exercise-2 right: as a Command
def what_if(graph, snapshot, values):
    """The result from a snapshot on, with other values."""
    from langgraph_nb.types import Command

    return graph.invoke(Command(update=values), snapshot.config)

# %% exercise-3
def correct(graph, thread, remarks):
    """Replace the remarks, and write the letter again."""
    config = {"configurable": {"thread_id": thread}}
    graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
    return graph.invoke(None, config)

# %% exercise-3 wrong: `remarks` is `['needs a scaffold', 'no scaffold']`
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": remarks}, as_node="labour")

# %% exercise-3 wrong: no new letter was written
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="write")

# %% exercise-3 wrong: Only the letter should be written again
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="measure")

# %% exercise-3 wrong: no new letter was written: nothing ran
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": Overwrite(remarks)})

# %% exercise-3 wrong: Is there a key of that name?
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remark": Overwrite(remarks)}, as_node="labour")

# %% exercise-3 wrong: What does `correct` return?
#-     return graph.invoke(None, config)
#+     graph.invoke(None, config)

# %% exercise-3 wrong: These ran: `['measure',
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#-     return graph.invoke(None, config)
#+     return graph.invoke({"remarks": Overwrite(remarks)}, config)

# %% exercise-3 right: from the step before the letter
def correct(graph, thread, remarks):
    """Replace the remarks, and write the letter again."""
    config = {"configurable": {"thread_id": thread}}
    place = next(past.config for past in graph.get_state_history(config) if "write" in past.next)
    return graph.invoke(None, graph.update_state(place, {"remarks": Overwrite(remarks)}, as_node="material"))
