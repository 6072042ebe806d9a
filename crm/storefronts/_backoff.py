"""How long to wait before a call is repeated: jittered, short, and as a storefront asks."""

import random

from crm import config

TRIES = 3
# A further try only begins within this time of the first; what needs longer is for a later job.
WHOLE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_ASKED_SECONDS = 3.0
_USUAL_SWEEP_SECONDS = 2.0
_TEST_SWEEPS = 10
_dice = random.SystemRandom()


def pause(tries: int, asked: float | None) -> float | None:
    """Give the seconds to wait after so many tries; None says to stop trying now.

    `asked` is what the storefront said with Retry-After.
    """
    if tries >= TRIES or (asked or 0.0) > bounded(_LONGEST_ASKED_SECONDS):
        return None
    drawn: float = _FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * _dice.uniform(0.5, 1.0)
    return max(drawn * _haste(), asked or 0.0)


def bounded(seconds: float) -> float:
    """Keep a wait within ten sweeps where tests shorten these."""
    chosen = config.settings()
    return min(seconds, _TEST_SWEEPS * chosen.sweep_seconds) if chosen.test else seconds


def _haste() -> float:
    """Shorten pauses as tests shorten sweeps."""
    chosen = config.settings()
    return min(1.0, chosen.sweep_seconds / _USUAL_SWEEP_SECONDS) if chosen.test else 1.0
