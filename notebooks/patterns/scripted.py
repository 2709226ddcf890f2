"""What the scripted model of the patterns says: no real model, so that they run offline and the same each time.

A real one is one line: ``model = init_chat_model("openai:gpt-5-mini")``, from ``langchain.chat_models``.
"""

from langchain_core.messages import AIMessage

from langgraph_nb.testing import ScriptedModel, calls

DRAFT = "Berlin Hbf 9:04, Hamburg Hbf 10:48. Meeting at 11:00."
BETTER = "Berlin Hbf 8:04, Hamburg Hbf 9:48. Meeting at 11:00. Back by 18:36."

TURNS = {
    "lead a travel desk": [
        {"worker": "trains", "task": "Berlin to Hamburg, at the office by 11:00."},
        {"worker": "hotels", "task": "One night in Hamburg, up to 120 euros."},
        {"worker": "done", "task": "Take the ICE 704 at 8:04 (79 euros), stay at the Elbblick (110 euros)."},
    ],
    "know trains": [
        calls("find_trains", start="Berlin", goal="Hamburg"),
        "ICE 704 leaves Berlin at 8:04 and is in Hamburg at 9:48, for 79 euros.",
    ],
    "know hotels": [
        calls("find_hotels", city="Hamburg", limit=120),
        "The Elbblick has a room for 110 euros.",
    ],
    "sell train tickets": [
        "The 8:04 for 79 euros gets you there in time. Shall I reserve a seat?",
        calls("ask_hotels"),
    ],
    "rent rooms": [
        *["The Elbblick has a room for 110 euros."] * 3,
        "It has parking, for 15 euros a night.",
    ],
    "break a job into steps": [{"steps": ["price of the train", "price of the hotel", "add them up"]}],
    "do one step": [{"result": "79 euros"}, {"result": "110 euros"}, {"result": "189 euros"}],
    "look at what is done": [
        *[{"steps": ["price of the hotel", "add them up"]}] * 2,  # it is asked from the first answer on
        {"steps": ["add them up"]},
        {"steps": []},
    ],
    "write travel plans": [DRAFT, BETTER],
    "check travel plans": [
        {"good": False, "remark": "12 minutes are too few to the office, and how does one get back?"},
        {"good": True, "remark": "Nothing is missing."},
    ],
    "book trips": [
        [calls("look_up", what="room"), calls("book", what="room at the Elbblick", euros=110)],
        "All done. The room at the Elbblick is booked.",
    ],
}
"""Words of the system prompt -> what is said, by how many answers the conversation holds."""


def says(messages):
    """The turn of whoever is asked."""
    asked = str(messages[0].content)
    turns = next(turns for words, turns in TURNS.items() if words in asked)
    return turns[sum(isinstance(message, AIMessage) for message in messages)]


model = ScriptedModel(script=says)
