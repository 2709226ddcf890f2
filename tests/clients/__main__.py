"""``python -m tests.clients WORDS``: a provider like OpenAI that says so many words, until it is ended.

Prints where it is.
"""

from __future__ import annotations

import sys
import threading

from .openai_api import OpenAI
from .server import Provider, Turn

with Provider(OpenAI(), [Turn("word " * int(sys.argv[1]))]).serving() as provider:
    print(provider.url, flush=True)
    threading.Event().wait()
