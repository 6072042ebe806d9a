"""The buyers of the sample shops with their mail: some click, answer, buy with a code, leave."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Protocol

from crm.demo import words
from crm.demo.product import Product
from crm.demo.storefront.coupons import Refused

# A campaign's shop, kind and percentage by its id.
Running = dict[str, dict[str, Any]]
_CODE = re.compile(r"\b[A-Z]{2,8}-[A-Z2-9]{10}\b")
_LINK = re.compile(r"https?://[^\s\"'<>]+/(s|c|u)/[A-Za-z0-9_.\-]+")
_SCORES = ((5, 4, 3, 2, 1), (44, 28, 12, 9, 7))


# This shop's till does not look whether a code was used before; the product notices.
_CARELESS = "qingshan-tea"


class Till(Protocol):
    """The sample storefront, where a code can be checked out."""

    def check_out(self, shop: str, basket: dict[str, Any]) -> None:
        """Buy something with a code. Raises Refused."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail as its reader sees it."""

    message: dict[str, Any]
    links: dict[str, list[str]]
    code: str | None


class Crowd:
    """Reads every mail once, and does at its time what came into somebody's mind.

    `seen` is the newest message it has read.
    """

    def __init__(self, product: Product, till: Till, running: Running, seed: int) -> None:
        self._product = product
        self._till = till
        self._running = running
        self._seed = seed
        self.seen = 0
        self._plans: list[tuple[datetime, int, str, _Letter]] = []
        self._turns = count()
        self._used: set[str | None] = set()
        self.deeds = {"click": 0, "answer": 0, "checkout": 0, "goodbye": 0}

    def react(self, at: datetime) -> None:
        """Read the new mail and do what is due by `at`."""
        for message in self._new_mail():
            self._read(message, at)
        while self._plans and self._plans[0][0] <= at:
            _, _, deed, letter = heappop(self._plans)
            if getattr(self, f"_{deed}")(letter, at):
                self.deeds[deed] += 1

    def _new_mail(self) -> list[dict[str, Any]]:
        new = []
        for message in self._product.items("/messages", state="accepted", limit=25):
            if int(message["id"]) <= self.seen:
                break
            new.append(message)
        self.seen = max([self.seen, *(int(message["id"]) for message in new)])
        return new[::-1]

    def _read(self, message: dict[str, Any], at: datetime) -> None:
        dice = self._dice(message, "mood")
        campaign = self._running.get(str(message["campaign"]))
        if campaign is None:
            return
        letter = self._open(message["id"])
        if campaign["kind"] == "survey":
            if dice.random() < 0.5:
                self._plan(at, dice.uniform(0.1, 2.5), "answer", letter)
            return
        mood = dice.random()
        if mood < 0.03:
            self._plan(at, 0.1, "goodbye", letter)
        elif mood < 0.45:
            self._plan(at, 0.1, "click", letter)
            if letter.code and dice.random() < 0.6:
                self._plan(at, dice.uniform(0.2, 6), "checkout", letter)

    def _open(self, message_id: str) -> _Letter:
        message = self._product.call("GET", f"/messages/{message_id}")
        whole = f"{message.get('html') or ''}\n{message.get('text') or ''}"
        links: dict[str, list[str]] = {"s": [], "c": [], "u": []}
        for found in _LINK.finditer(whole):
            links[found[1]].append(found[0])
        code = _CODE.search(message.get("text") or "")
        return _Letter(message, links, code[0] if code else None)

    def _plan(self, at: datetime, days: float, deed: str, letter: _Letter) -> None:
        heappush(self._plans, (at + timedelta(days=days), next(self._turns), deed, letter))

    def _click(self, letter: _Letter, _at: datetime) -> bool:
        for link in letter.links["c"][:1]:
            self._product.web.get(link, allow_redirects=False, timeout=30).raise_for_status()
        return bool(letter.links["c"])

    def _answer(self, letter: _Letter, _at: datetime) -> bool:
        link = self._survey_link(letter)
        if link is None:
            return False
        dice = self._dice(letter.message, "answer")
        score = dice.choices(*_SCORES)[0]
        campaign = self._running[str(letter.message["campaign"])]
        locale = "zh" if campaign["shop"] == "qingshan-tea" else dice.choice(("en", "de"))
        best, improve = words.survey_texts(dice, locale, score)
        others = {
            key: min(5, max(1, score + dice.choice((-1, 0, 0, 1))))
            for key in ("expectation", "quality", "service")
        }
        self._product.web.get(link, timeout=30).raise_for_status()
        form = {"score": score, **others, "best": best, "improve": improve}
        self._product.web.post(link, data=form, timeout=30).raise_for_status()
        return True

    def _survey_link(self, letter: _Letter) -> str | None:
        if letter.links["s"]:
            return letter.links["s"][0]
        for link in letter.links["c"]:
            answer = self._product.web.get(link, allow_redirects=False, timeout=30)
            if "/s/" in answer.headers.get("Location", ""):
                return answer.headers["Location"]
        return None

    def _checkout(self, letter: _Letter, at: datetime) -> bool:
        campaign = self._running[str(letter.message["campaign"])]
        buyer = self._product.call("GET", f"/buyers/{letter.message['buyer']}")
        basket = {"email": buyer["email"], "code": letter.code, "percent": campaign["percent"]}
        try:
            self._till.check_out(campaign["shop"], basket | {"at": at.isoformat()})
        except Refused:
            return False
        tries_again = self._dice(letter.message, "again").random() < 0.25
        if campaign["shop"] == _CARELESS and tries_again and letter.code not in self._used:
            self._plan(at, 1.5, "checkout", letter)
        self._used.add(letter.code)
        return True

    def _goodbye(self, letter: _Letter, _at: datetime) -> bool:
        for link in letter.links["u"][:1]:
            one_click = {"List-Unsubscribe": "One-Click"}
            self._product.web.post(link, data=one_click, timeout=30).raise_for_status()
        return bool(letter.links["u"])

    def _dice(self, message: dict[str, Any], purpose: str) -> Random:
        return Random(f"{self._seed}/{purpose}/{message['id']}")  # noqa: S311 - a story, not a secret
