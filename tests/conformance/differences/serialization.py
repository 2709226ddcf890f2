"""Differences in what comes back of what is stored."""

from collections import OrderedDict
from typing import Any

from ..harness import Namespace, Run, thread
from . import Refused, differs, returning


def kept(lg: Namespace, run: Run, value: Any) -> Any:
    """A value that was in a state, as the stored state has it."""
    app = returning(lg, {"seen": [value]}).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return run.get_state(app, thread()).values["seen"][0]


@differs(theirs="dict", ours="OrderedDict")
def an_ordered_dict_in_a_kept_state(lg: Namespace, run: Run) -> Any:
    return type(kept(lg, run, OrderedDict(b=1, a=2))).__name__


@differs(theirs="a?", ours="a\ud800")
def half_a_surrogate_in_a_kept_state(lg: Namespace, run: Run) -> Any:
    return kept(lg, run, "a\ud800")


@differs(theirs=Refused("TypeError", "64-bit"), ours=2**70)
def a_large_number_in_a_kept_state(lg: Namespace, run: Run) -> Any:
    return kept(lg, run, 2**70)


@differs(theirs=Refused("TypeError", "not msgpack"), ours=Refused("TypeError", "The node 'start' wrote to 'seen'"))
def a_value_that_cannot_be_stored(lg: Namespace, run: Run) -> Any:
    return kept(lg, run, open)


@differs(theirs=[1], ours=Refused("WrongKey", "not encrypted"))
def plain_data_for_a_serializer_that_encrypts(lg: Namespace, run: Run) -> Any:
    plain = lg.lookup("checkpoint.serde.jsonplus", "JsonPlusSerializer")().dumps_typed([1])
    encrypted = lg.lookup("checkpoint.serde.encrypted", "EncryptedSerializer")
    return encrypted.from_pycryptodome_aes(key=b"sixteen bytes ok").loads_typed(plain)
