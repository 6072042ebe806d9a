"""Liquid as marketers know it from storefronts, with limits that no template can pass.

Values from outside are escaped in HTML; there is no clock, no file and no way around the escaping.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from crm.i18n import gettext as _

# Everything a template may name; the sample shows each one's kind.
VARIABLES = frozenset(
    "buyer.first_name buyer.last_name buyer.name buyer.email buyer.tier buyer.vip"
    " store.name store.url store.postal_address"
    " offer.code offer.percent offer.amount offer.expires_on"
    " order.number order.total order.items order.tracking_url"
    " survey.url links.unsubscribe links.preferences message.id".split()
)
# Ends of a path that Liquid itself adds to any value.
_PARTS = frozenset({"size", "first", "last"})
_PLAIN_DATE = re.compile(r"(?:%-?[A-Za-z%]|[^%]){0,60}")
_WHERE = re.compile(r"\n\s*->.*", re.DOTALL)

# What a template may do wrong while it runs; anything else is a bug of ours.
RUNTIME_FAULTS = (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError)


class _Mail(Environment):
    loop_iteration_limit = 2_000
    output_stream_limit = 400_000
    local_namespace_limit = 50_000
    context_depth_limit = 20


def parse(source: str, *, html: bool) -> BoundTemplate:
    """Parse a template once a process. Raises LiquidError."""
    return _parse(source, html)


def fill(source: str, values: Mapping[str, Any], *, html: bool) -> str:
    """Render a template. Raises one of RUNTIME_FAULTS."""
    return parse(source, html=html).render(**values)


def faults(source: str) -> list[tuple[int, str]]:
    """List what is wrong with a template as (line, words): its syntax, else names it misspells."""
    try:
        found = parse(source, html=True).analyze()
    except (LiquidError, RecursionError) as fault:
        return [(_line_of(fault, source), said(fault))]
    unknown = []
    for uses in found.globals.values():
        for use in uses:
            name = _path(use.segments)
            if not _is_known(name):
                unknown.append((use.span.index, _("there is no variable “%(name)s”", name=name)))
    for name, spans in found.filters.items():
        if name not in _environment(html=True).filters:
            unknown += [
                (span.index, _("there is no filter “%(name)s”", name=name)) for span in spans
            ]
    return [(source.count("\n", 0, index) + 1, words) for index, words in sorted(unknown)]


def names(source: str) -> set[str]:
    """List the variables a template uses. Raises LiquidError."""
    uses = parse(source, html=True).analyze().globals.values()
    return {_path(use.segments) for of_name in uses for use in of_name}


def said(fault: BaseException) -> str:
    """Say what went wrong while parsing or running a template, without the source around it."""
    return _WHERE.sub("", str(fault)).strip()[:200] or type(fault).__name__


def _is_known(name: str) -> bool:
    if name in VARIABLES:
        return True
    head, _dot, tail = name.rpartition(".")
    return name.startswith("order.items.") or (tail in _PARTS and head in VARIABLES)


def _path(segments: list[Any]) -> str:
    return ".".join(str(segment) for segment in segments)


def _line_of(fault: BaseException, source: str) -> int:
    place = fault.context() if isinstance(fault, LiquidError) else None
    return place[0] if place else source.count("\n") + 1


@lru_cache(maxsize=256)
def _parse(source: str, html: bool) -> BoundTemplate:
    return _environment(html=html).from_string(source)


def _environment(*, html: bool) -> Environment:
    return _HTML if html else _PLAIN


def _made(*, html: bool) -> Environment:
    made = _Mail(autoescape=html)
    for tag in ("include", "render"):
        del made.tags[tag]
    del made.filters["safe"]
    made.filters["date"] = _date
    return made


def _date(value: object, form: object = "") -> object:
    """Write a date in another form; unlike Liquid's own it knows neither `now` nor text."""
    if isinstance(value, date) and isinstance(form, str) and _PLAIN_DATE.fullmatch(form):
        return value.strftime(form)
    return value


_HTML = _made(html=True)
_PLAIN = _made(html=False)
