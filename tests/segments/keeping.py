"""When a birthday is kept, told a second time: from the birthday to its day of a year."""

from datetime import date
from functools import cache

from lunar_python import Lunar, LunarMonth


def solar_day(year: int, month: int, day: int) -> date:
    """Give the day of a year on which a birthday is kept."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)


@cache
def lunar_day(year: int, month: int, day: int) -> date:
    """Give the day on which a birthday of the Chinese calendar is kept."""
    length = LunarMonth.fromYm(year, month).getDayCount()
    return date.fromisoformat(Lunar.fromYmd(year, month, min(day, length)).getSolar().toYmd())
