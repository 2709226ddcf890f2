# Solutions of 05_messages_tools_and_a_react_agent, and answers that are wrong in ways that happen. `#!%%graph` stands
# for the magic. After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there
# instead.

# %% exercise-1
DIARY = {"Monday": ["red racer", "city bike"], "Tuesday": [], "Wednesday": ["tandem"]}


@tool
def book(day: str, bike: str) -> str:
    """Enter a bike in the diary of repairs; a full day names the days with room."""
    free = [name for name, bikes in DIARY.items() if len(bikes) < 2]
    if day not in free:
        return f"No room on {day}. There is room on: {', '.join(free)}."
    DIARY[day].append(bike)
    return f"{day}: {bike} is in the diary."

# %% exercise-1 wrong: The model sees these parameters
#- def book(day: str, bike: str) -> str:
#+ def book(day, bike) -> str:

# %% exercise-1 wrong: `book` raised a KeyError: this day is not in the diary
#-     if day not in free:
#+     if len(DIARY[day]) >= 2:

# %% exercise-1 wrong: the text should name Tuesday and Wednesday
#-         return f"No room on {day}. There is room on: {', '.join(free)}."
#+         return "No room."

# %% exercise-1 wrong: What does it `return` in the end?
#-     return f"{day}: {bike} is in the diary."
#+

# %% exercise-1 wrong: which names Monday as if it had room
#-         return f"No room on {day}. There is room on: {', '.join(free)}."
#+         return f"No room on {day}. There is room on: {', '.join(DIARY)}."

# %% exercise-1 wrong: Return a text: the model reads it.
#-         return f"No room on {day}. There is room on: {', '.join(free)}."
#+         raise ValueError(f"No room on {day}.")

# %% exercise-1 wrong: A day with two bikes is full
#-     free = [name for name, bikes in DIARY.items() if len(bikes) < 2]
#+     free = [name for name, bikes in DIARY.items() if len(bikes) <= 2]

# %% exercise-1 wrong: Where does the bike get into the diary?
#-     DIARY[day].append(bike)
#+

# %% exercise-1 wrong: It is entered more than once.
#-     DIARY[day].append(bike)
#+     DIARY[day] += [bike, bike]

# %% exercise-1 wrong: Call them `day` and `bike`.
#- def book(day: str, bike: str) -> str:
#+ def book(date: str, bike: str) -> str:

# %% exercise-1 wrong: Function must have a docstring
#-     """Enter a bike in the diary of repairs; a full day names the days with room."""
#+

# %% exercise-1 wrong: `book` is a function
#- @tool
#+

# %% exercise-1 right: async, with a parameter more, in other words
#- def book(day: str, bike: str) -> str:
#+ async def book(day: str, bike: str, note: str = "") -> str:
#-     return f"{day}: {bike} is in the diary."
#+     return f"Ok, {bike.title()} on {day.lower()}."

# %% exercise-2
#!%%graph desk
@tool
def refund(amount: float) -> str:
    """Pay money back, in euros."""
    return f"Paid back {amount} euros."


def clerk(messages):
    """What the scripted model says here."""
    said = messages[-1]
    if isinstance(said, HumanMessage):
        return calls("refund", amount=float(said.text.split()[-1])) if "back" in said.text else "Hello!"
    return said.text


State = MessagesState
pay = ToolNode([refund])


def assistant(state: State):
    return {"messages": [ScriptedModel(script=clerk).invoke(state["messages"])]}


def boss(state: State):
    (call,) = state["messages"][-1].tool_calls
    return {"messages": [ToolMessage(f"The boss looks at {call['args']['amount']} euros.", tool_call_id=call["id"])]}


def large(message):
    return message.tool_calls[0]["args"]["amount"] > 50


START >> assistant >> ((boss if large(state["messages"][-1]) else pay) if state["messages"][-1].tool_calls else END)
pay >> assistant
boss >> assistant

# %% exercise-2 wrong: 50 is not more than 50.
#-     return message.tool_calls[0]["args"]["amount"] > 50
#+     return message.tool_calls[0]["args"]["amount"] >= 50

# %% exercise-2 wrong: `boss` answers the call; the assistant then tells the customer
#- boss >> assistant
#+ boss >> END

# %% exercise-2 wrong: 50.5 is more than 50.
#-     return message.tool_calls[0]["args"]["amount"] > 50
#+     return message.tool_calls[0]["args"]["amount"] >= 51

# %% exercise-2 wrong: each with `name` and `args`
#-     return message.tool_calls[0]["args"]["amount"] > 50
#+     return message.tool_calls[0]["amount"] > 50

# %% exercise-2 wrong: One of the two answers the call
#- boss >> assistant
#+ boss >> pay

# %% exercise-2 wrong: IndexError
#- START >> assistant >> ((boss if large(state["messages"][-1]) else pay) if state["messages"][-1].tool_calls else END)
#+ START >> assistant >> (boss if large(state["messages"][-1]) else (pay if state["messages"][-1].tool_calls else END))

# %% exercise-2 right: a function of the state
#- def large(message):
#-     return message.tool_calls[0]["args"]["amount"] > 50
#+ def where(state):
#+     calls = state["messages"][-1].tool_calls
#+     return ("boss" if calls[0]["args"]["amount"] > 50 else "pay") if calls else "__end__"
#- START >> assistant >> ((boss if large(state["messages"][-1]) else pay) if state["messages"][-1].tool_calls else END)
#+ START >> assistant >> route(where, pay, boss, END)

# %% exercise-3
#!%%graph forgetful
class State(TypedDict):
    messages: Annotated[list, add_messages]


look_up = ToolNode([stock, price])


def ask(state: State):
    script = [calls("stock", part="chain"), "Three are left."]
    return {"messages": [ScriptedModel(script=script).invoke(state["messages"])]}


START >> ask >> (look_up if state["messages"][-1].tool_calls else END)
look_up >> ask

# %% exercise-3 wrong: and no message
#-     messages: Annotated[list, add_messages]
#+     messages: Annotated[list, lambda old, new: old + new]

# %% exercise-3 wrong: The conversation is `
#-     messages: Annotated[list, add_messages]
#+     messages: list
#- START >> ask >> (look_up if state["messages"][-1].tool_calls else END)
#+ START >> ask >> look_up
#- look_up >> ask
#+ look_up >> END

# %% exercise-3 wrong: It goes round and round
#-     messages: Annotated[list, add_messages]
#+     messages: list

# %% exercise-3 wrong: After `look_up`, `messages` holds 1 message; before, it held 2. The question is gone.
#-     messages: Annotated[list, add_messages]
#+     messages: list
#-     return {"messages": [ScriptedModel(script=script).invoke(state["messages"])]}
#+     return {"messages": state["messages"] + [ScriptedModel(script=script).invoke(state["messages"])]}

# %% exercise-3 wrong: The question is never lost.
#-     script = [calls("stock", part="chain"), "Three are left."]
#+     script = [calls("stock", part="chain")] * 9
