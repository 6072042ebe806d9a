"""One child process: started, watched, started again with growing pauses."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from crm import config
from crm.embedded import processes
from crm.embedded.processes import Program
from crm.supervisor.output import Output

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
# In test mode no pause is longer than so many sweeps: a test that kills does not wait for us.
_TEST_SWEEPS = 10
# Fewer heaps for the threads of a process: slower by nothing we can measure, smaller by much.
_LEAN = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


class Child:
    """A process in a session of its own; `restart` says whether its end is to be mended."""

    def __init__(self, name: str, arguments: Sequence[str], *, restart: bool = True) -> None:
        self.name = name
        self.restart = restart
        self.deaths = 0
        self._arguments = arguments
        self._started_at = 0.0
        self._due_at = 0.0
        self._session = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, home: str, output: Output) -> None:
        """Start the process, marked with the home whose owner it belongs to."""
        self._signal_session(signal.SIGKILL)
        environment = {**os.environ, processes.MARK: home, **_LEAN}
        with output.open(self.name) as pipe:
            self.process = processes.spawn(Program(self._arguments, environment), pipe)
        self._session = self.process.pid
        self._started_at = time.monotonic()

    def watch(self, home: str, output: Output) -> None:
        """Look after the process once: note its death, start it again when its pause is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._due_at and (self.restart or not self._session):
                self.start(home, output)
        elif self.process.poll() is not None:
            self._bury(now, output)

    def ask_to_stop(self) -> None:
        """Ask the process to finish what it has at hand."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end(self, patience: float) -> None:
        """Wait for the process, then end it with everything it forked."""
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(patience, 0.05))
            self._signal_session(signal.SIGKILL)
            self.process.wait()

    def _bury(self, now: float, output: Output) -> None:
        assert self.process is not None
        self._signal_session(signal.SIGTERM)  # what it forked may finish during the pause
        self.deaths = 1 if now - self._started_at > _STEADY_SECONDS else self.deaths + 1
        pause = _pause_after(self.deaths)
        self._due_at = now + pause
        outcome = f"ended ({_in_words(self.process.returncode)})"
        output.write(self.name, f"{outcome}, again in {pause:g} s" if self.restart else outcome)
        self.process = None

    def _signal_session(self, number: signal.Signals) -> None:
        """Signal everything the last process forked, and itself if it lives."""
        if self._session:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._session, number)


def command(*arguments: str) -> list[str]:
    """Write the command line that runs a part of ourselves."""
    return [sys.executable, "-m", "crm", *arguments]


def _pause_after(deaths: int) -> float:
    pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(deaths - 1, 10), _LONGEST_PAUSE_SECONDS)
    chosen = config.settings()
    return min(pause, _TEST_SWEEPS * chosen.sweep_seconds) if chosen.test else pause


def _in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
