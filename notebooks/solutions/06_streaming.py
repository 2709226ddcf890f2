# Solutions of 06_streaming, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph reading
class State(TypedDict):
    pages: list[str]
    words: int


def count(state: State):
    report = get_stream_writer()
    words = 0
    for number, page in enumerate(state["pages"], 1):
        words += len(page.split())
        report({"done": number, "total": len(state["pages"])})
    return {"words": words}


START >> count >> END

# %% exercise-1 wrong: After the first page, one is done.
#-     for number, page in enumerate(state["pages"], 1):
#+     for number, page in enumerate(state["pages"]):

# %% exercise-1 wrong: is the line inside of the loop?
#-         report({"done": number, "total": len(state["pages"])})
#+     report({"done": number, "total": len(state["pages"])})

# %% exercise-1 wrong: What a node prints or returns is no report.
#-         report({"done": number, "total": len(state["pages"])})
#+         print({"done": number, "total": len(state["pages"])})

# %% exercise-1 wrong: `{'doen': 1, 'total': 3}` is none
#-         report({"done": number, "total": len(state["pages"])})
#+         report({"doen": number, "total": len(state["pages"])})

# %% exercise-1 wrong: the same each time
#-         report({"done": number, "total": len(state["pages"])})
#+         report({"done": number, "total": words})

# %% exercise-2
def words_of(graph, given, node):
    found = []
    for part in graph.stream(given, stream_mode="messages", subgraphs=True, version="v2"):
        chunk, about = part["data"]
        if about["langgraph_node"] == node and chunk.text:
            found.append(chunk.text)
    return found

# %% exercise-2 wrong: There are words of another node in it
#-         if about["langgraph_node"] == node and chunk.text:
#+         if chunk.text:

# %% exercise-2 wrong: There is an empty piece in
#-         if about["langgraph_node"] == node and chunk.text:
#+         if about["langgraph_node"] == node:

# %% exercise-2 wrong: parts of those come with `subgraphs=True`
#-     for part in graph.stream(given, stream_mode="messages", subgraphs=True, version="v2"):
#+     for part in graph.stream(given, stream_mode="messages", version="v2"):

# %% exercise-2 wrong: has its text under `.text`
#-             found.append(chunk.text)
#+             found.append(chunk)

# %% exercise-2 wrong: Compare it with the parameter `node`.
#-         if about["langgraph_node"] == node and chunk.text:
#+         if about["langgraph_node"] == "draft" and chunk.text:

# %% exercise-2 wrong: Do not join the pieces
#-     return found
#+     return "".join(found)

# %% exercise-2 wrong: The spaces are part of the pieces.
#-             found.append(chunk.text)
#+             found.append(chunk.text.strip())

# %% exercise-2 wrong: it is more than `chunk, about`
#-         chunk, about = part["data"]
#+         chunk, about = part

# %% exercise-2 right: async
async def words_of(graph, given, node):
    parts = graph.astream(given, stream_mode="messages", subgraphs=True)
    return [chunk.text async for _, (chunk, about) in parts if about["langgraph_node"] == node and chunk.text]

# %% exercise-2 right: one after the other
def words_of(graph, given, node):
    for part in graph.stream(given, stream_mode="messages", subgraphs=True, version="v2"):
        if part["data"][1]["langgraph_node"] == node and part["data"][0].text:
            yield part["data"][0].text

# %% exercise-3
#!%%graph day
class State(TypedDict):
    decisions: Annotated[list[str], operator.add]


def morning(state: State):
    return {"decisions": ["a bicycle rack"]}


def afternoon(state: State):
    return {"decisions": ["quiet hours", "a new lock"]}


def follow(graph):
    states = list(graph.stream({"decisions": []}, stream_mode="values"))
    return [state["decisions"] for state in states[1:]]


START >> morning >> afternoon >> END

# %% exercise-3 wrong: The input is a part, too
#-     return [state["decisions"] for state in states[1:]]
#+     return [state["decisions"] for state in states]

# %% exercise-3 wrong: There is one page for each step
#-     return [state["decisions"] for state in states[1:]]
#+     return [states[-1]["decisions"]]

# %% exercise-3 wrong: one page.
#-     return [state["decisions"] for state in states[1:]]
#+     return states[-1]["decisions"]

# %% exercise-3 wrong: and not the whole state
#-     return [state["decisions"] for state in states[1:]]
#+     return states[1:]

# %% exercise-3 wrong: Let each page have a list of its own.
#-     return [state["decisions"] for state in states[1:]]
#+     return [states[-1]["decisions"]] * 2

# %% exercise-3 wrong: `follow` gets a graph: use that one.
#-     states = list(graph.stream({"decisions": []}, stream_mode="values"))
#+     states = list(day.stream({"decisions": []}, stream_mode="values"))

# %% exercise-3 wrong: does it `return` that?
#-     return [state["decisions"] for state in states[1:]]
#+     print([state["decisions"] for state in states[1:]])
