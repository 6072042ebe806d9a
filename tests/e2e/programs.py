"""Installs storefronts from npm into a cache and runs what a trial needs; ends all it began."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from crm.embedded import places
from crm.embedded.postgres import Postgres

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("CRM_E2E_DIR") or Path(tempfile.gettempdir()) / "regulars-e2e")
_STAMP = "installed.json"
Found = TypeVar("Found")


class Failed(Exception):
    """A step that did not come out as it should; says which and what was seen."""


def say(text: str) -> None:
    """Tell what happened."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def free_port() -> int:
    """Find a port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, look: Callable[[], Found | None], seconds: float = 60) -> Found:
    """Look again and again until something is there. Raises Failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise Failed(f"{what}: not seen within {seconds:.0f} s")


def need(truth: object, what: str) -> None:
    """Go on only if something is so. Raises Failed."""
    if not truth:
        raise Failed(what)


def install(name: str, wanted: Mapping[str, Any], options: tuple[str, ...] = ()) -> Path:
    """Install a storefront's packages once, and our own package beside them anew."""
    home = CACHE / name
    home.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": f"regulars-e2e-{name}", "private": True, **wanted}, indent=1)
    stamp = home / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != text:
        say(f"installing {', '.join(wanted['dependencies'])} into {home}: this takes minutes")
        (home / "package.json").write_text(text, encoding="utf-8")
        _npm(home, "install", "--no-audit", "--no-fund", "--no-package-lock", *options)
        stamp.write_text(text, encoding="utf-8")
    _put_ours(home, ROOT / "integrations" / name)
    return home


def version_of(home: Path, package: str) -> str:
    """Read which version of a package was installed."""
    told = json.loads((home / "node_modules" / package / "package.json").read_text("utf-8"))
    return str(told["version"])


def _put_ours(home: Path, package: Path) -> None:
    """Unpack what `npm pack` makes of our package: what it leaves out would be missing here too."""
    told = json.loads((package / "package.json").read_text(encoding="utf-8"))
    place = home / "node_modules" / told["name"]
    shutil.rmtree(place, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _npm(package, "pack", "--pack-destination", folder)
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        shutil.copytree(Path(folder) / "package", place)


def _npm(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["npm", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"npm {arguments[0]} in {folder}: {done.stderr[-3000:]}")


@dataclass
class Running:
    """A program in the background, whose words go to a file."""

    arguments: list[str]
    folder: Path
    words: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, ready: str, seconds: float = 120) -> float:
        """Start it and wait until it says `ready`; gives the seconds that took. Raises Failed."""
        clean = {key: text for key, text in os.environ.items() if not key.startswith("CRM_")}
        began = time.monotonic()
        with self.words.open("wb") as words:
            self.process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env=clean | dict(self.variables),
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(f"{self.arguments[0]} is ready", lambda: self._said(ready), seconds)
        return time.monotonic() - began

    def end(self) -> None:
        """End it and all it started; at last without asking."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        need(self.process, f"{self.arguments[0]} runs")
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _said(self, ready: str) -> bool:
        words = self.words.read_text(encoding="utf-8", errors="replace")
        if self.process and self.process.poll() is not None:
            raise Failed(f"{' '.join(self.arguments)} ended: {words[-3000:]}")
        return ready in words


class Database:
    """An embedded PostgreSQL of its own, for a storefront."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._found = places.find_places(folder)
        self._server = Postgres(self._found, durable=False)

    @property
    def host(self) -> str:
        """The folder of its socket."""
        return str(self._found.postgres_sockets)

    def start(self) -> None:
        """Start it with one empty database."""
        self._server.start(subprocess.DEVNULL)
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self._name}"'.encode())

    def end(self) -> None:
        """Stop it and throw it away."""
        self._server.stop()
        places.discard(self._folder)


def command(*arguments: str) -> list[str]:
    """Spell a command of Regulars for this Python."""
    return [sys.executable, "-m", "crm", *arguments]
