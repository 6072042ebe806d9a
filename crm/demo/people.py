"""Who buys at the sample shops."""

from datetime import date, timedelta
from random import Random

from crm.demo.goods import ShopSign
from crm.demo.story import Person

_Place = tuple[str, str, str, str]  # city, region, postcode, country

# First and last names as they are written, then as they stand in an address.
_GERMAN = "Anna Jonas Lena Paul Katrin Felix Sabine Thomas Julia Markus Ingrid Moritz Heike Ole"
_GERMAN_LAST = "Keller Brandt Vogel Neumann Hartmann Krüger Lange Schuster Seidel Ahlers Böhm"
_ENGLISH = "Emma Oliver Grace Henry Isla James Ruth George Alice Martin Fiona Peter"
_ENGLISH_LAST = "Walker Hughes Bennett Clarke Morgan Fraser Ellis Marsh Whitfield Doyle"
_CHINESE = (
    "丽华 lihua,建国 jianguo,芳 fang,伟 wei,秀英 xiuying,明 ming,雪梅 xuemei,志强 zhiqiang,"
    "小红 xiaohong,文博 wenbo,思远 siyuan,雅婷 yating,佳怡 jiayi,浩然 haoran"
)
_CHINESE_LAST = (
    "王 wang,李 li,张 zhang,刘 liu,陈 chen,杨 yang,赵 zhao,黄 huang,周 zhou,吴 wu,林 lin"
)
_EUROPE: tuple[_Place, ...] = (
    ("Berlin", "BE", "10115", "DE"),
    ("Hamburg", "HH", "20095", "DE"),
    ("München", "BY", "80331", "DE"),
    ("Leipzig", "SN", "04109", "DE"),
    ("Wien", "", "1010", "AT"),
    ("Zürich", "ZH", "8001", "CH"),
)
_BRITAIN: tuple[_Place, ...] = (
    ("London", "", "WC2N 5DU", "GB"),
    ("Edinburgh", "", "EH1 1YZ", "GB"),
    ("Dublin", "", "D02 AF30", "IE"),
    ("Amsterdam", "", "1012 JS", "NL"),
)
_CHINA: tuple[_Place, ...] = (
    ("上海", "上海市", "200001", "CN"),
    ("杭州", "浙江省", "310000", "CN"),
    ("北京", "北京市", "100000", "CN"),
    ("广州", "广东省", "510000", "CN"),
    ("成都", "四川省", "610000", "CN"),
    ("苏州", "江苏省", "215000", "CN"),
)


def people(dice: Random, sign: ShopSign, number: int, days: tuple[date, date]) -> list[Person]:
    """Invent the buyers of a shop; every third has her birthday late between `days`."""
    return [_person(dice, sign, place, days) for place in range(number)]


def _person(dice: Random, sign: ShopSign, place: int, days: tuple[date, date]) -> Person:
    language = (
        "zh-Hans" if sign.country == "CN" else dice.choices(("de", "en", "zh-Hans"), (6, 3, 2))[0]
    )
    (first, first_plain), (last, last_plain) = _name(dice, language)
    city, region, postcode, country = dice.choice(_places(sign, language))
    phone_only = place % 17 == 5
    return Person(
        id=201 + place,
        first_name=first,
        last_name=last,
        email=None if phone_only else f"{first_plain}.{last_plain}{place + 1}@example.test",
        phone=_phone(country, place) if phone_only or dice.random() < 0.4 else None,
        locale=language,
        city=city,
        region=region,
        postcode=postcode,
        country=country,
        birthday=_birthday(dice, place, days),
        consent=dice.choices((True, None, False), (90 if place % 3 == 0 else 60, 18, 16))[0],
        habit="loyal"
        if place == 3
        else dice.choices(("loyal", "regular", "once"), (18, 50, 32))[0],
        account="guest"
        if phone_only
        else dice.choices(("member", "guest", "later"), (70, 18, 12))[0],
        unlucky=place == 3,
    )


def _name(dice: Random, language: str) -> tuple[tuple[str, str], tuple[str, str]]:
    if language == "zh-Hans":
        first, last = (dice.choice(names.split(",")).split() for names in (_CHINESE, _CHINESE_LAST))
        return (first[0], first[1]), (last[0], last[1])
    pools = (_GERMAN, _GERMAN_LAST) if language == "de" else (_ENGLISH, _ENGLISH_LAST)
    one, two = (dice.choice(pool.split()) for pool in pools)
    return (one, _plain(one)), (two, _plain(two))


def _plain(name: str) -> str:
    return name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")


def _places(sign: ShopSign, language: str) -> tuple[_Place, ...]:
    if sign.country == "CN":
        return _CHINA
    return _BRITAIN if language == "en" else _EUROPE


def _phone(country: str, place: int) -> str:
    """Make a mobile number that nobody else of the story has."""
    return {
        "CN": f"+861380013{place:04d}",
        "GB": f"+44740012{place:04d}",
        "AT": f"+4366412{place:05d}",
        "CH": f"+4178123{place:04d}",
        "IE": f"+3538501{place:05d}",
        "NL": f"+316123{place:05d}",
    }.get(country, f"+49171392{place:04d}")


def _birthday(dice: Random, place: int, days: tuple[date, date]) -> str | None:
    if place in (1, 30):
        return "1988-02-29" if place == 1 else "--02-29"
    if dice.random() < 0.35:
        return None
    first, last = days
    if place % 3 == 0:
        # Late enough that she has bought before.
        day = first + (last - first) * dice.uniform(0.45, 0.97)
    else:
        day = date(2001, 1, 1) + timedelta(days=dice.randrange(365))
    year = dice.randint(1952, 2003)
    return (
        f"--{day:%m-%d}"
        if dice.random() < 0.3 or (day.month, day.day) == (2, 29)
        else f"{year}-{day:%m-%d}"
    )
