"""Judge.me, which signs the body and writes the signature in hex; the event is in the body."""

import hashlib
import hmac
import json
from typing import Any

from tests.fakes.senders import Post

CASES = {
    "question-created": "question/created",
    "review-created": "review/created",
    "review-unpublished": "review/unpublished",
    "review-updated": "review/updated",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "JUDGEME-HMAC-SHA256": signature,
        "X-Judgeme-Shop-Domain": "tea-house.example.test",
    }
    return headers, content
