# Solutions of 14_several_agents, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph dinner --state MessagesState
boss = ScriptedModel(
    script=[
        {"worker": "trains", "task": "Berlin to Hamburg, by 11:00."},
        {"worker": "restaurants", "task": "A table for two, at 19:00."},
        {"worker": "done", "task": "ICE 704 at 8:04; dinner at the Strandperle."},
    ]
)


class Choice(BaseModel):
    worker: Literal["trains", "restaurants", "done"]
    task: str


def restaurants(state: MessagesState):
    return {"messages": [AIMessage("The Strandperle has a table.", name="restaurants")]}


def lead(state: MessagesState) -> Command[Literal["trains", "restaurants", "__end__"]]:
    choice = boss.with_structured_output(Choice).invoke(state["messages"])
    if choice.worker == "done":
        return Command(goto=END, update={"messages": [AIMessage(choice.task, name="lead")]})
    return Command(goto=choice.worker, update={"messages": [HumanMessage(choice.task, name="lead")]})


START >> lead
{trains, restaurants} >> lead

# %% exercise-1 wrong: without `restaurants`
#- def lead(state: MessagesState) -> Command[Literal["trains", "restaurants", "__end__"]]:
#+ def lead(state: MessagesState) -> Command[Literal["trains", "__end__"]]:
#- {trains, restaurants} >> lead
#+ trains >> lead

# %% exercise-1 wrong: Input should be 'trains' or 'done'
#-     worker: Literal["trains", "restaurants", "done"]
#+     worker: Literal["trains", "done"]

# %% exercise-1 wrong: The last word has `restaurants`
#- {trains, restaurants} >> lead
#+ trains >> lead
#+ restaurants >> END

# %% exercise-1 wrong: leads there from each
#- {trains, restaurants} >> lead
#+ [trains, restaurants] >> lead

# %% exercise-2
#!%%graph polite
class State(TypedDict):
    rounds: int
    drafts: Annotated[list[str], operator.add]


def write(state: State):
    return {"drafts": [f"draft {len(state['drafts']) + 1}"]}


def criticise(state: State):
    return {"rounds": state["rounds"] + 1}


START >> write >> criticise >> (write if state["rounds"] < 3 else END)

# %% exercise-2 wrong: `rounds` is `1`
#-     return {"rounds": state["rounds"] + 1}
#+     return {"rounds": 1}

# %% exercise-2 wrong: is `4`, expected `3`
#- START >> write >> criticise >> (write if state["rounds"] < 3 else END)
#+ START >> write >> criticise >> (write if state["rounds"] <= 3 else END)

# %% exercise-2 wrong: is `1`, expected `3`
#- START >> write >> criticise >> (write if state["rounds"] < 3 else END)
#+ START >> write >> criticise >> END

# %% exercise-3
booked = []


def book(what: str, euros: int) -> str:
    """Book and pay."""
    booked.append(what)
    return f"Booked: {what}."


def ask_when_dear(request, execute):
    call = request.tool_call
    euros = call["args"]["euros"]
    if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
        return ToolMessage("A person said no.", name=call["name"], tool_call_id=call["id"])
    return execute(request)


shop = StateGraph(MessagesState)
shop.add_node("tools", ToolNode([book], wrap_tool_call=ask_when_dear))
shop.add_edge(START, "tools")
shop = shop.compile(checkpointer=InMemorySaver())
shop

# %% exercise-3 wrong: With 60 euros somebody is asked.
#-     if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
#+     if not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):

# %% exercise-3 wrong: It was booked before anybody had answered.
#-     if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
#+     done = execute(request)
#+     if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
#-     return execute(request)
#+     return done

# %% exercise-3 wrong: what is booked is `['never']`
#-     if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
#+     if euros > 100 and interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool) is None:

# %% exercise-3 wrong: With 100 euros somebody is asked.
#-     if euros > 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):
#+     if euros >= 100 and not interrupt({"question": f"Pay {euros} euros?"}, response_schema=bool):

# %% exercise-3 wrong: `shop` has no checkpointer
#- shop = shop.compile(checkpointer=InMemorySaver())
#+ shop = shop.compile()

# %% exercise-3 wrong: asked for was `'never'`
#-         return ToolMessage("A person said no.", name=call["name"], tool_call_id=call["id"])
#+         return ToolMessage("A person said no.", name=call["name"], tool_call_id="1")

# %% exercise-3 wrong: for no call
#-         return ToolMessage("A person said no.", name=call["name"], tool_call_id=call["id"])
#+         return "A person said no."

# %% exercise-3 wrong: returns a message for the model, and raises nothing
#-         return ToolMessage("A person said no.", name=call["name"], tool_call_id=call["id"])
#+         raise ValueError("A person said no.")
