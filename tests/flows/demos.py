"""A demonstration in a process of its own, looked at from outside, and struck."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import requests

from crm import config, embedded

_PATIENCE_SECONDS = 240


@dataclass
class Demo:
    """A demonstration in a data dir of its own."""

    home: Path
    port: int
    options: tuple[str, ...]
    printed: str = ""
    process: "subprocess.Popen[str] | None" = None
    killed: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start it the way a visitor does, with nothing of this test's settings."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        arguments = ["demo", "--port", str(self.port), "--data", str(self.home), *self.options]
        self.printed = ""
        self.home.mkdir(parents=True, exist_ok=True)
        self._output = (self.home / "demo.out").open("w")
        self._errors = (self.home / "demo.err").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crm", *arguments],
            env=clean,
            stdout=self._output,
            stderr=self._errors,
            text=True,
            start_new_session=True,
        )

    def wait(self, blows: tuple[float, ...] = ()) -> None:
        """Wait until it is ready, and strike the workers on the way."""
        assert self.process
        waiting = list(blows)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "ready " not in self.printed:
            assert self.process.poll() is None, self.errors
            assert time.monotonic() < deadline, self.errors
            if waiting and self.progress > waiting[0]:
                waiting.pop(0)
                self.strike()
            time.sleep(0.05)
            self.printed = (self.home / "demo.out").read_text()
        assert not waiting, "the play was over before the workers died"

    def strike(self) -> None:
        """Empty the doorbell and kill every worker at once."""
        assert self.process
        family = psutil.Process(self.process.pid).children(recursive=True)
        workers = [one for one in family if _is_worker(one)]
        with embedded.services(self.settings) as found:
            assert found.redis_url
            with redis.Redis.from_url(found.redis_url) as doorbell:
                doorbell.flushall()
        for worker in workers:
            worker.kill()
            self.killed.append(worker.pid)

    def stop(self) -> int:
        """Stop it as a terminal does; gives the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        self._output.close()
        self._errors.close()
        return code

    def rows(self, query: str) -> list[Any]:
        """Look into its database."""
        with embedded.services(self.settings) as found:
            assert found.database_url
            with psycopg.connect(found.database_url) as connection:
                return connection.execute(query).fetchall()  # type: ignore[call-overload]

    def api(self, path: str) -> Any:
        """Read something by the API."""
        head = {"Authorization": f"Bearer {self.bill['keys'][0]}"}
        answer = requests.get(f"{self.url}/api/v1{path}", headers=head, timeout=30)
        answer.raise_for_status()
        return answer.json()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> config.Settings:
        """The settings a command of the same data dir has."""
        return config.load({"CRM_DATA_DIR": str(self.home)})

    @property
    def bill(self) -> Any:
        """What is played, and how far."""
        path = self.home / "demo.json"
        return json.loads(path.read_text()) if path.exists() else {"until": None}

    @property
    def progress(self) -> float:
        """The share of the span that is over."""
        bill = self.bill
        if not bill["until"]:
            return 0.0
        begin, end, until = (
            datetime.fromisoformat(bill[key]) for key in ("begin_at", "end_at", "until")
        )
        return (until - begin) / (end - begin)

    @property
    def ledger(self) -> Any:
        """What the sample storefront says it has told."""
        return requests.get(f"http://127.0.0.1:{self.bill['port']}/ledger", timeout=30).json()

    @property
    def errors(self) -> str:
        """The end of what it logged."""
        return (self.home / "demo.err").read_text()[-4000:]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "worker" in process.cmdline()
    except psutil.Error:  # it ended while we looked
        return False
