"""A campaign between its form and its payload, and the words a new one starts with."""

from typing import Any

from crm import registry
from crm.campaigns.kinds import PACKAGE
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.i18n import speaking
from crm.panel import forms
from crm.panel.desk import Desk


def kinds() -> list[tuple[str, str]]:
    """List the kinds of campaigns with their names."""
    return [(key, _(kind.LABEL)) for key, kind in registry.plugins(PACKAGE).items()]


def kind_name(key: str) -> str:
    """Say a kind of campaign."""
    return dict(kinds()).get(key, key)


def schedule_words(kind: str, schedule: dict[str, Any]) -> str:
    """Say when a campaign goes out."""
    return str(registry.get_plugin(PACKAGE, kind).describe(schedule))


def read_draft(desk: Desk, kind: str) -> dict[str, Any]:
    """Read the form into a campaign's payload; what is wrong in it the verb will say."""
    return {
        "name": forms.text("name"),
        "kind": kind,
        "priority": forms.number("priority"),
        "audience": read_audience(),
        "schedule": _schedule(desk, kind),
        "message": read_message(),
        "offer": read_offer(),
        "holdout_percent": forms.number("holdout_percent"),
        "when_capped": forms.text("when_capped") or "defer",
        "expires_after_hours": forms.number("expires_after_hours"),
    }


def read_audience() -> dict[str, Any] | None:
    """Read whom it is for: a saved segment, a rule of its own, or everybody."""
    chosen = forms.text("audience")
    if chosen == "segment":
        return {"segment": forms.text("segment")}
    if chosen == "rule":
        rule = forms.document("rule")
        return rule if isinstance(rule, dict) else {}
    return None


def read_message() -> dict[str, Any]:
    """Read what it says."""
    return {
        "subject": forms.text("message.subject"),
        "preheader": forms.text("message.preheader"),
        "body": forms.text("message.body"),
        "format": forms.text("message.format") or "html",
    }


def read_offer() -> dict[str, Any] | None:
    """Read the discount, if there is one."""
    if not forms.on("offer"):
        return None
    offer: dict[str, Any] = {
        "valid_days": forms.number("offer.valid_days"),
        "minimum": forms.optional("offer.minimum"),
        "single_use": forms.on("offer.single_use"),
    }
    worth = forms.text("offer.worth")
    value = forms.text("offer.amount") if worth == "amount" else forms.number("offer.percent")
    return offer | {worth or "percent": value}


def _schedule(desk: Desk, kind: str) -> dict[str, Any]:
    if kind == "promotion":
        return {"at": _at(desk), "rrule": forms.optional("schedule.rrule")}
    if kind == "survey":
        stage = forms.text("schedule.stage") or "delivered"
        return {"days_after": {stage: forms.number("schedule.days")}}
    names = registry.get_plugin(PACKAGE, kind).Schedule().fields
    read = {name: forms.number(f"schedule.{name}") for name in names}
    return {name: value for name, value in read.items() if value is not None}


def _at(desk: Desk) -> str | None:
    """Read when it goes out; what is no time is given on, so that the verb names the field."""
    try:
        at = forms.wall_time("schedule.at", desk.zone)
    except Rejected:
        return forms.text("schedule.at")
    return at.astimezone(desk.zone).isoformat() if at else None


def new_draft(desk: Desk, kind: str, segment_id: int | None) -> dict[str, Any]:
    """Give the form of a new campaign something good to start from, in the shop's language."""
    with speaking(desk.store.locale):
        words = _words(kind)
    schedules: dict[str, dict[str, Any]] = {
        "birthday": {"days_before": 0, "time": "09:00"},
        "survey": {"days_after": {"delivered": 7}},
    }
    return {
        "name": "",
        "kind": kind,
        "priority": {"birthday": 80, "survey": 60}.get(kind, 50),
        "audience": {"segment": str(segment_id)} if segment_id else None,
        "schedule": schedules.get(kind, {}),
        "message": {**words, "format": "html"},
        "offer": {"percent": 15, "valid_days": 14, "single_use": True}
        if kind == "birthday"
        else None,
        "holdout_percent": 0,
        "when_capped": "defer",
        "expires_after_hours": 72,
    }


def _words(kind: str) -> dict[str, str]:
    hello = _("Dear {{ buyer.first_name | default: 'friend' }},")
    bye = _("Warm wishes from {{ store.name }}")
    subject, preheader, lines = _STARTS[kind]() if kind in _STARTS else ("", "", [])
    paragraphs = [hello, *lines, bye]
    return {
        "subject": subject,
        "preheader": preheader,
        "body": "\n".join(f"<p>{line}</p>" for line in paragraphs),
    }


def _promotion() -> tuple[str, str, list[str]]:
    told = _("it has been a while, and something has come in that made us think of you.")
    link = _("Have a look in the shop")
    return (
        _("Something for you, {{ buyer.first_name | default: 'friend' }}"),
        _("Come by when you like."),
        [told, f'<a href="{{{{ store.url }}}}">{link}</a>'],
    )


def _birthday() -> tuple[str, str, list[str]]:
    return (
        _("Happy birthday, {{ buyer.first_name | default: 'friend' }}!"),
        _("A small present is inside."),
        [
            _("happy birthday! We are glad that you are with us."),
            _(
                "With the code <strong>{{ offer.code }}</strong> your next order costs"
                " {{ offer.percent }} percent less, until {{ offer.expires_on }}."
            ),
        ],
    )


def _survey() -> tuple[str, str, list[str]]:
    link = _("Answer in one minute")
    return (
        _("How was it, {{ buyer.first_name | default: 'friend' }}?"),
        _("One question, one minute."),
        [
            _("your order {{ order.number }} should have settled in by now. How was it?"),
            f'<a href="{{{{ survey.url }}}}">{link}</a>',
            _("If something is not right, tell us: we will put it right."),
        ],
    )


_STARTS = {"promotion": _promotion, "birthday": _birthday, "survey": _survey}
