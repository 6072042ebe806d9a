"""The params most conditions share, as marshmallow schemas to build on."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments.fields import MOST_DAYS, Amount, Flag, Listed, Param, Whole, Word

# Ways to say the same thing: a condition takes one of them.
_EXCLUSIVE = ("is", "any_of", "none_of")


class Params(Schema):
    """Nothing unknown, nothing contradictory; `needs` names the params of which one must be."""

    class Meta:
        unknown = RAISE

    needs: ClassVar[tuple[str, ...]] = ()

    @validates_schema(skip_on_field_errors=True)
    def _check(self, given: Mapping[str, Any], **_more: Any) -> None:
        _check_needed(given, self.needs)
        _check_one_way(given)
        _check_order(given, "at_least", "at_most")
        _check_order(given, "days_ago_at_least", "within_days")
        if given.get("is") is False and "days_ago_at_least" in given:
            fault = _('speaks of something that happened: say the opposite with "not"')
            raise ValidationError(fault, "days_ago_at_least")


def _check_needed(given: Mapping[str, Any], needs: tuple[str, ...]) -> None:
    if needs and not any(name in given for name in needs):
        raise ValidationError(_("needs one of %(names)s", names=", ".join(needs)))


def _check_one_way(given: Mapping[str, Any]) -> None:
    ways = [name for name in _EXCLUSIVE if name in given and not isinstance(given[name], bool)]
    if ways and ("at_least" in given or "at_most" in given):
        ways.append("at_least" if "at_least" in given else "at_most")
    if len(ways) > 1:
        raise ValidationError(_("cannot go with %(name)s", name=ways[0]), ways[1])


def _check_order(given: Mapping[str, Any], low: str, high: str) -> None:
    if low in given and high in given and given[low] > given[high]:
        raise ValidationError(_("must not be larger than %(name)s", name=high), low)


class Counts(Params):
    """Bounds of a whole number."""

    at_least = Whole(mark("at least"))
    at_most = Whole(mark("at most"))
    is_ = Whole(mark("exactly"), data_key="is", attribute="is")
    needs: ClassVar[tuple[str, ...]] = ("at_least", "at_most", "is")


class Amounts(Params):
    """Bounds of an amount in the store's currency."""

    at_least = Amount(mark("at least"))
    at_most = Amount(mark("at most"))
    needs: ClassVar[tuple[str, ...]] = ("at_least", "at_most")


class Ratings(Params):
    """Bounds of a mark from 1 (bad) to 5 (good)."""

    at_least = Whole(mark("at least"), 1, 5)
    at_most = Whole(mark("at most"), 1, 5)
    is_ = Whole(mark("exactly"), 1, 5, data_key="is", attribute="is")
    any_of = Listed(Whole(mark("any of"), 1, 5))
    none_of = Listed(Whole(mark("none of"), 1, 5))
    needs: ClassVar[tuple[str, ...]] = ("at_least", "at_most", "is", "any_of", "none_of")


def within_days() -> Param:
    """Make the param for the last n × 24 hours."""
    return Whole(mark("within the last days"), 0, MOST_DAYS)


class Moments(Params):
    """Bounds of an instant, counted back from now."""

    within_days = within_days()
    days_ago_at_least = Whole(mark("days ago at least"), 0, MOST_DAYS)
    needs: ClassVar[tuple[str, ...]] = ("within_days", "days_ago_at_least")


def exactly(kind: Callable[..., Param], *options: Any) -> Param:
    """Make the param `is` of a kind."""
    return kind(mark("is"), *options, data_key="is", attribute="is")


def any_of(kind: Callable[..., Param], *options: Any) -> Param:
    """Make the param `any_of` for values of a kind."""
    return Listed(kind(mark("any of"), *options))


def none_of(kind: Callable[..., Param], *options: Any) -> Param:
    """Make the param `none_of` for values of a kind."""
    return Listed(kind(mark("none of"), *options))


class Words(Params):
    """One text, one of several, or none of several."""

    is_ = exactly(Word)
    any_of = any_of(Word)
    none_of = none_of(Word)
    needs: ClassVar[tuple[str, ...]] = ("is", "any_of", "none_of")


def flag() -> Param:
    """Make the param that is true unless said otherwise."""
    return Flag(mark("is"), load_default=True, data_key="is", attribute="is")


class Happened(Params):
    """Whether something happened, and when it last did."""

    is_ = flag()
    within_days = within_days()
    days_ago_at_least = Whole(mark("days ago at least"), 0, MOST_DAYS)
