"""RQ entry points of campaigns."""

from crm import clock
from crm.campaigns import run


def run_campaigns() -> int:
    """Decide whatever is due in running campaigns."""
    return run.run_due(clock.now())
