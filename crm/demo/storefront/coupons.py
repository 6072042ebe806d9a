"""The coupon desk of the sample shop: what WooCommerce's interface (wc/v3) makes of a coupon."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any


class Refused(Exception):
    """A request the shop says no to, with a status and WooCommerce's own word for it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class CouponDesk:
    """Coupons by number; every method may be called from any thread."""

    coupons: dict[int, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a coupon; its code is kept in lower case. Raises Refused."""
        code = str(asked.get("code", "")).strip().lower()
        with self._lock:
            if not code:
                raise Refused(400, "rest_missing_callback_param")
            if self._find(code):
                raise Refused(400, "woocommerce_rest_coupon_code_already_exists")
            number = max(self.coupons, default=300) + 1
            self.coupons[number] = _coupon(number, code, asked)
            return dict(self.coupons[number])

    def list(self, code: str | None) -> list[dict[str, Any]]:
        """List the coupons, or the one with a code."""
        with self._lock:
            wanted = [self._find(code.lower())] if code else list(self.coupons.values())
            return [dict(coupon) for coupon in wanted if coupon]

    def get(self, number: int) -> dict[str, Any]:
        """Read one coupon. Raises Refused."""
        with self._lock:
            return dict(self._get(number))

    def delete(self, number: int) -> dict[str, Any]:
        """Delete a coupon for good. Raises Refused."""
        with self._lock:
            self._get(number)
            return self.coupons.pop(number)

    def redeem(self, code: str, email: str | None, at: datetime) -> dict[str, Any]:
        """Take a code at the till. Raises Refused for one that is not good (any more)."""
        with self._lock:
            coupon = self._find(code.lower())
            if coupon is None:
                raise Refused(409, "no such code")
            if _instant(coupon["date_expires_gmt"]) < at:
                raise Refused(409, "the code is over")
            if coupon["usage_limit"] and coupon["usage_count"] >= coupon["usage_limit"]:
                raise Refused(409, "the code is used up")
            if coupon["email_restrictions"] and email not in coupon["email_restrictions"]:
                raise Refused(409, "the code is somebody else's")
            coupon["usage_count"] += 1
            return dict(coupon)

    def _find(self, code: str) -> dict[str, Any] | None:
        return next((one for one in self.coupons.values() if one["code"] == code), None)

    def _get(self, number: int) -> dict[str, Any]:
        if number not in self.coupons:
            raise Refused(404, "woocommerce_rest_shop_coupon_invalid_id")
        return self.coupons[number]


def _coupon(number: int, code: str, asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "code": code,
        "amount": _amount(asked.get("amount")),
        "discount_type": asked.get("discount_type", "fixed_cart"),
        "date_expires_gmt": _gmt(asked.get("date_expires")),
        "usage_count": 0,
        "usage_limit": asked.get("usage_limit"),
        "usage_limit_per_user": asked.get("usage_limit_per_user"),
        "individual_use": bool(asked.get("individual_use")),
        "minimum_amount": _amount(asked.get("minimum_amount")),
        "email_restrictions": list(asked.get("email_restrictions", [])),
    }


def _amount(given: object) -> str:
    try:
        return f"{Decimal(str(given or 0)):.2f}"
    except InvalidOperation:
        raise Refused(400, "rest_invalid_param") from None


def _gmt(given: object) -> str | None:
    if not given:
        return None
    moment = datetime.fromisoformat(str(given))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _instant(gmt: str | None) -> datetime:
    latest = datetime.max.replace(tzinfo=UTC)
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC) if gmt else latest
