"""Who may do what: one table of permissions, asked by the panel, the API and the commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.i18n import mark

Role = Literal["owner", "marketer", "seller", "viewer"]
Kind = Literal["user", "key", "cli"]

ROLES: tuple[str, ...] = ("owner", "marketer", "seller", "viewer")

_EVERYBODY = frozenset(ROLES)
_STAFF = frozenset({"owner", "marketer", "seller"})
_MARKETING = frozenset({"owner", "marketer"})
_OWNER = frozenset({"owner"})

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "stores.read": _EVERYBODY,
    "stores.write": _OWNER,
    "settings.read": _EVERYBODY,
    "settings.write": _OWNER,
    "buyers.read": _EVERYBODY,
    "buyers.write": _STAFF,
    "buyers.consent": _STAFF,
    "buyers.merge": _MARKETING,
    "buyers.erase": _OWNER,
    "buyers.export": _MARKETING,
    "imports.write": _MARKETING,
    "privacy.read": _STAFF,
    "privacy.answer": _OWNER,
    "segments.read": _EVERYBODY,
    "segments.write": _MARKETING,
    "campaigns.read": _EVERYBODY,
    "campaigns.write": _MARKETING,
    "campaigns.run": _MARKETING,
    "messages.read": _EVERYBODY,
    "messages.resolve": _MARKETING,
    "coupons.read": _EVERYBODY,
    "surveys.read": _EVERYBODY,
    "cases.read": _EVERYBODY,
    "cases.write": _STAFF,
    "reviews.read": _EVERYBODY,
    "reports.read": _EVERYBODY,
    "webhooks.read": _EVERYBODY,
    "webhooks.replay": _MARKETING,
    "users.write": _OWNER,
    "instance.hold": _MARKETING,
    "instance.release": _OWNER,
}

# What a role is called where a person reads it.
LABELS: Mapping[str, str] = {
    "owner": mark("Owner"),
    "marketer": mark("Marketer"),
    "seller": mark("Seller"),
    "viewer": mark("Viewer"),
}


class Forbidden(Rejected):
    """A request that the asker's role does not cover."""


@dataclass(frozen=True)
class Actor:
    """Who asks; `store_ids` None reaches every store."""

    name: str
    role: str
    store_ids: tuple[int, ...] | None
    kind: Kind
    id: int | None = None


def require(actor: Actor, permission: str, store_id: int | None = None) -> None:
    """Let the actor pass, or raise Forbidden for the role and NotFound for a foreign store."""
    if not allows(actor, permission):
        raise Forbidden(_("Your role (%(role)s) does not allow this.", role=role_name(actor.role)))
    if store_id is not None and not reaches(actor, store_id):
        raise NotFound(_("There is no such thing here."))


def allows(actor: Actor, permission: str) -> bool:
    """Tell whether the actor's role covers a permission. A misspelt one raises KeyError."""
    return actor.role in PERMISSIONS[permission]


def reaches(actor: Actor, store_id: int) -> bool:
    """Tell whether a store is within the actor's scope."""
    return actor.store_ids is None or store_id in actor.store_ids


def require_every_store(actor: Actor) -> None:
    """Let pass only an actor who is not limited to some stores. Raises Forbidden."""
    if actor.store_ids is not None:
        raise Forbidden(_("You are limited to some stores; this concerns all of them."))


def check_role(role: str) -> None:
    """Raise Rejected unless `role` is one of ROLES."""
    if role not in ROLES:
        reason = _("There is no role %(role)s.", role=role)
        raise Rejected(reason, {"role": _("Choose one of: %(roles)s.", roles=", ".join(ROLES))})


def role_name(role: str) -> str:
    """Say a role in the reader's language."""
    return _(LABELS[role])
