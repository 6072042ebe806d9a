"""A buyer's values as registers: the newest wins, and what people set by hand outranks the rest.

Each register keeps where its value is from and how new it is in `Buyer.sources`, so saying the
same things in any order, or twice, ends in the same buyer.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crm.buyers.facts.versions import instant, read_instant, stamp
from crm.buyers.models import Buyer
from crm.events import Birthday, Version

STOREFRONT = "storefront"
# Registers of one column each; `birthday` is one register over four columns.
PLAIN = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "city",
    "region",
    "postcode",
    "country",
    "locale",
    "occupation",
    "attributes",
    "timezone",
)
REGISTERS = (*PLAIN, "birthday")


def hear(buyer: Buyer, said: Mapping[str, Any], version: Version, seen_at: datetime) -> None:
    """Take over what a storefront said where it is newer; None is 'not said'.

    `seen_at` is when she acted; an erasure goes by it, while newness goes by the version.
    """
    origin = {"source": STOREFRONT, "at": instant(seen_at), "stamp": stamp(version)}
    for field, value in said.items():
        if value is not None and _weight(origin) > _weight(buyer.sources.get(field)):
            _write(buyer, field, value, origin)


def set_by_hand(buyer: Buyer, said: Mapping[str, Any], source: str, now: datetime) -> None:
    """Set what a person decided here; None empties the field for good."""
    origin = {"source": source, "at": instant(now), "stamp": instant(now)}
    for field, value in said.items():
        _write(buyer, field, value, origin)


def adopt(buyer: Buyer, other: Buyer) -> None:
    """Take over every register of another buyer that is newer than ours."""
    for field, origin in other.sources.items():
        if field in REGISTERS and _weight(origin) > _weight(buyer.sources.get(field)):
            _write(buyer, field, read(other, field), origin)
    remember_joined(buyer, other.sources.get("joined_at"))
    remember_names(buyer, other.sources.get("names", {}))


def remember_joined(buyer: Buyer, origin: Mapping[str, Any] | None) -> None:
    """Keep the earliest date the storefront gave, else the earliest she was seen."""
    old = buyer.sources.get("joined_at")
    if origin and (old is None or _joined_order(origin) < _joined_order(old)):
        buyer.sources = {**buyer.sources, "joined_at": dict(origin)}
        buyer.joined_at = read_instant(origin["at"])


def remember_names(buyer: Buyer, names: Mapping[str, str]) -> None:
    """Keep when each name was last seen in use: `external/77` → an instant as text."""
    known = buyer.sources.get("names", {})
    later = {name: at for name, at in names.items() if at > known.get(name, "")}
    if later:
        buyer.sources = {**buyer.sources, "names": {**known, **later}}


def forget_names(buyer: Buyer, until: datetime) -> list[tuple[str, str]]:
    """Drop the names last seen up to an instant; gives them as (kind, value)."""
    known, latest = buyer.sources.get("names", {}), instant(until)
    gone = [name for name, at in known.items() if at <= latest]
    kept = {name: at for name, at in known.items() if at > latest}
    buyer.sources = {**buyer.sources, "names": kept}
    pairs = (name.partition("/") for name in gone)
    return [(kind, value) for kind, _, value in pairs]


def forget(buyer: Buyer, fields: Iterable[str]) -> None:
    """Empty registers as if nobody had ever spoken; of `joined_at` only the origin goes."""
    gone = set(fields)
    for field in gone & set(REGISTERS):
        _put(buyer, field, {} if field == "attributes" else None)
    buyer.sources = {field: kept for field, kept in buyer.sources.items() if field not in gone}


def heard(buyer: Buyer, until: datetime | None = None) -> list[str]:
    """List the registers a storefront filled, up to an instant if one is given."""
    latest = None if until is None else instant(until)
    return [
        field
        for field, origin in buyer.sources.items()
        if field in REGISTERS
        and not _by_hand(origin)
        and (latest is None or origin["at"] <= latest)
    ]


def newest_sight(buyer: Buyer) -> str:
    """Tell when a storefront last saw the buyer act, as `instant` writes it; "" for never."""
    return max(buyer.sources.get("names", {}).values(), default="")


def snapshot(buyer: Buyer) -> dict[str, Any]:
    """Write down every register with its origin, for JSON."""
    values = {field: read(buyer, field) for field in REGISTERS}
    return {"values": values, "sources": buyer.sources, "joined_at": instant(buyer.joined_at)}


def restore(buyer: Buyer, before: Mapping[str, Any], merged: Mapping[str, Any]) -> None:
    """Put back the registers that still hold what a merge gave them; newer ones stay."""
    for field in REGISTERS:
        if buyer.sources.get(field) != merged["sources"].get(field):
            continue
        _put(buyer, field, before["values"][field])
        kept = {name: origin for name, origin in buyer.sources.items() if name != field}
        origin = before["sources"].get(field)
        buyer.sources = kept if origin is None else {**kept, field: origin}
    buyer.joined_at = read_instant(before["joined_at"])
    joined = before["sources"].get("joined_at")
    kept = {name: origin for name, origin in buyer.sources.items() if name != "joined_at"}
    buyer.sources = kept if joined is None else {**kept, "joined_at": joined}


def read(buyer: Buyer, field: str) -> Any:
    """Read a register as a value that JSON can hold."""
    if field != "birthday":
        return getattr(buyer, field)
    if buyer.birth_month is None:
        return None
    return [buyer.birth_year, buyer.birth_month, buyer.birth_day, buyer.birth_calendar]


def birthday_register(birthday: Birthday | None) -> list[Any] | None:
    """Write a birthday as its register holds it."""
    if birthday is None:
        return None
    return [birthday.year, birthday.month, birthday.day, birthday.calendar]


def _write(buyer: Buyer, field: str, value: Any, origin: Mapping[str, Any]) -> None:
    _put(buyer, field, value)
    buyer.sources = {**buyer.sources, field: dict(origin)}


def _put(buyer: Buyer, field: str, value: Any) -> None:
    if field == "birthday":
        year, month, day, calendar = value or [None, None, None, "solar"]
        buyer.birth_year, buyer.birth_month = year, month
        buyer.birth_day, buyer.birth_calendar = day, calendar
    elif getattr(buyer, field) != value:
        setattr(buyer, field, value)


def _weight(origin: Mapping[str, Any] | None) -> tuple[int, str]:
    return (-1, "") if origin is None else (int(_by_hand(origin)), origin["stamp"])


def _joined_order(origin: Mapping[str, Any]) -> tuple[bool, str]:
    return (origin["source"] != STOREFRONT, origin["at"])


def _by_hand(origin: Mapping[str, Any]) -> bool:
    return bool(origin["source"] != STOREFRONT)
