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
from crm.stores.queries import get_store

_Known = tuple[str | None, str | None, int | None]


@click.group()
def privacy() -> None:
    """Show or erase everything kept about one buyer."""


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
