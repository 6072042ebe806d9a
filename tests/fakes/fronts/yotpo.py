"""Yotpo, which signs nothing: the address it posts to holds a name and a password."""

import json
from typing import Any

from requests import Request

from tests.fakes.senders import Post

SIGNATURE = "authorization"
SIGNS_BODY = False
CASES = {
    "review-create-as-text": "review_create",
    "review-rejected": "review_updated",
    "review-updated": "review_updated",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Post a body to such an address, as an HTTP library does it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    address = f"https://yotpo:{secret}@crm.example.test/webhooks/tea-house/yotpo"
    sent = Request("POST", address, data=content).prepare().headers
    headers = {
        "Content-Type": "application/json",
        "eventid": "5f0b9c8a",
        "Authorization": sent["Authorization"],
    }
    return headers, content
