"""Parts of the product in processes of their own, as an owner starts them: `crm web`, `crm up`."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil


@dataclass
class Running:
    """One `crm …` in the foreground, with what it writes in a file."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crm", *self.arguments],
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def family(self, *names: str) -> list[psutil.Process]:
        """List its processes whose command line or name is one of these; all of them for none."""
        with suppress(psutil.NoSuchProcess):
            everyone = psutil.Process(self.process.pid)
            all_of_them = [everyone, *everyone.children(recursive=True)]
            return [one for one in all_of_them if not names or _is_one_of(one, names)]
        return []

    def stop(self) -> None:
        """End it with everything it started, politely first."""
        family = self.family()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()


@contextmanager
def running(log: Path, *arguments: str, **changed: str) -> Iterator[Running]:
    """Run `crm …` for the block with this process' settings and some changed ones."""
    one = Running(arguments, {**os.environ, **changed}, log)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def answer(port: int, method: str, path: str, body: Any = None, **how: Any) -> int:
    """Speak HTTP over a socket of its own; gives the status."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=how.pop("timeout", 20))
    try:
        line.request(method, path, body, how.pop("headers", {}), **how)
        return line.getresponse().status
    finally:
        line.close()


def is_ready(port: int) -> bool:
    """Tell whether a web server is ready."""
    try:
        return answer(port, "GET", "/readyz", timeout=3) == 200
    except (OSError, http.client.HTTPException):
        return False


def eventually(is_so: Callable[[], object], seconds: float = 30) -> bool:
    """Wait until something is so; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def command(environment: dict[str, str], *arguments: str) -> Any:
    """Run a command to its end; gives its answer in JSON, or the lines of an export."""
    done = subprocess.run(
        [sys.executable, "-m", "crm", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines() if arguments[0] == "export" else json.loads(done.stdout)


def _is_one_of(process: psutil.Process, names: tuple[str, ...]) -> bool:
    try:
        whole = f"{process.name()} {' '.join(process.cmdline())}"
    except psutil.Error:
        return False
    return any(name in whole for name in names)
