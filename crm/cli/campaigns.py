"""`crm campaign`: what runs, and the switch that stops every promotion."""

from typing import Any

import click

from crm import clock, db
from crm.campaigns import lifecycle
from crm.campaigns.models import Campaign
from crm.campaigns.queries import list_campaigns
from crm.cli.shell import answer, connected, json_option
from crm.stores.queries import list_stores

_LINE = "{id:>6}  {state:<10} {kind:<12} {store:<20} {name}"


@click.group()
def campaign() -> None:
    """List campaigns; stop and restart all promotions."""


@campaign.command("list")
@json_option
@connected
def list_(as_json: bool) -> None:
    """List every campaign, newest first."""
    with db.session() as session:
        slugs = {store.id: store.slug for store in list_stores(session, None)}
        found = list_campaigns(session, list(slugs), limit=1000)
    rows = [_row(one, slugs[one.store_id]) for one in found]
    answer(rows, as_json, "\n".join(_LINE.format(**row) for row in rows) or "No campaigns yet.")


@campaign.command("pause-all")
@json_option
@connected
def pause_all(as_json: bool) -> None:
    """Stop every promotion of every store at once; order notices go on."""
    with db.session() as session:
        held = lifecycle.pause_all(session, clock.now())
    answer({"hold": True, "held_messages": held}, as_json, f"On hold; {held} messages wait.")


@campaign.command("resume-all")
@json_option
@connected
def resume_all(as_json: bool) -> None:
    """Let promotions go out again; what expired meanwhile lapses."""
    with db.session() as session:
        lifecycle.resume_all(session, clock.now())
    answer({"hold": False}, as_json, "Promotions go out again.")


def _row(one: Campaign, slug: str) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "store": slug,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
    }
