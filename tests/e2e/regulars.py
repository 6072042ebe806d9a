"""The product itself, on embedded services in a data dir of its own, by its commands and API."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.e2e.programs import Failed, Running, command, free_port, need, wait_until

_CAMPAIGN = {
    "name": "Thank you",
    "kind": "promotion",
    "offer": {"percent": 20, "valid_days": 14, "single_use": True},
    "message": {"subject": "For you", "body": "{{ offer.code }}", "format": "text"},
    "holdout_percent": 0,
}


class Regulars:
    """One installation with one store."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.slug = self.webhook_url = self.secret = ""
        self._key = ""
        clock = folder / "clock"
        clock.write_text(_next_morning().isoformat(), encoding="utf-8")
        self._variables = {
            "CRM_DATA_DIR": str(folder / "regulars"),
            "CRM_BIND": f"127.0.0.1:{self.port}",
            "CRM_TEST": "1",
            "CRM_CLOCK_FILE": str(clock),
            "CRM_ALLOW_PRIVATE_STORES": "1",
        }
        self._up = Running(command("up"), folder, folder / "regulars.log", self._variables)

    def start(self) -> float:
        """Start it; gives the seconds until it serves."""
        return self._up.start("ready http")

    def end(self) -> None:
        """Stop it as a terminal does."""
        self._up.end()

    def run(self, *arguments: str, ending: int = 0) -> str:
        """Run one of its commands and give what it prints. Raises Failed."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith("CRM_")}
        done = subprocess.run(
            command(*arguments),
            env=clean | self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != ending:
            raise Failed(f"crm {' '.join(arguments[:2])}: {done.stdout}{done.stderr}")
        return done.stdout

    def connect(self, platform: str, access: tuple[str, ...]) -> None:
        """Connect the shop and make a key for the API."""
        place = ("--currency", "EUR", "--timezone", "Europe/Berlin", "--country", "DE")
        told = self.run(
            "store", "add", "Tea House", "--platform", platform, *place, *access, "--json"
        )
        made = json.loads(told)
        self.slug, self.webhook_url, self.secret = (
            made[name] for name in ("slug", "webhook_url", "secret")
        )
        self._key = json.loads(self.run("key", "add", "trial", "--role", "owner", "--json"))["key"]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API. Raises Failed."""
        answer = requests.request(
            method,
            f"{self.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=30,
        )
        if answer.status_code >= 400:
            raise Failed(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def buyer(self, email: str) -> Any:
        """Find a buyer by e-mail; None where nobody is known by it."""
        found = self.api("GET", f"/buyers?store={self.slug}&email={email}")["items"]
        return self.api("GET", f"/buyers/{found[0]['id']}") if found else None

    def wait_for_buyer(self, email: str, **stats: Any) -> Any:
        """Wait until a buyer's figures are as told. Raises Failed."""

        def look() -> Any:
            found = self.buyer(email)
            seen = found and {name: _plain(found["stats"][name]) for name in stats}
            return found if seen == stats else None

        try:
            return wait_until(f"{email} with {stats}", look)
        except Failed as fault:
            known = self.buyer(email)
            raise Failed(f"{fault}; known: {known and known['stats']}") from None

    def send_code(self, buyer: Any) -> Any:
        """Let a campaign make a code for a consenting buyer; gives the coupon once it is live."""
        consent = {"channel": "email", "status": "granted", "source": "trial", "proof": "form 1"}
        self.api("POST", f"/buyers/{buyer['id']}/consents", consent)
        made = self.api("POST", "/campaigns", {"store": self.slug, **_CAMPAIGN})
        self.api("POST", f"/campaigns/{made['id']}/start")

        def look() -> Any:
            self.run("tick")
            coupons = self.api("GET", f"/coupons?campaign={made['id']}")["items"]
            return coupons[0] if coupons and coupons[0]["state"] == "live" else None

        try:
            coupon = wait_until("a live code", look, 60)
        except Failed as fault:
            decisions = self.api("GET", f"/campaigns/{made['id']}/decisions")["items"]
            coupons = self.api("GET", f"/coupons?campaign={made['id']}")["items"]
            raise Failed(f"{fault}; {decisions} {coupons}") from None
        (message,) = self.api("GET", f"/messages?campaign={made['id']}")["items"]
        letter = self.api("GET", f"/messages/{message['id']}")
        need(coupon["code"] in json.dumps(letter), "the letter holds the code")
        return coupon

    def wait_for_coupon(self, coupon: Any, state: str) -> Any:
        """Wait until a coupon is in a state. Raises Failed."""

        def look() -> Any:
            found = self.api("GET", f"/coupons?buyer={coupon['buyer']}")["items"]
            same = [one for one in found if one["code"] == coupon["code"]]
            return same[0] if same and same[0]["state"] == state else None

        return wait_until(f"{coupon['code']} {state}", look)

    def rows(self, kind: str) -> list[Any]:
        """Export the books and give the rows of one kind."""
        told = self.run("export", "state", "--store", self.slug)
        return [row for line in told.splitlines() if (row := json.loads(line))["kind"] == kind]

    def webhooks(self) -> list[Any]:
        """Export the inbox."""
        told = self.run("export", "inbox", "--store", self.slug)
        return [json.loads(line) for line in told.splitlines()]


def _next_morning() -> datetime:
    """Give an hour at which mail may go out in Berlin, whenever the trial is run."""
    now = datetime.now(UTC)
    morning = now.replace(hour=10, minute=0, second=0, microsecond=0)
    return morning if morning > now else morning + timedelta(days=1)


def _plain(value: Any) -> Any:
    return value["amount"] if isinstance(value, dict) else value
