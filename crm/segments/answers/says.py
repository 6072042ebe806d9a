"""A part of a rule in few words, where its own parts are told beside it."""

from crm.i18n import gettext as _
from crm.segments.describe import sentence
from crm.segments.rule import AllOf, AnyOf, Not, Rule


def say(rule: Rule, currency: str) -> str:
    """Say a part: a condition as a sentence, a group by how its parts go together."""
    match rule:
        case AllOf():
            return _("all of these are true")
        case AnyOf():
            return _("at least one of these is true")
        case Not():
            return _("not one of these is true")
    return sentence(rule, currency)
