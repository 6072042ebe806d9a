"""Makes of a row what a webhook would have said: the same forms, the same events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.buyers.consent import CHANNELS, Block
from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.errors import Rejected
from crm.events import BuyerChanged, Event, OrderChanged, Person, ReviewPosted
from crm.i18n import gettext as _
from crm.imports.files.fields import reader_of
from crm.imports.files.tables import Row
from crm.imports.files.values import READERS, bare
from crm.storefronts import Home
from crm.storefronts._neutral.pictures import customer_picture, order_picture, review_picture

# The reason kept with an address that a file asked us not to write to.
LISTED = "imported list"


_Picture = BuyerChanged | OrderChanged | ReviewPosted


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a row needs to know; `as_of` is when the file told how things are."""

    kind: str
    columns: Mapping[str, str]
    # The names known beforehand, where later rows may use others (JSON Lines).
    heading: frozenset[str] | None
    home: Home
    country: str | None
    zone: ZoneInfo
    as_of: datetime
    is_dated: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One row ready for the books: an event, or an address to be left alone."""

    row: Row
    event: Event | None = None
    block: Block | None = None
    # What the column of consent said; it grants nothing by itself.
    accepts: bool | None = None
    # Whether the row itself says of when it is; else an erasure since then cannot be told.
    is_dated: bool = True


def read(row: Row, reading: Reading) -> Entry:
    """Read one row. Raises Rejected with the errors by column."""
    if row.fault:
        raise Rejected(row.fault)
    told = _told(row, reading)
    if reading.kind == "suppressions":
        return Entry(row, block=_block(told, reading))
    try:
        event = _PICTURES[reading.kind](told, reading)
    except Rejected as no:
        raise _unusable(_by_column(no, reading)) from None
    person = event.person
    _check_person(person, reading)
    accepts = person.accepts_marketing if person else None
    if person and accepts is not None:
        event = replace(event, person=replace(person, accepts_marketing=None))
    return Entry(row, event, accepts=accepts, is_dated=_is_dated(told, reading))


def _told(row: Row, reading: Reading) -> dict[str, Any]:
    """Give a row as the neutral webhook would write it, by our names."""
    told: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for column, field in _columns(row, reading).items():
        cell = row.cells.get(column)
        try:
            value = _value(cell, reader_of(reading.kind, field) or "text", reading.zone)
        except ValueError as fault:
            errors[column] = str(fault)
            continue
        if value is not None:
            _put(told, field.split("."), value)
    if errors:
        raise _unusable(errors)
    return told


def _columns(row: Row, reading: Reading) -> Mapping[str, str]:
    if reading.heading is None or row.cells.keys() <= reading.heading:
        return reading.columns
    taken = reading.columns.values()
    more = (name for name in row.cells if name not in reading.heading and name not in taken)
    return {**reading.columns, **{n: n for n in more if reader_of(reading.kind, n)}}


def _value(cell: Any, reader: str, zone: ZoneInfo) -> Any:
    if not isinstance(cell, str):
        return _json_value(cell, reader)
    text = bare(cell).strip()
    return READERS[reader](text, zone) if text else None


def _json_value(cell: Any, reader: str) -> Any:
    if cell is None or (reader == "text" and isinstance(cell, dict | list)):
        return None
    return str(cell) if reader == "money" and not isinstance(cell, bool) else cell


def _put(told: dict[str, Any], place: list[str], value: Any) -> None:
    inner: Any = told
    for part in place[:-1]:
        inner = inner.setdefault(part, {})
    inner[place[-1]] = value


def _order(told: dict[str, Any], reading: Reading) -> OrderChanged:
    told.setdefault("id", told.get("number"))
    told.setdefault("payment_status", _payment(told))
    for name in ("items", "refunds"):
        if name in told:
            told[name] = [told[name][number] for number in sorted(told[name], key=int)]
    _split_name(told.get("customer"))
    return order_picture(told, reading.home, _seen_at(told, reading))


def _payment(told: Mapping[str, Any]) -> str:
    """Tell from its times whether an order was paid, when no column does: a list of sales is."""
    return "unpaid" if told.get("status") == "cancelled" and "paid_at" not in told else "paid"


def _buyer(told: dict[str, Any], reading: Reading) -> BuyerChanged:
    _split_name(told)
    return customer_picture(told, reading.home, _seen_at(told, reading))


def _review(told: dict[str, Any], reading: Reading) -> ReviewPosted:
    _split_name(told.get("customer"))
    return review_picture(told, reading.home, _seen_at(told, reading))


_PICTURES: Mapping[str, Callable[[dict[str, Any], Reading], _Picture]] = {
    "buyers": _buyer,
    "orders": _order,
    "reviews": _review,
}


def _seen_at(told: Mapping[str, Any], reading: Reading) -> datetime:
    """Tell of when a picture is: what the file says, else the last thing that happened in it.

    A list of customers without such a column tells how they were when it was first brought.
    """
    if reading.is_dated or reading.kind == "buyers":
        return reading.as_of
    times = [str(told[name]) for name in _TIMES if name in told]
    return datetime.fromisoformat(max(times)) if times else reading.as_of


_TIMES = ("placed_at", "paid_at", "fulfilled_at", "delivered_at", "cancelled_at", "created_at")


def _is_dated(told: Mapping[str, Any], reading: Reading) -> bool:
    return reading.is_dated or reading.kind != "buyers" or "updated_at" in told


def _split_name(customer: dict[str, Any] | None) -> None:
    """Part a whole name at its last space, unless its parts were told."""
    name = customer.pop("name", None) if customer else None
    if customer and name and not customer.keys() & {"first_name", "last_name"}:
        first, _space, last = name.rpartition(" ")
        customer |= {"first_name": first, "last_name": last} if first else {"first_name": last}


def _check_person(person: Person | None, reading: Reading) -> None:
    """Refuse an address that is none; a webhook would merely pass over it."""
    if person is None:
        return
    errors = {}
    if person.email and normalise_email(person.email) is None:
        errors["email"] = _("is not an email address")
    if person.phone and normalise_phone(person.phone, person.country, reading.country) is None:
        errors["phone"] = _("is not a phone number; write it with its country, such as +49 …")
    if errors:
        columns = {field.rpartition(".")[2]: column for column, field in reading.columns.items()}
        raise _unusable({columns.get(field, field): said for field, said in errors.items()})


def _block(told: Mapping[str, Any], reading: Reading) -> Block:
    channel, address = _addressed(told)
    by_mail = channel == "email"
    normal = normalise_email(address) if by_mail else normalise_phone(address, reading.country)
    scope = told.get("scope", "marketing")
    errors = {}
    if channel not in CHANNELS:
        errors["channel"] = _("must be one of %(allowed)s", allowed=", ".join(CHANNELS))
    elif normal is None:
        errors["address"] = _("is not an address of this channel")
    if scope not in ("marketing", "all"):
        errors["scope"] = _("must be one of %(allowed)s", allowed="marketing, all")
    if errors or normal is None:
        raise _unusable(errors)
    return Block(channel, normal, str(told.get("reason") or LISTED)[:200], scope)


def _addressed(told: Mapping[str, Any]) -> tuple[str, str]:
    given = str(told.get("email") or told.get("phone") or told.get("address") or "")
    likely = "email" if "@" in given else "sms"
    return str(told.get("channel") or likely).replace("phone", "sms"), given


def _by_column(no: Rejected, reading: Reading) -> Mapping[str, str]:
    """Say the faults of a neutral body by the columns they came from."""
    columns = {field: column for column, field in reading.columns.items()}
    faults: dict[str, str] = {}
    for place, said in no.errors.items():
        field = place.removeprefix("data").removeprefix(".")
        faults[columns.get(field, field or "id / email / phone")] = said
    return faults or {"": no.reason}


def _unusable(errors: Mapping[str, str]) -> Rejected:
    said = "; ".join(f"{column}: {fault}" if column else fault for column, fault in errors.items())
    return Rejected(said, errors)
