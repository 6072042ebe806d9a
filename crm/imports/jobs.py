"""What workers do about reading storefronts."""

from crm import clock, db, queue
from crm.imports import hooks, lookups, reading, reconcile

_READ = "crm.imports.jobs.read_feeds"


def reconcile_stores() -> int:
    """Open the checks whose turn it is."""
    opened = reconcile.open_due(clock.now())
    if opened:
        queue.ring(_READ)
    return opened


def read_feeds() -> int:
    """Read open checks and backfills on."""
    return reading.read_on(clock.now())


def look_up_things() -> int:
    """Read things of which only the name came."""
    return lookups.look_up_due(clock.now())


def check_webhooks() -> int:
    """See whether storefronts switched our webhooks off."""
    return hooks.check_all(clock.now())


def forget_runs() -> int:
    """Forget old checks."""
    with db.session() as session:
        return reconcile.forget_runs(session, clock.now())
