"""Coupons: every code, whom it was made for, and what became of it."""

from flask import request
from flask.typing import ResponseReturnValue

from crm.coupons.books import books
from crm.coupons.queries import CouponFilter, list_coupons, redemptions
from crm.panel import forms, labels
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page
from crm.panel.queries import buyers_by_id


@blueprint.get("/coupons")
@screen("coupons.read")
def coupons(desk: Desk) -> ResponseReturnValue:
    """List the codes of the store and how they add up."""
    state = forms.choice_arg("state", tuple(labels.LABELS["coupon"]))
    campaign_id = forms.whole_arg("campaign")
    alarm = True if "alarm" in request.args else None
    wanted = CouponFilter(campaign_id=campaign_id, state=state, alarm=alarm)
    rows = list_coupons(desk.session, [desk.store.id], wanted, forms.before(), forms.PAGE + 1)
    found = forms.page_of(rows)
    return page(
        "coupons.html",
        coupons=found,
        state=state,
        alarm=alarm,
        campaign_id=campaign_id,
        books=books(desk.session, desk.store.id, campaign_id),
        people=buyers_by_id(desk, [one.buyer_id for one in found.rows]),
        redeemed=redemptions(desk.session, found.rows),
    )
