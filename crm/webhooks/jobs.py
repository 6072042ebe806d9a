"""What workers do about webhooks."""

from crm import clock, db
from crm.stores.secrets import forget_ended_secrets
from crm.webhooks import process, refill, retention


def drain_inbox() -> int:
    """Work off what waits in the inbox."""
    return process.drain(clock.now())


def replay_spool() -> int:
    """Bring what was spooled while the database was away into the inbox."""
    return refill.replay_spool()


def forget_bodies() -> int:
    """Forget old bodies and secrets whose time is over."""
    with db.session() as session:
        now = clock.now()
        return retention.forget_bodies(session, now) + forget_ended_secrets(session, now)
