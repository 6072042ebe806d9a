"""Web servers beside the measuring process, each started afresh the way `crm web` is."""

import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import psutil
from flask import Flask

from crm import config, logs
from crm.bench import Serve

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A web server that answers on a port of loopback."""

    port: int
    process: psutil.Process

    def memory_mb(self) -> float:
        """Tell the memory its processes use, shared pages counted once."""
        family = [self.process, *self.process.children(recursive=True)]
        used = sum(one.memory_full_info().pss for one in family)
        return round(used / 2**20, 1)


@contextmanager
def running(serve: Serve, build: Callable[[], Flask]) -> Iterator[Server]:
    """Serve an application for the block. Raises RuntimeError when it does not come up."""
    port = _free_port()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(serve, build, port))
    process.start()
    try:
        _wait_for(port, process.is_alive)
        assert process.pid is not None
        yield Server(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.join(20)
        process.kill()


def _run(serve: Serve, build: Callable[[], Flask], port: int) -> None:
    chosen = replace(config.settings(), bind=f"127.0.0.1:{port}")
    config.use(chosen)
    said = os.open(chosen.data_dir / "web.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 2)
    logs.configure(chosen, "web")
    serve(build)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, is_alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_alive() and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("a web server does not come up; see web.log")
