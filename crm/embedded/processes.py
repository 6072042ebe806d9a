"""Starts, finds and ends operating-system processes."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import psutil

# Every child carries it, so that whatever a killed owner left behind can be found again.
MARK = "REGULARS_HOME"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

Output = int | IO[bytes] | None
T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """The operating-system user a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """What to run and how: environment and account of None are the caller's own."""

    arguments: Sequence[str]
    environment: Mapping[str, str] | None = None
    account: Account | None = None
    folder: Path | None = None
    on_orphaned: signal.Signals = signal.SIGTERM


def spawn(program: Program, output: Output = None) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own; it is signalled when the calling thread dies."""
    account = program.account
    return subprocess.Popen(
        list(program.arguments),
        env=program.environment,
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output if output is None else subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        # Runs after the change of user: the kernel forgets the wish when credentials change.
        preexec_fn=partial(ask_for_signal, program.on_orphaned, os.getpid()),  # noqa: PLW1509
    )


def ask_for_signal(number: signal.Signals, parent: int) -> None:
    """Let the kernel signal this process once its parent is gone, where the kernel can."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)


def end(process: "subprocess.Popen[bytes]", *steps: tuple[signal.Signals, float]) -> None:
    """Signal a child step by step (signal, patience in seconds), at last with SIGKILL."""
    for number, patience in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
    process.wait()


def server_environment() -> dict[str, str]:
    """Give the few variables a server needs; none of ours, which may be secret."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def in_folder(folder: Path) -> list[psutil.Process]:
    """Find the processes that work in a folder: a server's leader and all it forked."""
    place = str(folder.resolve())
    return [found for found in psutil.process_iter() if _ask(found.cwd) == place]


def marked(home: str) -> list[psutil.Process]:
    """Find the processes that an owner of this home started."""
    found = (one for one in psutil.process_iter() if one.pid != os.getpid())
    return [one for one in found if (_ask(one.environ) or {}).get(MARK) == home]


def end_strangers(
    strangers: Iterable[psutil.Process], politely: signal.Signals, patience: float
) -> None:
    """End processes that are not our children: leaders politely first, then all by SIGKILL."""
    left = list(strangers)
    pids = {one.pid for one in left}
    for one in left:
        if _ask(one.ppid) not in pids:
            _ask(partial(one.send_signal, politely))
    wait_until(lambda: not any(_is_alive(one) for one in left), patience)
    for one in filter(_is_alive, left):
        _ask(one.kill)
    wait_until(lambda: not any(_is_alive(one) for one in left), 5)


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms until something is so; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether a process runs; a dead one that nobody buried does not."""
    return process.is_running() and _ask(process.status) not in (psutil.STATUS_ZOMBIE, None)


def _ask(question: Callable[[], T]) -> T | None:
    """Ask about a process that may be gone or not ours to see."""
    try:
        return question()
    except (psutil.Error, OSError):
        return None
