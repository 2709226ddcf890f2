"""A provider of models, on loopback: an HTTP server that says the turns of a script, as OpenAI's and Anthropic's do.

Which turn it says is told by how many answers of a model the conversation has. Faults are for the first requests, one
for each: a status, ``"cut"`` (the connection ends on the way), ``"hang"`` (no answer until the server is closed).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

Body = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What the model says: words, calls of tools (name and arguments), or an answer in a form."""

    text: str = ""
    calls: tuple[tuple[str, Body], ...] = ()
    form: Body | None = None


class Dialect(Protocol):
    """How a provider words things."""

    path: str

    def answered(self, body: Body) -> int:
        """How many answers of a model a conversation has."""

    def whole(self, turn: Turn, body: Body, number: int) -> Body:
        """An answer in one piece."""

    def events(self, turn: Turn, body: Body, number: int) -> Iterable[str]:
        """An answer as it is streamed."""

    def error(self, status: int) -> Body:
        """What is said with a status that is no success."""


@dataclass
class Provider:
    """What the server says, and what it was asked."""

    dialect: Dialect
    script: list[Turn]
    faults: list[Any] = field(default_factory=list)
    asked: list[Body] = field(default_factory=list)
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def serving(self) -> Iterator[Provider]:
        """Serve on a free port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": self}))
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    provider: Provider
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing is logged."""

    def do_POST(self) -> None:
        provider, dialect = self.provider, self.provider.dialect
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        provider.asked.append(body)
        fault = provider.faults.pop(0) if provider.faults else None
        if self.path != dialect.path:
            self._say(404, dialect.error(404))
        elif fault == "hang":
            provider.closing.wait()
            self.close_connection = True
        elif isinstance(fault, int):
            self._say(fault, dialect.error(fault))
        else:
            number = dialect.answered(body)
            turn = provider.script[number]
            if body.get("stream"):
                self._stream(dialect.events(turn, body, number), cut=fault == "cut")
            else:
                self._say(200, dialect.whole(turn, body, number))

    def _begin(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")  # so that clients leave no socket behind

    def _say(self, status: int, content: Body) -> None:
        data = json.dumps(content).encode()
        self._begin(status, "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("retry-after-ms", "1")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: Iterable[str], cut: bool) -> None:
        self._begin(200, "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            if cut and number == 3:
                return
            self._chunk(event.encode())
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


def words(text: str) -> list[str]:
    """A text in the pieces that are streamed."""
    parts = text.split(" ")
    return [*(f"{part} " for part in parts[:-1]), parts[-1]]


def halves(args: Body) -> tuple[str, str]:
    """Arguments in two pieces that are no JSON alone."""
    text = json.dumps(args)
    return text[: len(text) // 2], text[len(text) // 2 :]
