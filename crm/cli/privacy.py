"""`crm privacy`: a buyer's right to see what is kept about her, and to have it erased."""

import click
from sqlalchemy.orm import Session

from crm import clock, db, tables
from crm.buyers.erasure import erase_buyer
from crm.buyers.models import Buyer
from crm.buyers.queries import Wanted, get_buyer, search
from crm.cli.shell import answer, connected, json_option
from crm.errors import NotFound
from crm.exports.person import lines
from crm.stores.privacy import list_requests, settle_request
from crm.stores.queries import get_store, list_stores

_Known = tuple[str | None, str | None, int | None]


@click.group()
def privacy() -> None:
    """Show or erase everything kept about one buyer."""


_LINE = "{id:>6}  {store:<20} {kind:<8} due {due_at:%Y-%m-%d}  {whom}"
_STORE = click.option("--store", "slug", required=True, help="The store's slug.")
_EMAIL = click.option("--email", help="Her e-mail address.")
_PHONE = click.option("--phone", help="Her phone, with the country.")
_BUYER = click.option("--buyer", "buyer_id", type=int, help="The buyer's id.")


@privacy.command()
@_STORE
@_EMAIL
@_PHONE
@_BUYER
@json_option
@connected
def export(
    slug: str, email: str | None, phone: str | None, buyer_id: int | None, as_json: bool
) -> None:
    """Write every row about a buyer as JSON Lines, which --json does not change."""
    del as_json
    with db.session() as session:
        for line in lines(session, tables.metadata, _find(session, slug, (email, phone, buyer_id))):
            click.echo(line)


@privacy.command()
@_STORE
@_EMAIL
@_PHONE
@_BUYER
@json_option
@connected
def erase(
    slug: str, email: str | None, phone: str | None, buyer_id: int | None, as_json: bool
) -> None:
    """Erase a buyer for good; her sales stay, without her."""
    with db.session() as session:
        buyer = _find(session, slug, (email, phone, buyer_id))
        erase_buyer(session, get_store(session, slug), buyer, clock.now())
    answer({"erased": str(buyer.id)}, as_json, f"Buyer {buyer.id} is erased.")


def _find(session: Session, slug: str, known: _Known) -> Buyer:
    email, phone, buyer_id = known
    if sum(name is not None for name in known) != 1:
        raise click.UsageError("Give one of --email, --phone and --buyer.")
    store = get_store(session, slug)
    if buyer_id is not None:
        return get_buyer(session, [store.id], buyer_id)
    found = search(session, [store.id], Wanted(email=email, phone=phone), None, 2)
    if not found:
        raise NotFound("Nobody is known by that.")
    if len(found) > 1:
        raise NotFound("Several buyers share that; name one by --buyer.")
    return found[0]


@privacy.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were answered too.")
@json_option
@connected
def list_(every: bool, as_json: bool) -> None:
    """List the privacy requests that platforms passed on, the most urgent first."""
    with db.session() as session:
        slugs = {store.id: store.slug for store in list_stores(session, None)}
        found = list_requests(session, None, open_only=not every)
    rows = [
        {
            "id": one.id,
            "store": slugs[one.store_id],
            "kind": one.kind,
            "external_id": one.external_id,
            "email": one.email,
            "phone": one.phone,
            "orders": one.orders,
            "requested_at": one.requested_at,
            "due_at": one.due_at,
            "done_at": one.done_at,
            "done_by": one.done_by,
        }
        for one in found
    ]
    lines = [
        _LINE.format(**row, whom=row["email"] or row["phone"] or row["external_id"] or "")
        for row in rows
    ]
    answer(rows, as_json, "\n".join(lines) or "Nobody waits for an answer.")


@privacy.command()
@click.argument("request_id", metavar="ID", type=int)
@json_option
@connected
def done(request_id: int, as_json: bool) -> None:
    """Note that the privacy request ID was answered."""
    with db.session() as session:
        found = settle_request(session, None, request_id, "cli", clock.now())
    answer({"done": found.id}, as_json, f"Request {found.id} is answered.")
