"""A few equal processes forked from one that has loaded everything: they share its memory."""

import gc
import os
import signal
from collections.abc import Callable
from types import FrameType

from sqlalchemy import orm

from crm import db
from crm.embedded.processes import ask_for_signal


def run(number: int, work: Callable[[], int]) -> int:
    """Work in this process and in `number - 1` forks of it; gives the exit code.

    When one of the forks ends, all of them do, so that whoever started us starts us whole again.
    Nothing may be open that two processes must not share: `work` makes its own connections.
    """
    forks = [_fork(work) for _ in range(number - 1)]

    def look(_number: int, _frame: FrameType | None) -> None:
        if any(_has_ended(pid) for pid in forks):
            os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGCHLD, look)
    try:
        return work()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pid in forks:
            _end(pid)


def share_memory() -> None:
    """Load what the first statement would load, then keep collections away from it.

    A collection in a fork would touch, and so copy, every page that is shared.
    """
    orm.configure_mappers()
    with db.engine().connect():
        pass
    db.dispose()
    gc.collect()
    gc.freeze()


def _fork(work: Callable[[], int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        ask_for_signal(signal.SIGTERM, parent)
        code = work()
    finally:
        os._exit(code)


def _has_ended(pid: int) -> bool:
    """Tell whether a fork is dead; one that is only stopped is not."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, options) is not None


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return
