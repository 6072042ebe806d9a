"""A letter as it would look: a draft filled in with a real buyer, before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crm.buyers.models import Buyer
from crm.messages import context, render
from crm.messages.letters.values import LocalDate
from crm.money import Money, to_minor
from crm.panel.desk import Desk


@dataclass(frozen=True)
class Preview:
    """A filled-in letter, or what is wrong with the template."""

    letter: render.Rendered | None
    problems: tuple[render.Problem, ...] = ()


def preview(
    desk: Desk, content: Mapping[str, Any], offer: dict[str, Any] | None, buyer: Buyer | None
) -> Preview:
    """Fill in a draft for a buyer, or for a made-up one; nothing is kept."""
    problems = render.check(content)
    if problems:
        return Preview(None, tuple(problems))
    sample = context.sample(desk.store, buyer.locale if buyer else None)
    values = {**sample.variables, "offer": _offer(desk, offer, sample.locale)}
    if buyer is not None:
        values["buyer"] = _buyer(buyer)
    try:
        return Preview(render.render(content, replace(sample, variables=values)))
    except render.RenderFailed as fault:
        return Preview(None, (render.Problem("body", None, str(fault)),))


def _buyer(buyer: Buyer) -> dict[str, Any]:
    return {
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
        "name": context.full_name(buyer),
        "email": buyer.email,
        "tier": buyer.tier,
        "vip": buyer.vip,
    }


def _offer(desk: Desk, offer: dict[str, Any] | None, locale: str) -> dict[str, Any]:
    if offer is None:
        return {}
    days = offer.get("valid_days")
    ends_on = (desk.now + timedelta(days=days if isinstance(days, int) else 14)).date()
    return {
        "code": "TEA-4F7KQ2",
        "percent": offer.get("percent"),
        "amount": _amount(desk, offer.get("amount"), locale),
        "expires_on": LocalDate.of(ends_on, locale),
    }


def _amount(desk: Desk, given: str | None, locale: str) -> str | None:
    if not given or not given.replace(".", "", 1).isdecimal():
        return None
    return Money(to_minor(given, desk.store.currency), desk.store.currency).words(locale)
