"""What goes wrong between a shop and a buyer, as a tree, and who may be responsible."""

from typing import Literal, get_args

from crm.i18n import gettext as _
from crm.i18n import mark

Responsibility = Literal["us", "carrier", "buyer", "maker", "unknown"]
RESPONSIBILITIES: tuple[str, ...] = get_args(Responsibility)

# Branch, then leaf; a case keeps "branch" or "branch/leaf".
CAUSES: dict[str, tuple[str, ...]] = {
    "quality": ("authenticity", "defect", "not_as_expected", "wrong_use"),
    "promise": ("stock", "time", "payment", "price"),
    "transport": ("late", "damaged", "lost"),
    "shipment": ("short", "wrong_item", "packing"),
    "service": ("manner", "slow", "knowledge"),
    "description": ("misleading", "incomplete"),
    "other": (),
}
_WORDS = {
    "quality": mark("Quality"),
    "quality/authenticity": mark("Authenticity doubted"),
    "quality/defect": mark("Defect"),
    "quality/not_as_expected": mark("Not as expected"),
    "quality/wrong_use": mark("Used in the wrong way"),
    "promise": mark("Broken promise"),
    "promise/stock": mark("Not in stock after all"),
    "promise/time": mark("Later than promised"),
    "promise/payment": mark("Payment not as promised"),
    "promise/price": mark("Price or discount not as promised"),
    "transport": mark("Transport"),
    "transport/late": mark("Parcel late"),
    "transport/damaged": mark("Parcel damaged"),
    "transport/lost": mark("Parcel lost"),
    "shipment": mark("Shipment"),
    "shipment/short": mark("Something missing"),
    "shipment/wrong_item": mark("Wrong item"),
    "shipment/packing": mark("Badly packed"),
    "service": mark("Service"),
    "service/manner": mark("Manner"),
    "service/slow": mark("Slow answer"),
    "service/knowledge": mark("Wrong advice"),
    "description": mark("Description"),
    "description/misleading": mark("Misleading"),
    "description/incomplete": mark("Incomplete"),
    "other": mark("Something else"),
}
_RESPONSIBLE = {
    "us": mark("We are responsible"),
    "carrier": mark("The carrier is responsible"),
    "buyer": mark("The buyer is responsible"),
    "maker": mark("The maker is responsible"),
    "unknown": mark("Not known yet"),
}


def cause_keys() -> list[str]:
    """List every cause a case may have, branches before their leaves."""
    return [
        key
        for branch, leaves in CAUSES.items()
        for key in (branch, *(f"{branch}/{leaf}" for leaf in leaves))
    ]


def cause_words(key: str | None) -> str:
    """Say a cause in the reader's language; an empty one is 'Not known yet'."""
    return _(_WORDS[key]) if key in _WORDS else _("Not known yet")


def responsibility_words(key: str | None) -> str:
    """Say who is responsible in the reader's language."""
    return _(_RESPONSIBLE.get(key or "unknown", _RESPONSIBLE["unknown"]))
