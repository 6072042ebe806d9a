"""The three coupon calls of a platform without an interface for coupons: each refuses."""

from typing import NoReturn

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, WantedCoupon


def create_coupon(_api: ApiAccess, _wanted: WantedCoupon) -> NoReturn:
    """Refuse: codes of such a shop go live without being asked for."""
    raise Rejected(_refusal())


def find_coupon(_api: ApiAccess, _code: str) -> NoReturn:
    """Refuse, as above."""
    raise Rejected(_refusal())


def void_coupon(_api: ApiAccess, _external_id: str) -> NoReturn:
    """Refuse, as above."""
    raise Rejected(_refusal())


def _refusal() -> str:
    return _("This platform has no interface for coupons.")
