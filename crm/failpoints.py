"""Named points where a test may kill, delay or break a process; inert unless armed."""

import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass
from random import random

POINTS = {
    "after_inbox_commit": "a webhook is kept, its sender has no answer yet",
    "after_claim": "a worker owns a row and has done nothing with it",
    "before_final_dot": "a mail is marked in flight, the final dot is not sent",
    "after_accept": "the mail server took the mail, we have not written it down",
    "after_coupon_post": "the storefront made a coupon, we have not written it down",
    "after_import_batch": "rows of a file are kept with its place, the next are not read",
    "after_decide_commit": "decisions are kept, the doorbell has not rung",
}

_FORM = re.compile(
    r"(?P<name>\w+)=(?:(?P<kill>kill)(?::nth(?P<nth>[1-9]\d*))?"
    r"|sleep:(?P<sleep>\d+(?:\.\d+)?)|raise:(?P<chance>0(?:\.\d+)?|1(?:\.0+)?))"
)


class FailpointReached(Exception):
    """Raised by a point that was armed with `raise`."""


@dataclass(frozen=True)
class Fault:
    """What an armed point does; `nth` counts hits within one process."""

    nth: int = 0
    sleep_seconds: float = 0.0
    chance: float = 0.0


_armed: dict[str, Fault] = {}
_hits: Counter[str] = Counter()


def hit(name: str) -> None:
    """Pass a named point."""
    if not _armed:
        return
    fault = _armed.get(name)
    if fault is not None:
        _hits[name] += 1
        _strike(name, fault)


def arm(text: str) -> None:
    """Arm the points of a `CRM_FAILPOINTS` text and forget earlier ones. Raises ValueError."""
    faults = parse(text)
    _armed.clear()
    _hits.clear()
    _armed.update(faults)


def parse(text: str) -> dict[str, Fault]:
    """Read `name=kill:nth3;name=sleep:2;name=raise:0.1`. Raises ValueError with the wrong part."""
    faults = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        found = _FORM.fullmatch(part)
        if found is None:
            raise ValueError(
                f"{part!r} is not name=kill, name=kill:nth3, name=sleep:2, name=raise:0.1"
            )
        if found["name"] not in POINTS:
            raise ValueError(f"{found['name']!r} is not one of {', '.join(POINTS)}")
        faults[found["name"]] = _fault(found)
    return faults


def _fault(found: re.Match[str]) -> Fault:
    if found["kill"]:
        return Fault(nth=int(found["nth"] or 1))
    return Fault(sleep_seconds=float(found["sleep"] or 0), chance=float(found["chance"] or 0))


def _strike(name: str, fault: Fault) -> None:
    if fault.nth:
        if _hits[name] == fault.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    time.sleep(fault.sleep_seconds)
    if random() < fault.chance:  # noqa: S311 - a test's dice, not a secret
        raise FailpointReached(name)
