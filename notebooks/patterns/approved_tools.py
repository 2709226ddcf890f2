"""Human-approved tools: the agent calls what it likes, but some calls wait until a person has agreed.

Use it for all that costs, sends or deletes. The question is asked around the call, so the tools know nothing of it. The
person may accept, correct the arguments, answer in words, or decline.
"""

from langchain_core.messages import SystemMessage, ToolMessage

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.prebuilt import ToolNode, tools_condition
from langgraph_nb.types import interrupt
from patterns.scripted import model  # no real model; a real one: model = init_chat_model("openai:gpt-5-mini")

RISKY = {"book"}
ALLOWED = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}


def look_up(what: str) -> str:
    """Look up what there is."""
    return "The Elbblick has a room for 110 euros."


def book(what: str, euros: int) -> str:
    """Book and pay."""
    return f"Booked: {what}, {euros} euros."


def ask_first(request, execute):
    """Asks a person before a risky call is made."""
    call = request.tool_call
    if call["name"] not in RISKY:
        return execute(request)
    action = {"action": call["name"], "args": call["args"]}
    [answer] = interrupt([{"action_request": action, "config": ALLOWED, "description": "This costs money."}])
    match answer["type"]:
        case "accept":
            return execute(request)
        case "edit":
            return execute(request.override(tool_call={**call, "args": answer["args"]["args"]}))
        case "response":
            return ToolMessage(answer["args"], name=call["name"], tool_call_id=call["id"])
    return ToolMessage("A person declined this call.", name=call["name"], tool_call_id=call["id"], status="error")


tools = ToolNode([look_up, book], wrap_tool_call=ask_first)


def agent(state: MessagesState):
    bound = model.bind_tools([look_up, book])
    return {"messages": [bound.invoke([SystemMessage("You book trips."), *state["messages"]])]}


builder = StateGraph(MessagesState)
builder.add_node(agent)
builder.add_node("tools", tools)
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", tools_condition)
builder.add_edge("tools", "agent")
careful_agent = builder.compile(checkpointer=InMemorySaver(), name="careful_agent")


if __name__ == "__main__":
    from langgraph_nb.types import Command

    thread = {"configurable": {"thread_id": "1"}}
    [question] = careful_agent.invoke({"messages": "A room in Hamburg, please."}, thread)["__interrupt__"]
    print("asked:", question.value[0]["action_request"])
    answer = {"type": "edit", "args": {"action": "book", "args": {"what": "room at the Elbblick", "euros": 99}}}
    for message in careful_agent.invoke(Command(resume=[answer]), thread)["messages"]:
        print(f"{message.type}: {message.content}")
