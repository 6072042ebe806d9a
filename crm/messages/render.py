"""Turns a frozen template and one buyer's values into subject, HTML and text. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from liquid.exceptions import LiquidError

from crm.i18n import gettext as _
from crm.i18n import speaking
from crm.messages.letters import liquid, mjml, page
from crm.messages.letters.sample import SAMPLE

FORMATS = ("html", "mjml", "text")
_MOST_BODY = 200_000
_LINE_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template; `field` is subject, preheader, body or format."""

    field: str
    line: int | None
    what: str

    @property
    def words(self) -> str:
        """The problem with its place, as a seller reads it."""
        if self.line is None:
            return self.what
        return _("line %(line)s: %(what)s", line=self.line, what=self.what)


@dataclass(frozen=True, slots=True)
class Context:
    """One buyer's values; `wrap` changes the web addresses of the HTML part."""

    variables: Mapping[str, Any]
    locale: str
    marketing: bool
    wrap: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished letter."""

    subject: str
    html: str
    text: str


class RenderFailed(Exception):
    """A template that cannot be filled in for this buyer; the words hold no value of hers."""


def check(content: Mapping[str, Any]) -> list[Problem]:
    """List what is wrong with a template: syntax, misspelt names, markup, faults at run time."""
    if content.get("format", "html") not in FORMATS:
        return [Problem("format", None, _("must be one of %(known)s", known=", ".join(FORMATS)))]
    problems = []
    for field in ("subject", "preheader", "body"):
        source = content.get(field) or ""
        problems += [Problem(field, line, what) for line, what in liquid.faults(source)]
        if not source.strip() and field != "preheader":
            problems.append(Problem(field, None, _("must not be empty")))
    if len(content.get("body") or "") > _MOST_BODY:
        problems.append(
            Problem("body", None, _("must not be longer than %(most)s characters", most=_MOST_BODY))
        )
    if not problems and content.get("format") == "mjml":
        problems += [Problem("body", line, what) for line, what in mjml.faults(content["body"])]
    return problems or _tried(content)


def render(content: Mapping[str, Any], context: Context) -> Rendered:
    """Fill in a template. Raises RenderFailed."""
    try:
        subject = _one_line(liquid.fill(content["subject"], context.variables, html=False))
        preheader = _one_line(
            liquid.fill(content.get("preheader") or "", context.variables, html=False)
        )
        letter = _letter(content, context, subject[:_LONGEST_SUBJECT])
    except liquid.RUNTIME_FAULTS as fault:
        raise RenderFailed(liquid.said(fault)) from None
    html = page.with_preheader(letter.html, preheader)
    return Rendered(letter.subject, page.with_links(html, context.wrap), letter.text)


def _tried(content: Mapping[str, Any]) -> list[Problem]:
    """Fill in the sample: filters without their arguments and endless loops show only so."""
    for field in ("subject", "preheader", "body"):
        try:
            liquid.fill(content.get(field) or "", SAMPLE, html=True)
        except liquid.RUNTIME_FAULTS as fault:
            place = fault.context() if isinstance(fault, LiquidError) else None
            return [Problem(field, place[0] if place else None, liquid.said(fault))]
    return []


def _letter(content: Mapping[str, Any], context: Context, subject: str) -> Rendered:
    form, body = content.get("format", "html"), content["body"]
    footer = context.marketing and not _says_how_to_leave(body)
    if form == "text":
        text = liquid.fill(body, context.variables, html=False).strip()
        html = page.framed(page.of_text(text), subject, context.locale)
        html = _with_footer(html, context) if footer else html
        return Rendered(subject, html, _text_with_footer(text, context) if footer else f"{text}\n")
    if form == "mjml":
        html = liquid.fill(mjml.to_html(body), context.variables, html=True)
    else:
        html = page.inlined(liquid.fill(body, context.variables, html=True))
    html = page.framed(page.harmless(html), subject, context.locale)
    html = _with_footer(html, context) if footer else html
    return Rendered(subject, html, page.as_text(html))


def _says_how_to_leave(body: str) -> bool:
    return "links.unsubscribe" in liquid.names(body)


def _with_footer(html: str, context: Context) -> str:
    return page.with_footer(html, _small_print(context), _way_out(context))


def _text_with_footer(text: str, context: Context) -> str:
    address, words = _way_out(context)
    return "\n".join([text, "", "-- ", *_small_print(context), f"{words}: {address}", ""])


def _small_print(context: Context) -> list[str]:
    store = context.variables["store"]
    with speaking(context.locale):
        why = _("You get this mail because you agreed to news from %(store)s.", store=store["name"])
    return [why, *filter(None, [store["name"], store["postal_address"]])]


def _way_out(context: Context) -> tuple[str, str]:
    with speaking(context.locale):
        return context.variables["links"]["unsubscribe"], _("Unsubscribe")


def _one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text).strip()
