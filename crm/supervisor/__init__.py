"""`crm up`: services, migrations, web, workers and scheduler, looked after in the foreground."""

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType

from crm import config
from crm.config import Settings
from crm.config.parsing import host_and_port
from crm.embedded import Servers, ownership, processes, reach
from crm.errors import Rejected, Unavailable
from crm.supervisor.child import Child, command
from crm.supervisor.output import Output

_LOOK_SECONDS = 0.1
_DRAIN_SECONDS = 15.0
_MOST_DEATHS_BEFORE_READY = 5


class Supervisor:
    """The whole product of one data dir: `start`, then `wait`, then `stop`, on the main thread.

    `neighbours` are children that have to be there before anything of the product is.
    """

    def __init__(self, settings: Settings, neighbours: Sequence[Child] = ()) -> None:
        self.settings = settings
        self.url = f"http://{settings.bind}"
        self.stopping = False
        self._home = str(settings.data_dir.resolve())
        self._output = Output(settings.log_format)
        self._children: list[Child] = list(neighbours)
        self._held = ExitStack()
        self._servers: Servers | None = None

    def start(self) -> None:
        """Start everything and wait until it serves. Raises Rejected or Unavailable."""
        self._held.enter_context(ownership.owning(self.settings.data_dir, "crm up", patience=10))
        reach.check(self.settings)
        processes.end_strangers(processes.marked(self._home), signal.SIGTERM, 5)
        reach.check_port(self.settings.bind)
        self._look_after()
        self._start_servers()
        self._migrate()
        self._start_children()
        self._wait_until_ready()

    def wait(self) -> None:
        """Look after everything until told to stop."""
        while not self.stopping:
            self._look_after()
            time.sleep(_LOOK_SECONDS)

    def request_stop(self, *_: int | FrameType | None) -> None:
        """End `wait` soon; once is as good as twice."""
        self.stopping = True

    def stop(self) -> None:
        """Drain and end the children, then the services; at most 30 seconds."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.end(deadline - time.monotonic())
        if self._servers:
            self._servers.stop()
        self._held.close()

    def _start_servers(self) -> None:
        self._servers = Servers(self.settings)
        for server in self._servers.all:
            with self._output.open(server.name) as pipe:
                server.start(pipe)
        self._servers.publish()
        config.use(self._servers.settings)

    def _migrate(self) -> None:
        done = subprocess.run(command("migrate"), capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            self._output.write("migrate", line)
        if done.returncode:
            raise Unavailable("the migrations failed; the reason is above")

    def _start_children(self) -> None:
        workers = command("worker", "--processes", str(self.settings.workers))
        self._children += [
            Child("web", command("web")),
            Child("worker", workers),
            Child("scheduler", command("scheduler")),
        ]
        self._look_after()

    def _wait_until_ready(self) -> None:
        while not self.stopping and not self._is_ready():
            self._look_after()
            for child in self._children:
                if child.deaths >= _MOST_DEATHS_BEFORE_READY:
                    raise Unavailable(f"{child.name} does not stay up; its last words are above")
            time.sleep(_LOOK_SECONDS)

    def _look_after(self) -> None:
        for child in self._children:
            child.watch(self._home, self._output)
        for server in self._servers.all if self._servers else []:
            if server.process and server.process.poll() is not None:
                self._output.write(server.name, "ended, starting it again")
                with self._output.open(server.name) as pipe:
                    server.start(pipe)

    def _is_ready(self) -> bool:
        host, port = host_and_port(self.settings.bind)
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        line = http.client.HTTPConnection(here, port, timeout=2)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def run(
    settings: Settings,
    on_ready: Callable[[Supervisor], None] | None = None,
    neighbours: Sequence[Child] = (),
) -> int:
    """Run the whole product until SIGTERM or SIGINT; gives the exit code.

    Once it serves, `on_ready` runs in a thread of its own (default: print the ready line); when
    it raises, everything is stopped.
    """
    supervisor = Supervisor(settings, neighbours)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, supervisor.request_stop)
    faults: list[Exception] = []
    try:
        supervisor.start()
        if not supervisor.stopping:
            _tell(supervisor, on_ready or _print_ready, faults)
        supervisor.wait()
    except (Rejected, Unavailable) as refusal:
        faults.append(refusal)
    finally:
        supervisor.stop()
    for fault in faults:
        sys.stderr.write(f"crm: {fault}\n")
    return 1 if faults else 0


def _tell(
    supervisor: Supervisor, on_ready: Callable[[Supervisor], None], faults: list[Exception]
) -> None:
    def tell() -> None:
        try:
            on_ready(supervisor)
        except Exception as fault:  # noqa: BLE001 - it must not die silently in its thread
            faults.append(fault)
            supervisor.request_stop()

    threading.Thread(target=tell, name="on_ready", daemon=True).start()


def _print_ready(supervisor: Supervisor) -> None:
    sys.stdout.write(f"ready {supervisor.url}\n")
    sys.stdout.flush()
