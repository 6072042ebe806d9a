"""RQ entry points of the outbox."""

from crm import clock
from crm.messages import dispatch, recover


def send_due() -> int:
    """Send what is due."""
    return dispatch.send_due(clock.now())


def recover_stale() -> int:
    """Take back what a dead worker held."""
    return recover.recover_stale(clock.now())
