# Solutions of 12_memory, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
def shown(messages):
    return trim_messages(messages, max_tokens=4, token_counter=len, include_system=True, start_on="human")

# %% exercise-1 wrong: The system message is gone
#-     return trim_messages(messages, max_tokens=4, token_counter=len, include_system=True, start_on="human")
#+     return trim_messages(messages, max_tokens=4, token_counter=len, start_on="human")

# %% exercise-1 wrong: and is no person
#-     return trim_messages(messages, max_tokens=4, token_counter=len, include_system=True, start_on="human")
#+     return trim_messages(messages, max_tokens=4, token_counter=len, include_system=True)

# %% exercise-1 wrong: These are 5 messages.
#-     return trim_messages(messages, max_tokens=4, token_counter=len, include_system=True, start_on="human")
#+     return [*messages[:1], *messages[-4:]]

# %% exercise-2
#!%%graph tidy
State = MessagesState


def keep_two(state: State):
    return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-2]]}


START >> keep_two >> END

# %% exercise-2 wrong: the last two stay
#-     return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-2]]}
#+     return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES)]}

# %% exercise-2 wrong: You have changed the list itself.
#-     return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-2]]}
#+     del state["messages"][:-2]

# %% exercise-2 wrong: what the thread holds is `['h1', 'a1', 'h2']`
#-     return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-2]]}
#+     return {"messages": [RemoveMessage(message.id) for message in state["messages"][-2:]]}

# %% exercise-3
def recall(store, name, question):
    found = store.search(("travellers", name), query=question, limit=1)
    return found[0].value["fact"] if found else None


print(recall(store, "ann", "Which dinner menu?"), recall(store, "bo", "Which dinner menu?"))

# %% exercise-3 wrong: That fact fits less well: does the search get the question?
#-     found = store.search(("travellers", name), query=question, limit=1)
#+     found = store.search(("travellers", name), limit=1)

# %% exercise-3 wrong: Nobody else may see it.
#-     found = store.search(("travellers", name), query=question, limit=1)
#+     found = store.search(("travellers",), query=question, limit=1)

# %% exercise-3 wrong: For Cleo, of whom nothing is known
#-     return found[0].value["fact"] if found else None
#+     return found[0].value["fact"]
