"""The API's door: a bearer key and nothing else, above all no cookie."""

from flask import request

from crm import clock, db
from crm.access.keys import find_actor_by_key
from crm.access.roles import Actor
from crm.api.wire.problem import Unauthorized
from crm.i18n import gettext as _

_LONGEST_KEY = 200


def get_actor() -> Actor:
    """Recognise the program that asks. Raises Unauthorized."""
    scheme, _sep, plain = request.headers.get("Authorization", "").partition(" ")
    plain = plain.strip()
    if scheme.lower() != "bearer" or not plain or len(plain) > _LONGEST_KEY:
        raise Unauthorized(_("Send a key as “Authorization: Bearer KEY”."))
    # Its own short transaction: noting the last use must not hold the key's row for long.
    with db.session() as session:
        actor = find_actor_by_key(session, plain, clock.now())
    if actor is None:
        raise Unauthorized(_("This key is unknown or has been revoked."))
    return actor
