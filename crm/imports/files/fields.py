"""The columns a file may have: our names, how each is read, and the words people use for them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.i18n import mark

KINDS = ("buyers", "orders", "reviews", "suppressions")
KIND_WORDS: Mapping[str, str] = {
    "buyers": mark("Buyers"),
    "orders": mark("Orders"),
    "reviews": mark("Reviews"),
    "suppressions": mark("Addresses not to be written to"),
}

_PERSON = {
    "id": (
        "text",
        "customer id|buyer id|kundennummer|kunden id|客户编号|客戶編號|会员编号|會員編號",
    ),
    "email": ("text", "e mail|mail|email address|e mail adresse|邮箱|電子郵件|电子邮件|信箱"),
    "phone": (
        "text",
        "phone number|telephone|mobile|tel|telefon|telefonnummer|handy|mobil|电话|電話|手机|手機",
    ),
    "first_name": ("text", "firstname|given name|vorname|名"),
    "last_name": ("text", "lastname|surname|family name|nachname|姓"),
    "name": ("text", "full name|customer name|kunde|姓名|收件人"),
    "locale": ("text", "language|sprache|语言|語言"),
    "birthday": ("birthday", "birth date|date of birth|birthdate|dob|geburtstag|geburtsdatum|生日"),
    "accepts_marketing": ("flag", "newsletter|marketing|opt in|accepts email marketing|订阅|訂閱"),
    "created_at": ("moment", "registered|joined|kunde seit|customer since|注册时间|註冊時間"),
    "updated_at": ("moment", "changed at|last modified|geändert am|更新时间|更新時間"),
}
_ADDRESS = {
    "city": ("text", "town|stadt|ort|wohnort|城市"),
    "region": ("text", "state|province|bundesland|kanton|省|省份|州"),
    "postcode": ("text", "zip|zip code|postal code|plz|postleitzahl|邮编|郵遞區號"),
    "country": ("country", "country code|land|国家|國家"),
}
_ORDER = {
    "id": ("text", "order id|bestell id|订单编号|訂單編號|订单id"),
    "number": ("text", "order number|order|bestellnummer|订单号|訂單號"),
    "status": ("choice", "order status|bestellstatus"),
    "payment_status": ("choice", "financial status|zahlungsstatus|付款状态|付款狀態"),
    "fulfillment_status": ("choice", "shipping status|versandstatus|发货状态|出貨狀態"),
    "placed_at": (
        "moment",
        "date|order date|created at|ordered at|bestelldatum|bestellt am|datum|下单时间|下單時間",
    ),
    "paid_at": ("moment", "payment date|bezahlt am|付款时间|付款時間"),
    "fulfilled_at": ("moment", "shipped at|versendet am|发货时间|出貨時間"),
    "delivered_at": ("moment", "zugestellt am|geliefert am|签收时间|簽收時間"),
    "cancelled_at": ("moment", "canceled at|storniert am|取消时间|取消時間"),
    "updated_at": ("moment", "changed at|geändert am|更新时间|更新時間"),
    "currency": ("text", "währung|货币|幣別"),
    "total": ("money", "order total|amount|grand total|summe|gesamt|betrag|金额|總金額|总金额"),
    "discount_total": ("money", "discount|discount amount|rabatt|优惠金额|折扣"),
    "refunded_total": ("money", "refund|refunded|refunded amount|erstattet|退款金额|退款金額"),
    "coupon_codes": ("words", "coupon|coupons|discount code|gutschein|gutscheincode|优惠码"),
    "payment_method": ("text", "payment|zahlungsart|支付方式|付款方式"),
    "test": ("flag", "is test"),
    "tracking.carrier": ("text", "carrier|paketdienst|快递公司"),
    "tracking.number": ("text", "tracking number|tracking|sendungsnummer|快递单号"),
    "tracking.url": ("text", "tracking url"),
}
_ITEM = {
    "product_id": ("text", ""),
    "variant_id": ("text", ""),
    "sku": ("text", ""),
    "title": ("text", ""),
    "quantity": ("whole", ""),
    "unit_price": ("money", ""),
    "total": ("money", ""),
}
_REVIEW = {
    "id": ("text", "review id|bewertungsnummer"),
    "product_id": ("text", "product|produkt|商品编号"),
    "order_id": ("text", "order|order number|bestellnummer|订单号"),
    "rating": ("whole", "stars|score|sterne|bewertung|评分|評分"),
    "title": ("text", "headline|titel|标题|標題"),
    "body": ("text", "text|review|comment|kommentar|内容|內容|评价"),
    "created_at": ("moment", "date|posted at|datum|时间|時間"),
    "updated_at": ("moment", "changed at"),
    "verified": ("flag", "verified buyer|verifiziert"),
    "url": ("text", "link"),
}
_SUPPRESSION = {
    "channel": ("choice", "kanal"),
    "address": ("text", "recipient|empfänger"),
    "email": _PERSON["email"],
    "phone": _PERSON["phone"],
    "scope": ("choice", "umfang"),
    "reason": ("text", "grund|原因"),
}


def _below(place: str, fields: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {f"{place}.{name}": described for name, described in fields.items()}


_CUSTOMER = _below("customer", _PERSON)
FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "buyers": {**_PERSON, **_below("address", _ADDRESS)},
    "orders": {**_ORDER, **_CUSTOMER, **_below("shipping_address", _ADDRESS)},
    "reviews": {**_REVIEW, **_CUSTOMER},
    "suppressions": _SUPPRESSION,
}
_NUMBERED = re.compile(r"(items|refunds)\.([0-9]{1,3})\.([a-z_]+)")
_REFUND = {"id": "text", "amount": "money", "refunded_at": "moment", "reason": "text"}
# Without these nothing can be made of a row; one of each group is enough.
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "buyers": (("id", "email", "phone"),),
    "orders": (("id", "number"), ("placed_at",), ("total",)),
    "reviews": (("id",), ("rating",)),
    "suppressions": (("address", "email", "phone"),),
}


def reader_of(kind: str, field: str) -> str | None:
    """Tell how a field's cells are read; None for a name that is not ours."""
    if field in FIELDS[kind]:
        return FIELDS[kind][field][0]
    numbered = _NUMBERED.fullmatch(field) if kind == "orders" else None
    if numbered is None:
        return None
    if numbered[1] == "items":
        return _ITEM[numbered[3]][0] if numbered[3] in _ITEM else None
    return _REFUND.get(numbered[3])


