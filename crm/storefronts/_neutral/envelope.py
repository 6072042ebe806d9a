"""Unwraps the two envelopes of the neutral webhook: Standard Webhooks and CloudEvents."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import Version
from crm.i18n import gettext as _
from crm.storefronts import Hook
from crm.storefronts._fields import Lax, Moment, Word, load


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is inside: the type, when it happened there, and the thing itself."""

    type: str
    at: datetime
    payload: Any
    digest: str

    def version(self, at: datetime | None = None, rank: int = 0) -> Version:
        """Make the version of a picture taken `at`, else when the event happened."""
        return Version(at or self.at, rank, self.digest)


class _StandardForm(Lax):
    type = Word(100, required=True)
    timestamp = Moment(load_default=None)


class _CloudForm(Lax):
    type = Word(200, required=True)
    time = Moment(load_default=None)
    datacontenttype = Word()


def unwrap(hook: Hook) -> Envelope:
    """Open a neutral webhook. Raises Rejected when it is neither of the two."""
    whole = strict_json.loads(hook.body)
    if not isinstance(whole, dict):
        raise Rejected(_("The body is not a JSON object."))
    digest = hashlib.sha256(hook.body).hexdigest()
    if "specversion" in whole:
        return _cloud(whole, hook, digest)
    head = load(_StandardForm, whole)
    return Envelope(head["type"], head["timestamp"] or hook.received_at, whole.get("data"), digest)


def _cloud(whole: dict[str, Any], hook: Hook, digest: str) -> Envelope:
    if whole["specversion"] != "1.0":
        raise Rejected(_("This version of CloudEvents is not known; 1.0 is."))
    head = load(_CloudForm, whole)
    # Types are written in reverse-domain form there: com.example.shop.order.paid
    kind = ".".join(head["type"].split(".")[-2:])
    return Envelope(kind, head["time"] or hook.received_at, _payload(whole, head), digest)


def _payload(whole: dict[str, Any], head: dict[str, Any]) -> Any:
    media = (head["datacontenttype"] or "application/json").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise Rejected(_("The event holds %(media)s; only JSON can be read.", media=media))
    encoded = whole.get("data_base64")
    if encoded is None:
        return whole.get("data")
    try:
        return strict_json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, TypeError, ValueError):
        raise Rejected(_("data_base64 is not base64.")) from None
