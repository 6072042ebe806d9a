"""The closed list of reasons, and the sentence a seller reads for each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_datetime, get_timezone

from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _

SENTENCES: dict[str, str] = {
    "no_consent": mark("The buyer has not agreed to messages on this channel."),
    "suppressed": mark("The address is on the list of addresses never to write to."),
    "no_address": mark("We have no address of the buyer for this channel."),
    "erased": mark("The buyer's data was erased."),
    "frequency_cap": mark("The buyer already has as many messages as the cap “%(cap)s” allows."),
    "quiet_hours": mark("It is quiet time where the buyer lives (%(zone)s)."),
    "open_case": mark(
        "The buyer has an open case with us: nothing is advertised until it is closed."
    ),
    "recent_refund": mark("The buyer got a refund a few days ago."),
    "order_refunded": mark("The order it is about was refunded."),
    "order_cancelled": mark("The order it is about was cancelled."),
    "already_sent": mark("The buyer already got this one."),
    "outranked": mark("A more important message took the last place under the cap."),
    "expired": mark("Its time had passed before it could be sent."),
    "not_in_audience": mark("The buyer is no longer in the audience."),
    "fatigue_pause": mark("The buyer gets fewer messages for a while, having answered none."),
    "paused": mark("The campaign is paused."),
    "cancelled": mark("The campaign was cancelled."),
    "holdout": mark("The buyer is in the control group, so that we can measure the effect."),
    "coupon_failed": mark("The discount code could not be made in the storefront."),
    "render_failed": mark("The message could not be written for this buyer."),
    "refused": mark("The mail server refused the address or the message."),
    "uncertain": mark("The line broke at the last moment: it may or may not have arrived."),
}
# The same without the particulars of one buyer, where those are in the sentence.
SUMMARIES: dict[str, str] = {
    "frequency_cap": mark("The buyer already has as many messages as a frequency cap allows."),
    "quiet_hours": mark("It is quiet time where the buyer lives."),
}
SEND = mark("Nothing stood against it.")
LATER = mark("Next try: %(when)s.")


def sentence(reason: str | None, facts: Mapping[str, Any], not_before: datetime | None) -> str:
    """Say a verdict in the reader's language, with the next try where there is one."""
    if reason is None:
        return _(SEND)
    values = {"cap": "?", "zone": "?", **{key: str(fact) for key, fact in facts.items()}}
    said = _(SENTENCES[reason], **values)
    if not_before is None:
        return said
    return f"{said} {_(LATER, when=_moment(not_before, str(facts.get('zone') or 'UTC')))}"


def summary(reason: str | None) -> str:
    """Say a reason for many buyers at once, in the reader's language."""
    return _(SEND if reason is None else SUMMARIES.get(reason) or SENTENCES[reason])


def _moment(at: datetime, zone: str) -> str:
    return format_datetime(at, "medium", tzinfo=get_timezone(zone), locale=babel_locale(locale()))