def match(
    kind: str, heading: Sequence[str], wanted: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Find our field for each column; `wanted` by their names goes first, "" leaves one out.

    A field is filled by one column only: the first. Raises Rejected for a field we do not have.
    """
    given = {_plain(theirs): ours for theirs, ours in (wanted or {}).items()}
    _check(kind, heading, given)
    taken = set(filter(None, given.values()))
    found: dict[str, str] = {}
    for column in heading:
        ours = given.get(_plain(column))
        if ours is None:
            ours = _known(kind, column)
            ours = None if ours in taken else ours
        if ours and ours not in found.values():
            found[column] = ours
            taken.add(ours)
    return found


def missing(kind: str, fields: Iterable[str]) -> list[str]:
    """List what the columns must still tell, each as names of which one is enough."""
    have = set(fields)
    also = {"customer.id", "customer.email", "customer.phone"} if kind == "buyers" else set()
    return [" / ".join(group) for group in NEEDED[kind] if not have & (set(group) | also)]


def _check(kind: str, heading: Sequence[str], given: Mapping[str, str]) -> None:
    columns = {_plain(column) for column in heading}
    errors = {
        theirs: _("is no column of the file") for theirs in given if theirs not in columns
    } | {
        ours: _("is no field of ours")
        for ours in given.values()
        if ours and reader_of(kind, ours) is None
    }
    if errors:
        raise Rejected(_("The columns cannot be matched like this."), errors)


def _known(kind: str, column: str) -> str | None:
    exact = column.strip().casefold()
    if reader_of(kind, exact):
        return exact
    return _words_of(kind).get(_plain(column))


def _plain(column: str) -> str:
    """Write a heading in lower case with nothing but letters and digits."""
    folded = unicodedata.normalize("NFKC", column).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def _words_of(kind: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for field, (_reader, usual) in FIELDS[kind].items():
        last = field.rpartition(".")[2] if not field.startswith("tracking") else field
        of_people = field.startswith("customer.") and last in ("id", "name")
        own = [field, f"{field.partition('.')[0]} {last}", *([] if of_people else [last])]
        for word in [*own, *filter(None, usual.split("|"))]:
            known.setdefault(_plain(word), field)
    if kind == "buyers":
        for field in ("city", "region", "postcode", "country"):
            for place in ("shipping address", "shipping", "billing", "default address"):
                known.setdefault(_plain(f"{place} {field}"), f"address.{field}")
    return known
