"""Stamped, which signs nothing: the shared secret itself stands in a header."""

import json
from typing import Any

from tests.fakes.senders import Post

SIGNATURE = "x-stamped-webhook-secret"
SIGNS_BODY = False
CASES = {
    "question": "question/created",
    "review": "review/created",
    "review-as-text": "review/created",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Post a body with the secret."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Secret-Key": secret,
        "X-Stamped-Webhook-Secret": secret,
        "X-Stamped-Store-Url": "tea.example.test",
        "X-Stamped-Topic": topic,
    }
    return headers, content
