"""A store's settings: how often, how quiet, who writes, what buyers are worth, clocks."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.rollups import change_settings
from crm.buyers.tiers import NAMES
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.stores.models import Store
from crm.stores.settings import settings_json
from crm.stores.settings_form import CLASSES

_CAP_ROWS = 8
_CASES = (
    "first_answer_hours",
    "next_update_hours",
    "resolution_hours",
    "low_score",
    "refund_mute_days",
)


@blueprint.get("/stores/<slug:slug>/settings")
@screen("settings.read")
def settings(desk: Desk, slug: str) -> ResponseReturnValue:
    """Show the settings of a store."""
    found = _get(desk, slug)
    return _form(found, settings_json(found), None)


@blueprint.post("/stores/<slug:slug>/settings")
@screen("settings.write")
def save_settings(desk: Desk, slug: str) -> ResponseReturnValue:
    """Keep the settings of a store, all of them or none."""
    found = _get(desk, slug)
    wanted = _read()
    try:
        change_settings(desk.session, found, wanted, desk.now)
    except Rejected as fault:
        return _form(found, wanted, fault)
    said(_("The settings are saved. They apply from the next decision on."))
    return redirect(url_for("panel.settings", slug=slug), 303)


def _form(store: Store, shown: dict[str, Any], fault: Rejected | None) -> ResponseReturnValue:
    return page(
        "settings.html",
        422 if fault else 200,
        store=store,
        settings=shown,
        errors=fault.errors if fault else {},
        fault=fault,
        classes=CLASSES[:-1],
        class_names={letter: _(words) for letter, words in NAMES.items()},
    )


def _read() -> dict[str, Any]:
    return {
        "frequency_caps": [_cap(row) for row in range(_CAP_ROWS) if _is_given(row)],
        "quiet_hours": {
            name: forms.text(f"quiet_hours.{name}") for name in ("start", "end", "preset")
        },
        "holdout_percent": forms.number("holdout_percent"),
        "sender": {
            name: forms.text(f"sender.{name}") for name in ("name", "email", "postal_address")
        },
        "tiers": _tiers(),
        "retention": {"webhook_bodies_days": forms.number("retention.webhook_bodies_days")},
        "intake": {
            "check_minutes": forms.number("intake.check_minutes"),
            "rearm_webhooks": forms.on("intake.rearm_webhooks"),
        },
        "cases": {name: forms.number(f"cases.{name}") for name in _CASES},
    }


def _is_given(row: int) -> bool:
    return bool(request.form.get(f"frequency_caps.{row}.name", "").strip())


def _cap(row: int) -> dict[str, Any]:
    place = f"frequency_caps.{row}"
    return {
        "name": forms.text(f"{place}.name"),
        "limit": forms.number(f"{place}.limit"),
        "days": forms.number(f"{place}.days"),
        "channel": forms.optional(f"{place}.channel"),
        "counts": forms.text(f"{place}.counts"),
    }


def _tiers() -> dict[str, Any]:
    thresholds = {}
    for letter in CLASSES[:-1]:
        place = f"tiers.thresholds.{letter}"
        spent = forms.optional(f"{place}.spent_at_least")
        if spent is not None:
            days = forms.number(f"{place}.last_order_within_days")
            thresholds[letter] = {"spent_at_least": spent, "last_order_within_days": days}
    return {
        "policy": forms.text("tiers.policy"),
        "thresholds": thresholds,
        "hysteresis_percent": forms.number("tiers.hysteresis_percent"),
    }


def _get(desk: Desk, slug: str) -> Store:
    found = next((store for store in desk.stores if store.slug == slug), None)
    if found is None:
        raise NotFound(_("There is no such store."))
    return found
