"""Puts a finished letter into its envelope: sender, Message-ID, and the headers bulk mail owes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from crm import config
from crm.channels import Envelope
from crm.messages import links
from crm.messages.render import Rendered
from crm.signing import derived_code
from crm.stores.models import Store
from crm.stores.settings import read_settings

_NO_DOMAIN = "regulars.invalid"


class Posted(links.Linked, Protocol):
    """What an envelope needs to know of a message."""

    message_class: str


def address(
    store: Store, message: Posted, letter: Rendered, recipient: str, now: datetime
) -> Envelope:
    """Address a letter; the same message always gets the same Message-ID."""
    sender = read_settings(store).sender
    email = sender.email or f"no-reply@{_domain(store)}"
    domain = email.rpartition("@")[2]
    return Envelope(
        sender_name=sender.name or store.name,
        sender=email,
        recipient=recipient,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        message_id=f"<m{store.id}.{message.id}.{_seal(message)}@{domain}>",
        written_at=now,
        headers=_headers(store, message, domain),
    )


def _headers(store: Store, message: Posted, domain: str) -> Mapping[str, str]:
    headers = {"X-CRM-Message": str(message.id), "Auto-Submitted": "auto-generated"}
    if message.message_class == "marketing":
        headers |= {
            "List-Id": f"<{store.slug}.{domain}>",
            "List-Unsubscribe": f"<{links.unsubscribe_url(message)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers


def _seal(message: Posted) -> str:
    return derived_code("message-id", message.store_id, message.id).lower()


def _domain(store: Store) -> str:
    for url in (store.url, config.settings().public_url):
        host = urlsplit(url or "").hostname or ""
        if "." in host and not host.replace(".", "").isdigit():
            return host.removeprefix("www.")
    return _NO_DOMAIN
