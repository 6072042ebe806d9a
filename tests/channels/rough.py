"""A mail server that misbehaves below the protocol: it cuts, hangs and says odd things."""

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

Answer = bytes | None  # None cuts the line


class RoughServer:
    """Speaks just enough SMTP; `answers[verb]` replaces the reply, `dot` the one to the body.

    Every connection and every body is kept. A reply of None closes the connection instead.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.dot: Callable[[], Answer] = lambda: b"250 2.0.0 kept as 42"
        self.greeting: Answer = b"220 rough.test ESMTP"
        self.connections = 0
        self.bodies: list[bytes] = []
        self.open: list[socket.socket] = []

    @property
    def url(self) -> str:
        """The value of CRM_SMTP_URL that reaches it."""
        return f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"

    def hang_up(self) -> None:
        """Cut every open connection, as an idle timeout does."""
        for line in self.open:
            line.shutdown(socket.SHUT_RDWR)
            line.close()
        self.open.clear()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(line)
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        try:
            with line, line.makefile("rb") as incoming:
                if self._say(line, self.greeting):
                    self._listen(line, incoming)
        except OSError:
            return
        finally:
            if line in self.open:
                self.open.remove(line)

    def _listen(self, line: socket.socket, incoming: Iterable[bytes]) -> None:
        for command in incoming:
            verb = command[:4].upper().decode()
            usual = b"354 go on" if verb == "DATA" else b"250 OK"
            if not self._say(line, self.answers.get(verb, lambda usual=usual: usual)()):
                return
            if verb == "DATA" and "DATA" not in self.answers and not self._body(line, incoming):
                return

    def _body(self, line: socket.socket, incoming: Iterable[bytes]) -> bool:
        body = b""
        for row in incoming:
            if row == b".\r\n":
                self.bodies.append(body)
                return self._say(line, self.dot())
            body += row
        return False

    def _say(self, line: socket.socket, answer: Answer) -> bool:
        if answer is None:
            line.shutdown(socket.SHUT_RDWR)
            return False
        line.sendall(answer + b"\r\n")
        return True
