"""Who listens to whom across the layers; every process that settles messages calls `connect`."""

from crm.campaigns.follow import follow_message
from crm.messages.outcomes import on_settled


def connect() -> None:
    """Let decisions follow their messages; calling it again changes nothing."""
    on_settled(follow_message)
