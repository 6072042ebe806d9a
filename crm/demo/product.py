"""The product as its users reach it: the REST API with a key, commands, the health page."""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import requests

from crm.supervisor.child import command

_PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.12
# Long enough for a turn of the schedule at the pace the demonstration sets.
_LOOKS_IN_PEACE = 3
_PAGE = 200


class ProductRefused(Exception):
    """The product said no to something the demonstration thought right."""


class Product:
    """A running product at `base`; `key` opens its API."""

    def __init__(self, base: str, key: str) -> None:
        self.base = base
        self.web = requests.Session()
        self._api = requests.Session()
        self._api.headers["Authorization"] = f"Bearer {key}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call the API. Raises ProductRefused with what it answered."""
        url = f"{self.base}/api/v1{path}"
        answer = self._api.request(method, url, json=body, params=query, timeout=60)
        if not answer.ok:
            raise ProductRefused(f"{method} {path}: {answer.status_code} {answer.text[:1000]}")
        return answer.json() if answer.content else None

    def items(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Read a whole list, page by page."""
        query = {"limit": _PAGE, **query}
        while True:
            page = self.call("GET", path, **query)
            yield from page["items"]
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def settle(self) -> None:
        """Wait until nothing is due any more and the schedule has had a turn since."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        quiet = 0
        while quiet < _LOOKS_IN_PEACE:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the product does not come to rest: {self._health()}")
            time.sleep(_LOOK_SECONDS)
            quiet = 0 if any(self._health()["depths"].values()) else quiet + 1

    def _health(self) -> Any:
        return self.web.get(f"{self.base}/healthz", timeout=60).json()


def wait_for(base: str) -> None:
    """Wait until a program answers at an address. Raises requests.RequestException."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            requests.get(f"{base}/", timeout=5).raise_for_status()
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def run_command(*arguments: str, given: str = "") -> Any:
    """Run a `crm` command against the running product; gives its JSON answer."""
    done = subprocess.run(
        command(*arguments, "--json"), input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProductRefused(f"crm {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None
