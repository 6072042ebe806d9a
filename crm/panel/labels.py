"""Words and colours for the states a reader sees, in one place."""

from flask import Flask
from markupsafe import Markup

from crm.i18n import gettext, mark

# What a thing is called, and the colour of its pill ("" is grey).
Label = tuple[str, str]

LABELS: dict[str, dict[str, Label]] = {
    "campaign": {
        "draft": (mark("Draft"), "line"),
        "running": (mark("Running"), "green"),
        "paused": (mark("Paused"), "gold"),
        "finished": (mark("Finished"), "blue"),
        "cancelled": (mark("Cancelled"), ""),
    },
    "outcome": {
        "send": (mark("Written to"), "green"),
        "deferred": (mark("Later"), "gold"),
        "skipped": (mark("Skipped"), ""),
        "held_out": (mark("Control group"), "blue"),
    },
    "message": {
        "queued": (mark("Waiting"), "line"),
        "claimed": (mark("Being written"), "line"),
        "in_flight": (mark("On its way"), "blue"),
        "accepted": (mark("Sent"), "green"),
        "delivered": (mark("Delivered"), "green"),
        "deferred": (mark("Later"), "gold"),
        "refused": (mark("Refused"), "red"),
        "bounced": (mark("Bounced"), "red"),
        "complained": (mark("Marked as spam"), "red"),
        "expired": (mark("Expired"), ""),
        "cancelled": (mark("Cancelled"), ""),
        "uncertain": (mark("Uncertain"), "red"),
    },
    "coupon": {
        "issued": (mark("Being created"), "line"),
        "live": (mark("Active"), "green"),
        "redeemed": (mark("Redeemed"), "blue"),
        "expired": (mark("Expired"), ""),
        "void": (mark("Void"), ""),
    },
    "webhook": {
        "pending": (mark("Waiting"), "line"),
        "processing": (mark("Processing"), "line"),
        "done": (mark("Processed"), "green"),
        "failed": (mark("Failed"), "red"),
    },
    "import": {
        "prepared": (mark("Not started"), "line"),
        "waiting": (mark("Waiting"), "line"),
        "running": (mark("Being read"), "blue"),
        "checked": (mark("Checked"), "gold"),
        "done": (mark("Taken in"), "green"),
        "stopped": (mark("Stopped"), "gold"),
        "failed": (mark("Failed"), "red"),
    },
    "case": {
        "open": (mark("Open"), "red"),
        "waiting_buyer": (mark("Waiting for the buyer"), "blue"),
        "waiting_us": (mark("Waiting for us"), "gold"),
        "resolved": (mark("Resolved, waiting for the buyer's word"), "green"),
        "closed": (mark("Closed"), ""),
    },
    "consent": {
        "granted": (mark("Consent given"), "green"),
        "withdrawn": (mark("Consent withdrawn"), "red"),
        "none": (mark("Not recorded"), ""),
    },
    "payment": {
        "unpaid": (mark("Unpaid"), "gold"),
        "paid": (mark("Paid"), "green"),
        "partially_refunded": (mark("Partly refunded"), "gold"),
        "refunded": (mark("Refunded"), "red"),
    },
    "fulfillment": {
        "unfulfilled": (mark("Not shipped"), "line"),
        "partial": (mark("Partly shipped"), "gold"),
        "fulfilled": (mark("Shipped"), "blue"),
        "delivered": (mark("Delivered"), "green"),
    },
    "feed": {
        "customers": (mark("Customers"), ""),
        "orders": (mark("Orders"), ""),
        "reviews": (mark("Reviews"), ""),
    },
    "privacy": {
        "access": (mark("Wants to see the data"), "blue"),
        "erasure": (mark("Wants to be erased"), "red"),
        "shop": (mark("The shop leaves"), ""),
    },
    "channel": {"email": (mark("Email"), ""), "sms": (mark("SMS"), "")},
}


def teach(app: Flask) -> None:
    """Give the templates of an application these words."""
    app.jinja_env.globals.update({"say": say, "badge": badge, "options": options})


def say(kind: str, key: str | None) -> str:
    """Say a state; one that is not known here is shown as it is."""
    return gettext(_label(kind, key)[0]) if key else "–"


def badge(kind: str, key: str | None) -> Markup:
    """Show a state as a coloured pill."""
    colour = _label(kind, key)[1] if key else ""
    look = f"pill pill-{colour}" if colour else "pill"
    return Markup('<span class="{}">{}</span>').format(look, say(kind, key))


def options(kind: str) -> list[tuple[str, str]]:
    """List the states of a kind for a choice."""
    return [(key, gettext(words)) for key, (words, _colour) in LABELS[kind].items()]


def _label(kind: str, key: str | None) -> Label:
    known = (key or "").replace("_", " ").capitalize()
    return LABELS[kind].get(key or "", (known, ""))
