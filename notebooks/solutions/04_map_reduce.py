# Solutions of 04_map_reduce, and answers that are wrong in ways that happen. `#!%%graph` stands for the magic.
# After "wrong:" is what the check says to it; `#-` and `#+` are lines of the solution and what is there instead.

# %% exercise-1
#!%%graph links
class State(TypedDict):
    site: dict[str, str]
    broken: Annotated[list[str], operator.add]


def check_links(page):
    targets = re.findall('href="([^"]+)"', page["html"])
    return {"broken": [f"{page['address']} -> {target}" for target in targets if target not in page["known"]]}


START >> [check_links(address=a, html=h, known=list(state["site"])) for a, h in state["site"].items()] >> END

# %% exercise-1 wrong: `check_links` asked for 'known', but what it got has `['address', 'html']`
#- START >> [check_links(address=a, html=h, known=list(state["site"])) for a, h in state["site"].items()] >> END
#+ START >> [check_links(address=a, html=h) for a, h in state["site"].items()] >> END

# %% exercise-1 wrong: it needs its reducer
#-     broken: Annotated[list[str], operator.add]
#+     broken: list[str]

# %% exercise-1 wrong: expected `['/ -> /news', '/waste -> /dates']`
#- START >> [check_links(address=a, html=h, known=list(state["site"])) for a, h in state["site"].items()] >> END
#+ START >> [check_links(address=a, html=h, known=a) for a, h in state["site"].items()] >> END

# %% exercise-2
#!%%graph ranking
def worse(old: dict, new: dict) -> dict:
    return new if new["problems"] > old.get("problems", -1) else old


class State(TypedDict):
    counts: dict[str, int]
    worst: Annotated[dict, worse]


def look(page):
    return {"worst": {"address": page["address"], "problems": page["problems"]}}


START >> [look(address=a, problems=n) for a, n in state["counts"].items()] >> END

# %% exercise-2 wrong: Of two that are equally bad, the earlier one is to stay
#-     return new if new["problems"] > old.get("problems", -1) else old
#+     return new if new["problems"] >= old.get("problems", -1) else old

# %% exercise-2 wrong: KeyError
#-     return new if new["problems"] > old.get("problems", -1) else old
#+     return new if new["problems"] > old["problems"] else old

# %% exercise-2 wrong: (one page without a problem)
#-     return new if new["problems"] > old.get("problems", -1) else old
#+     return new if new["problems"] > old.get("problems", 0) else old

# %% exercise-3
#!%%graph quote
class State(TypedDict):
    site: dict[str, str]
    counts: Annotated[list[dict], operator.add]
    hours: Annotated[list[float], operator.add]


def count(page):
    return {"counts": [{"address": page["address"], "pictures": page["html"].count("<img")}]}


def counted(state: State):
    pass


def estimate(page):
    return {"hours": [0.5 + 0.25 * page["pictures"]]}


START >> [count(address=a, html=h) for a, h in state["site"].items()] >> counted
counted >> [estimate(pictures=one["pictures"]) for one in state["counts"]] >> END

# %% exercise-3 wrong: one run does it all
#-     return {"hours": [0.5 + 0.25 * page["pictures"]]}
#+     return {"hours": [0.5 + 0.25 * one["pictures"] for one in page["counts"]]}
#- counted >> [estimate(pictures=one["pictures"]) for one in state["counts"]] >> END
#+ counted >> estimate >> END

# %% exercise-3 wrong: `estimate` asked for 'pictures', but what it got has `['html']`
#- counted >> [estimate(pictures=one["pictures"]) for one in state["counts"]] >> END
#+ counted >> [estimate(html=h) for h in state["site"].values()] >> END

# %% exercise-3 wrong: `hours` is `[1.25]`
#-     return {"hours": [0.5 + 0.25 * page["pictures"]]}
#+     return {"hours": [0.5 + 0.25 * sum(one["pictures"] for one in page["counts"])]}
#- counted >> [estimate(pictures=one["pictures"]) for one in state["counts"]] >> END
#+ counted >> estimate >> END
