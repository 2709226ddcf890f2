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

# %% exercise-2
def what_if(graph, snapshot, values):
    """The result from a snapshot on, with other values."""
    return graph.invoke(None, graph.update_state(snapshot.config, values))

# %% exercise-2 wrong: `letter` is `'100 m², 9000 euros'`, expected `'200 m², 18000 euros'`
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.invoke(None, snapshot.config)

# %% exercise-2 wrong: only these ran
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     thread = {"configurable": {"thread_id": snapshot.config["configurable"]["thread_id"]}}
#+     graph.update_state(thread, values)
#+     return graph.invoke(None, thread)

# %% exercise-2 wrong: only these ran
#-     return graph.invoke(None, graph.update_state(snapshot.config, values))
#+     return graph.invoke(None, graph.update_state(snapshot.config, values, as_node="write"))

# %% exercise-3
def correct(graph, thread, remarks):
    """Replace the remarks, and write the letter again."""
    config = {"configurable": {"thread_id": thread}}
    graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
    return graph.invoke(None, config)

# %% exercise-3 wrong: `remarks` is `['needs a scaffold', 'no scaffold']`
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": remarks}, as_node="labour")

# %% exercise-3 wrong: nothing of the letter is new
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="write")

# %% exercise-3 wrong: Only the letter should be written again
#-     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="labour")
#+     graph.update_state(config, {"remarks": Overwrite(remarks)}, as_node="measure")
