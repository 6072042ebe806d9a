"""The embedded PostgreSQL: makes its cluster, starts it, ends what a killed owner left."""

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from crm.embedded import processes
from crm.embedded.places import Places
from crm.embedded.processes import Output, Program
from crm.errors import Unavailable

_USER = "regulars"
# Lean in memory, durable, silent about people: DETAIL and statements can hold personal data.
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "autovacuum_max_workers": "2",
    "io_method": "sync",
    "jit": "off",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server on one cluster; `durable` is off for tests only."""

    name = "postgres"

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self._places = places
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_FORGETFUL}
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://{_USER}@/regulars?host={quote(str(places.postgres_sockets), '')}"

    def start(self, output: Output = None) -> None:
        """Start the server and wait until it answers. Raises Unavailable."""
        self._end_leftovers()
        if not self._places.cluster.exists():
            self._make_cluster()
        self.process = processes.spawn(self._server(), output)
        if not processes.wait_until(self._is_decided, 60) or self.process.poll() is not None:
            self.stop()
            raise Unavailable(f"PostgreSQL does not start in {self._places.cluster}")

    def stop(self) -> None:
        """Stop the server, at last without asking."""
        if self.process:
            processes.end(self.process, (signal.SIGINT, 8), (signal.SIGQUIT, 3))

    def _end_leftovers(self) -> None:
        """End every process on this cluster; nobody but its owner's lock holder comes here."""
        cluster = self._places.cluster
        processes.end_strangers(processes.in_folder(cluster), signal.SIGINT, 10)
        # Their numbers may belong to somebody else by now, or to a dead process that nobody
        # buried; either would make the server refuse.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        (self._places.postgres_sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        draft = self._places.cluster.with_name("cluster.new")
        shutil.rmtree(draft, ignore_errors=True)
        encoding = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run("initdb", "-D", str(draft), "-U", _USER, "--auth=trust", "--locale=C", *encoding)
        create = f"CREATE DATABASE {_USER} OWNER {_USER}\n"
        self._run("postgres", "--single", "-D", str(draft), "postgres", typed=create)
        draft.rename(self._places.cluster)

    def _run(self, program: str, *arguments: str, typed: str = "") -> None:
        account = self._places.account
        done = subprocess.run(
            [self._places.programs / program, *arguments],
            input=typed.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=processes.server_environment(),
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        if done.returncode:
            words = done.stdout.decode(errors="replace").strip()
            raise Unavailable(f"PostgreSQL's {program} failed: {words}")

    def _server(self) -> Program:
        settings = {
            **self._settings,
            "unix_socket_directories": str(self._places.postgres_sockets),
            # A copy of the folder has another number: so `crm.instance` knows it from the first.
            "regulars.place": str(self._places.cluster.stat().st_ino),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            [str(self._places.programs / "postgres"), "-D", str(self._places.cluster), *options],
            environment=processes.server_environment(),
            account=self._places.account,
            folder=Path("/"),
            on_orphaned=signal.SIGINT,
        )

    def _is_decided(self) -> bool:
        """Tell whether the server has died or written `ready` into its pid file."""
        assert self.process is not None
        if self.process.poll() is not None:
            return True
        try:
            text = (self._places.cluster / "postmaster.pid").read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        lines = text.splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"
