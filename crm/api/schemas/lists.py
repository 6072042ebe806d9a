"""Forms of lists that are only read: coupons, surveys, reviews, messages; and of settings."""

from typing import get_args

from marshmallow import fields as plain

from crm.api.wire import fields
from crm.api.wire.paging import PageForm
from crm.messages.models import State


class StoreList(PageForm):
    """A list that may be narrowed to one store."""

    store = fields.Text(longest=100, load_default=None)


class CouponList(StoreList):
    """Which coupons to list."""

    campaign = fields.Id(load_default=None)
    buyer = fields.Id(load_default=None)
    state = fields.Word(("issued", "live", "redeemed", "expired", "void"), load_default=None)
    alarm = fields.QueryFlag(load_default=None)


class ReviewList(StoreList):
    """Which reviews to list."""

    buyer = fields.Id(load_default=None)
    rating = fields.QueryWhole(1, 5, load_default=None)


class MessageList(StoreList):
    """Which messages to list."""

    buyer = fields.Id(load_default=None)
    campaign = fields.Id(load_default=None)
    state = fields.Word(get_args(State), load_default=None)


class ResolveForm(fields.Form):
    """What an uncertain message is taken for."""

    outcome = fields.Text(shortest=1, longest=50, required=True)


class SettingsBody(fields.Form):
    """The whole settings object, as GET gives it."""

    frequency_caps = plain.List(fields.Tree())
    quiet_hours = fields.Tree()
    holdout_percent = fields.Whole()
    sender = fields.Tree()
    tiers = fields.Tree()
    retention = fields.Tree()
    intake = fields.Tree()
    cases = fields.Tree()


class Nothing(fields.Form):
    """No body at all, or an empty object."""
