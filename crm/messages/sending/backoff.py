"""How long to leave a neighbour alone: after one message's trouble, and after its own."""

import random
import time
from dataclasses import dataclass

from crm import config

# For a message that met no trouble, only a change of mind.
SOON_SECONDS = 2.0
_FIRST_SECONDS, _LAST_SECONDS = 300.0, 4 * 3600.0
_PAUSES_SECONDS = (60.0, 300.0, 900.0, 3600.0)
_TEST_SWEEPS = 10


def retry_seconds(attempts: int, asked: float | None = None) -> float:
    """Tell how long a message waits after its n-th try: 5 min, doubling up to 4 h, with jitter.

    What the neighbour asked for wins when it is longer. Under CRM_TEST never above 10 sweeps.
    """
    doubled = min(_FIRST_SECONDS * 2 ** min(attempts - 1, 10), _LAST_SECONDS)
    return _bounded(max(doubled, asked or 0) * random.uniform(1.0, 1.2))  # noqa: S311


@dataclass
class Breaker:
    """Keeps this process from a provider that turned it away: 1, 5, 15, then 60 minutes."""

    trips: int = 0
    open_until: float = 0.0

    def is_open(self) -> bool:
        """Tell whether the provider is to be left alone now."""
        return time.monotonic() < self.open_until

    def is_careful(self) -> bool:
        """Tell whether the next message is a probe after a pause."""
        return self.trips > 0

    def trip(self) -> None:
        """Leave the provider alone, longer with every time in a row."""
        pause = _PAUSES_SECONDS[min(self.trips, len(_PAUSES_SECONDS) - 1)]
        self.trips += 1
        self.open_until = time.monotonic() + _bounded(pause)

    def close(self) -> None:
        """Trust the provider again."""
        self.trips, self.open_until = 0, 0.0


def _bounded(seconds: float) -> float:
    chosen = config.settings()
    return min(seconds, _TEST_SWEEPS * chosen.sweep_seconds) if chosen.test else seconds
