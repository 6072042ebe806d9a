"""The forms of what review apps send: numbers and truths come as text as often as not."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from crm.i18n import gettext as _
from crm.storefronts._fields import ExternalId, Lax, Moment, Word

_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_MOST_STARS = 5


class Stars(fields.Field[int]):
    """Whole stars from 1 to 5, also as text; 0 and nothing are none."""

    def __init__(self) -> None:
        super().__init__(load_default=0, allow_none=True)

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Read stars, taking null for none."""
        return super().deserialize(0 if value in (None, "") else value, *rest, **more)

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> int:
        text = value.strip() if isinstance(value, str) else ""
        stars: Any = int(text) if len(text) == 1 and text in "012345" else value
        if isinstance(stars, Decimal) and stars == stars.to_integral_value():
            stars = int(stars)
        if isinstance(stars, bool) or not isinstance(stars, int) or not 0 <= stars <= _MOST_STARS:
            raise ValidationError(_("must be whole stars from 1 to 5"))
        return stars


class Truth(fields.Field[bool | None]):
    """True or false, also as the text or number that says so; what is neither is not said."""

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> bool | None:
        return _TRUTHS.get(str(value).strip().lower())


class Instant(Moment):
    """A time; a trailing `UTC` is its zone, and one without any zone is UTC."""

    def __init__(self) -> None:
        super().__init__(naive_is_utc=True, load_default=None, allow_none=True)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        said = value.removesuffix(" UTC") if isinstance(value, str) else value
        return super()._deserialize(said, *rest, **more)


class _Known(ExternalId):
    """An id of something in the storefront; 0, empty and null are none."""

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Read an id, taking 0 for none."""
        return super().deserialize(None if value in (0, "0", "") else value, *rest, **more)


class _JudgeReviewer(Lax):
    external_id = _Known()
    email = Word(254)
    name = Word(200)
    phone = Word(40)


class JudgeForm(Lax):
    """A review of Judge.me, as its webhooks and its interface write it."""

    id = ExternalId(required=True)
    title = Word()
    body = Word(20_000)
    rating = Stars()
    product_external_id = _Known()
    reviewer = fields.Nested(_JudgeReviewer, load_default=None, allow_none=True)
    curated = Word(40)
    published = Truth()
    hidden = Truth()
    verified = Word(60)
    created_at = Instant()
    updated_at = Instant()


class StampedForm(Lax):
    """A review of Stamped, as its webhooks write it."""

    id = ExternalId(required=True)
    reviewTitle = Word()  # noqa: N815 - their spelling
    reviewMessage = Word(20_000)  # noqa: N815
    reviewRating = Stars()  # noqa: N815
    reviewVerifiedType = fields.Raw(load_default=None, allow_none=True)  # noqa: N815
    customerEmail = Word(254)  # noqa: N815
    productId = _Known()  # noqa: N815
    productUrl = Word(1000)  # noqa: N815
    dateCreated = Instant()  # noqa: N815


class _YotpoOrder(Lax):
    external_id = _Known()


class YotpoForm(Lax):
    """A review of Yotpo: its webhooks of either age, and its interface."""

    id = ExternalId(required=True)
    title = Word()
    content = Word(20_000)
    score = Stars()
    deleted = Truth()
    archived = Truth()
    verified_buyer = Truth()
    reviewer_type = Word(60)
    customer_email = Word(254)
    email = Word(254)
    order = fields.Nested(_YotpoOrder, load_default=None, allow_none=True)
    external_order_id = _Known()
    external_product_id = _Known()
    sku = _Known()
    created_at = Instant()
    updated_at = Instant()
