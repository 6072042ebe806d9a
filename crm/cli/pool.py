"""A few equal processes forked from one that has loaded everything: they share its memory."""

import gc
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from crm.embedded.processes import ask_for_signal

_PAUSE_SECONDS = 1.0


def run(number: int, work: Callable[[], int]) -> int:
    """Keep `number` forks at work until SIGTERM or SIGINT; gives the exit code.

    Nothing may be open that two processes must not share: connections are made by the forks.
    """
    pool = _Pool(work)
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, pool.stop)
    gc.freeze()  # a collection in a fork would touch, and so copy, every shared page
    for _ in range(number):
        pool.fork()
    return pool.look_after()


class _Pool:
    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._forks: set[int] = set()
        self._stopping = False

    def fork(self) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._forks.add(pid)
            return
        code = 1
        try:
            ask_for_signal(signal.SIGTERM, parent)
            code = self._work()
        finally:
            os._exit(code)

    def look_after(self) -> int:
        while self._forks:
            pid, _ = os.wait()
            self._forks.discard(pid)
            if not self._stopping:
                time.sleep(_PAUSE_SECONDS)
            if not self._stopping:
                self.fork()
        return 0

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._forks:
            os.kill(pid, signal.SIGTERM)
