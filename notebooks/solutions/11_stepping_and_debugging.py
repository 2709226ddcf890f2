# Solutions of 11_stepping_and_debugging, and answers that are wrong in ways that happen.

# %% exercise-1
stop_at = "convert if input['value'] > 20"

# %% exercise-1 wrong: never stopped
stop_at = "convert if state['value'] > 20"

# %% exercise-1 wrong: expected `['Grace', 'Mary']`
stop_at = "convert if input['value'] >= 20"

# %% exercise-1 wrong: Did you mean 'convert'?
stop_at = "convrt"

# %% exercise-1 wrong: say which. Write 'NODE if
stop_at = "input['value'] > 20"

# %% exercise-1 wrong: `input`, and a dict
stop_at = "convert if input.value > 20"

# %% exercise-2
def walk(graph, given):
    """The names of all tasks of a run."""
    debugger = step(graph, given)
    names = []
    while not debugger.finished:
        names.append(debugger.current.name)
        debugger.next()
    return names

# %% exercise-2 wrong: `superstep()` all of them
#-         debugger.next()
#+         debugger.superstep()

# %% exercise-2 wrong: expected a list of names
#-     return names
#+     return debugger.values

# %% exercise-2 wrong: AttributeError
#-         names.append(debugger.current.name)
#-         debugger.next()
#+         debugger.next()
#+         names.append(debugger.current.name)

# %% exercise-2 wrong: no task ran in between
#-         debugger.next()
#+

# %% exercise-2 wrong: A task's name is its `name`.
#-         names.append(debugger.current.name)
#+         names.append(debugger.current)

# %% exercise-2 wrong: Does `walk` return something?
#-     return names
#+     print(names)

# %% exercise-3
#!%%graph alarm --state Alarm --checkpointer memory
class Alarm(TypedDict):
    readings: list[str]
    worst: float
    done: str


def find_worst(state: Alarm):
    return {"worst": max(float(reading) for reading in state["readings"])}


def telephone(state: Alarm):
    return {"done": "called"}


def file_it(state: Alarm):
    return {"done": "filed"}


START >> find_worst >> (telephone if float(state["worst"]) > 10 else file_it) >> END

# %% exercise-3 wrong: `worst` is `'12.4'`, expected `12.4`
#-     return {"worst": max(float(reading) for reading in state["readings"])}
#+     return {"worst": max(state["readings"], key=float)}

# %% exercise-3 wrong: the patient is called, expected filed
#- START >> find_worst >> (telephone if float(state["worst"]) > 10 else file_it) >> END
#+ START >> find_worst >> (telephone if float(state["worst"]) > 7 else file_it) >> END

# %% exercise-3 wrong: `worst` was `7.9`
#-     return {"worst": max(float(reading) for reading in state["readings"])}
#+     return {"worst": float(max(state["readings"]))}
