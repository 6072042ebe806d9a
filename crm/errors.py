"""The two failures everything speaks of: a no, and a not now."""

from collections.abc import Mapping


class Rejected(Exception):
    """A request we refuse, with a reason a seller can read.

    `errors` maps a field (dotted place) to what is wrong with it and how to mend it.
    """

    def __init__(self, reason: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.errors = dict(errors or {})


class NotFound(Rejected):
    """A thing that does not exist, or that the reader may not see."""


class Conflict(Rejected):
    """A request that contradicts the present state."""


class Unavailable(Exception):
    """A neighbour that cannot answer now; ask again later.

    `retry_after` is in seconds, None when the neighbour did not say.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
