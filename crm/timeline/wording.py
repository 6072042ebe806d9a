"""An entry of a timeline in words."""

from collections.abc import Callable, Mapping
from typing import Any

from crm.buyers import tiers
from crm.i18n import gettext as _
from crm.i18n import locale, mark, ngettext
from crm.money import Money
from crm.stores.models import Store

Detail = Mapping[str, Any]

_CHANNELS = {"email": mark("email"), "sms": mark("text messages")}
_STATES = {
    "queued": mark("waiting"),
    "deferred": mark("waiting"),
    "claimed": mark("being sent"),
    "in_flight": mark("being sent"),
    "accepted": mark("sent"),
    "delivered": mark("delivered"),
    "refused": mark("refused"),
    "bounced": mark("came back"),
    "complained": mark("marked as spam"),
    "expired": mark("lapsed"),
    "cancelled": mark("cancelled"),
    "uncertain": mark("perhaps sent"),
}
_VERDICTS = {
    "satisfied": mark("the buyer is satisfied"),
    "unsatisfied": mark("the buyer is not satisfied"),
    "no_answer": mark("the buyer did not answer"),
}


def say(kind: str, detail: Detail, store: Store) -> str:
    """Say what an entry is, in the reader's language."""
    return _WORDS[kind](detail, store)


def _order(detail: Detail, store: Store) -> str:  # noqa: ARG001
    total = Money(detail["total_minor"], detail["currency"]).words(locale())
    if detail["status"] == "cancelled":
        return _("Order %(number)s over %(total)s, cancelled", number=detail["number"], total=total)
    if detail["payment_status"] == "unpaid":
        return _("Order %(number)s over %(total)s, unpaid", number=detail["number"], total=total)
    return _("Order %(number)s over %(total)s", number=detail["number"], total=total)


def _refund(detail: Detail, store: Store) -> str:  # noqa: ARG001
    amount = Money(detail["amount_minor"], detail["currency"]).words(locale())
    return _("Refund of %(amount)s for order %(number)s", amount=amount, number=detail["order"])


def _review(detail: Detail, store: Store) -> str:  # noqa: ARG001
    stars = ngettext("Review with one star", "Review with %(count)s stars", detail["rating"])
    return f"{stars}: {detail['title']}" if detail["title"] else stars


def _message(detail: Detail, store: Store) -> str:  # noqa: ARG001
    state = _(_STATES[detail["state"]])
    if detail["subject"]:
        return _("Message “%(subject)s”: %(state)s", subject=detail["subject"], state=state)
    return _("Message: %(state)s", state=state)


def _click(detail: Detail, store: Store) -> str:  # noqa: ARG001
    return _("Followed the link %(url)s", url=detail["url"])


def _survey(detail: Detail, store: Store) -> str:  # noqa: ARG001
    return _("Answered a survey: %(score)s of 5", score=detail["score"])


def _case(detail: Detail, store: Store) -> str:  # noqa: ARG001
    return _("Case opened: %(title)s", title=detail["title"])


def _case_closed(detail: Detail, store: Store) -> str:  # noqa: ARG001
    verdict: str | None = detail["verdict"]
    ending = _(_VERDICTS[verdict]) if verdict else str(detail["reason"] or "")
    return _("Case closed: %(title)s (%(ending)s)", title=detail["title"], ending=ending)


def _note(detail: Detail, store: Store) -> str:  # noqa: ARG001
    return _("Note by %(author)s: %(text)s", author=detail["author"], text=detail["text"])


def _tier(detail: Detail, store: Store) -> str:
    reason = tiers.sentence(detail["reason"], store.currency)
    if detail["after"] is None:
        return _("Has no class any more. %(reason)s", reason=reason)
    return _(
        "Class %(after)s (%(name)s). %(reason)s",
        after=detail["after"],
        name=tiers.name(detail["after"]),
        reason=reason,
    )


def _consent(detail: Detail, store: Store) -> str:  # noqa: ARG001
    channel = _(_CHANNELS[detail["channel"]])
    if detail["status"] == "granted":
        return _("Allowed %(channel)s (%(source)s)", channel=channel, source=detail["source"])
    return _(
        "Withdrew consent to %(channel)s (%(source)s)", channel=channel, source=detail["source"]
    )


def _change(detail: Detail, store: Store) -> str:  # noqa: ARG001
    told, what = detail["detail"], detail["what"]
    if what == "vip" and told.get("vip"):
        return _("Made a VIP: %(reason)s", reason=told.get("reason") or _("no reason given"))
    if what == "vip":
        return _("No longer a VIP")
    if what == "merge":
        return _("Merged with buyer %(id)s", id=told.get("with", "?"))
    if what == "unmerge":
        return _("Parted again from buyer %(id)s", id=told.get("with", "?"))
    added, removed = told.get("added", []), told.get("removed", [])
    signs = [*(f"+{tag}" for tag in added), *(f"−{tag}" for tag in removed)]
    return _("Tags: %(signs)s", signs=", ".join(signs))


_WORDS: Mapping[str, Callable[[Detail, Store], str]] = {
    "order": _order,
    "refund": _refund,
    "review": _review,
    "message": _message,
    "click": _click,
    "survey": _survey,
    "case": _case,
    "case_closed": _case_closed,
    "note": _note,
    "tier": _tier,
    "consent": _consent,
    "change": _change,
}
