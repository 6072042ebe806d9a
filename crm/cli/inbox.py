"""`crm inbox`: what came by webhook, what failed and why, and another try."""

from typing import Any

import click

from crm import db, queue
from crm.cli.shell import answer, connected, json_option
from crm.stores.queries import list_stores
from crm.webhooks import inbox as kept
from crm.webhooks.models import Webhook
from crm.webhooks.queries import STATES, get_webhook, list_webhooks

_LINE = "{id:>8}  {received_at:<25} {store:<20} {state:<10} {topic:<24} {error}"
_JOB = "crm.webhooks.jobs.drain_inbox"


@click.group()
def inbox() -> None:
    """Look into the inbox of webhooks."""


@inbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@connected
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, the newest first."""
    with db.session() as session:
        slugs = {store.id: store.slug for store in list_stores(session, None)}
        found = list_webhooks(session, None, state=state, limit=limit)
        rows = [_row(one, slugs[one.store_id]) for one in found]
    lines = [_LINE.format(**row | {"error": row["error"] or ""}) for row in rows]
    answer(rows, as_json, "\n".join(lines) or "Nothing there.")


@inbox.command()
@click.argument("webhook_id", metavar="ID", type=int)
@json_option
@connected
def show(webhook_id: int, as_json: bool) -> None:
    """Show one delivery with its headers and body."""
    with db.session() as session:
        found = get_webhook(session, None, webhook_id)
        slugs = {store.id: store.slug for store in list_stores(session, None)}
    body = None if found.body is None else found.body.decode("utf-8", "replace")
    row = _row(found, slugs[found.store_id]) | {"headers": found.headers, "body": body}
    answer(row, as_json, "\n".join(f"{name:<12} {value}" for name, value in row.items()))


@inbox.command()
@click.argument("ids", metavar="ID…", type=int, nargs=-1)
@click.option("--state", type=click.Choice(("failed", "done")), help="All in this state.")
@json_option
@connected
def replay(ids: tuple[int, ...], state: str | None, as_json: bool) -> None:
    """Work on deliveries once more; what they say is applied as if it had just come."""
    if bool(ids) == bool(state):
        raise click.UsageError("Give either IDs or --state.")
    with db.session() as session:
        put_back = (
            kept.replay_state(session, None, state) if state else kept.replay(session, None, ids)
        )
    queue.ring(_JOB)
    answer({"replayed": put_back}, as_json, f"{put_back} go through once more.")


def _row(one: Webhook, slug: str) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "store": slug,
        "delivery_id": one.delivery_id,
        "topic": one.topic,
        "state": one.state,
        "attempts": one.attempts,
        "outcome": one.outcome,
        "error": one.error,
        "received_at": one.received_at.isoformat().replace("+00:00", "Z"),
    }
