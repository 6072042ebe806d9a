"""A test mail: the campaign as a made-up buyer would get it, outside ledger, caps and hours."""

from dataclasses import dataclass
from datetime import datetime

from crm import channels
from crm.buyers.facts.addresses import normalise_email
from crm.campaigns.deliberate import content
from crm.campaigns.models import Campaign
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.messages import context
from crm.messages.letters import envelope as envelopes
from crm.messages.render import Rendered, RenderFailed, render
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Trial:
    """What was written; `sent` is False where mail only goes to the local outbox."""

    letter: Rendered
    sent: bool


@dataclass(slots=True)
class _Sample:
    """The message of nobody, for headers and links."""

    store_id: int
    id: int = 0
    buyer_id: int = 0
    message_class: str = "marketing"


def send_test(store: Store, campaign: Campaign, to: str, now: datetime) -> Trial:
    """Send a campaign filled with sample values; call it outside a transaction.

    Raises Rejected for an address or template that cannot be used, Unavailable when the mail
    server does not take it now.
    """
    recipient = _address(to)
    try:
        letter = render(content(campaign, store.locale), context.sample(store))
    except RenderFailed as fault:
        raise Rejected(_("The message cannot be written: %(error)s", error=str(fault))) from None
    sample = _Sample(store.id)
    letter = Rendered(_("[Test] %(subject)s", subject=letter.subject), letter.html, letter.text)
    way = channels.pick(campaign.channel)
    reply = channels.get_channel(way).send(
        envelopes.address(store, sample, letter, recipient, now), lambda: True
    )
    if reply.kind == "refused":
        raise Rejected(_("The mail server refused it: %(said)s", said=f"{reply.code} {reply.text}"))
    if reply.kind != "accepted":
        raise Unavailable(_("The mail server does not take it now. Try again in a minute."))
    return Trial(letter, sent=way != "outbox")


def _address(to: str) -> str:
    address = normalise_email(to)
    if address is None:
        said = _("This is not an email address.")
        raise Rejected(said, {"to": said})
    return address
