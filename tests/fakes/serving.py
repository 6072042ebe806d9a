"""A real HTTP server on loopback whose answers a test's shop makes."""

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What came: header names in lower case, the body as JSON."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """What goes back; a body of None is none at all."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Break(Exception):
    """Ends a request with another answer; status 0 hangs up without one."""

    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        super().__init__(status)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = Reply(status, body, said)


class Served(ABC):
    """What a shop of a test is: `answer` says what to reply; `breaks` come before it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.breaks: deque[Break] = deque()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Answer one request."""

    def asked(self, method: str, beginning: str) -> list[Request]:
        """List the requests of a method whose path begins so."""
        return [
            one for one in self.requests if one.method == method and one.path.startswith(beginning)
        ]

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"shop": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_of: Any) -> None:
        """Say nothing of callers who hang up before the end of a large answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*_of)


class _Handler(BaseHTTPRequestHandler):
    shop: Served
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out apart; together they would wait 40 ms

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            self.command,
            place.path,
            {key: values[0] for key, values in parse_qs(place.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(content) if content else None,
        )
        with self.shop.lock:
            self.shop.requests.append(request)
            self._send(self._reply(request))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _reply(self, request: Request) -> Reply:
        try:
            if self.shop.breaks:
                raise self.shop.breaks.popleft()
            return self.shop.answer(request)
        except Break as other:
            return other.reply

    def _send(self, reply: Reply) -> None:
        if not reply.status:
            self.close_connection = True
            return
        content = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
