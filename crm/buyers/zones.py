"""The time zone a buyer lives in, guessed from the address or phone, never asked of the clock."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from crm.buyers.facts.addresses import phone_country
from crm.buyers.facts.zone_table import BY_REGION, MAIN
from crm.buyers.models import Buyer
from crm.stores.models import Store

_BY_HAND = ("seller", "buyer")


def buyer_zone(buyer: Buyer, store: Store) -> tuple[ZoneInfo, str]:
    """Give a buyer's zone and where it is from: address, phone, buyer, seller or store."""
    if buyer.timezone and is_zone(buyer.timezone):
        return ZoneInfo(buyer.timezone), buyer.timezone_source or "address"
    return ZoneInfo(store.timezone), "store"


def place(buyer: Buyer) -> None:
    """Work out a buyer's zone anew from her address, then her phone, unless set by hand."""
    if buyer.timezone_source in _BY_HAND:
        return
    guesses = {
        "address": guess_zone(buyer.country, buyer.region),
        "phone": guess_zone(phone_country(buyer.phone)),
    }
    source = next((source for source, zone in guesses.items() if zone), None)
    buyer.timezone, buyer.timezone_source = guesses.get(source or ""), source


def guess_zone(country: str | None, region: str | None = None) -> str | None:
    """Guess the zone of an address: by state where a country has several, else its main zone."""
    if country is None:
        return None
    state = (region or "").strip().upper().removeprefix(f"{country}-")
    by_state = BY_REGION.get(country, {}).get(state)
    return by_state or MAIN.get(country) or _single_zones().get(country)


def store_country(store: Store) -> str | None:
    """Tell a store's default country: its option, else its zone's, else its locale's."""
    return store.country or _zone_territory(store.timezone) or _locale_territory(store.locale)


def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA zone we know."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def _single_zones() -> dict[str, str]:
    zones: dict[str, list[str]] = {}
    for zone, territory in get_global("zone_territories").items():
        zones.setdefault(str(territory), []).append(zone)
    return {territory: found[0] for territory, found in zones.items() if len(found) == 1}


def _zone_territory(zone: str) -> str | None:
    territory = get_global("zone_territories").get(zone)
    return territory if territory and len(territory) == 2 and territory != "ZZ" else None


def _locale_territory(locale: str) -> str | None:
    try:
        return Locale.parse(locale.replace("-", "_")).territory
    except (UnknownLocaleError, ValueError):
        return None
