"""Posts signed webhooks over kept-open connections and takes the time of each."""

import base64
import hmac
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from crm.bench import orders

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Load:
    """Some pictures of `size` for one server."""

    port: int
    slug: str
    secret: str
    numbers: range
    size: int


@dataclass(frozen=True, slots=True)
class Timing:
    """What a load took in all, and each of its requests, in seconds."""

    seconds: float
    each: tuple[float, ...]


def post(load: Load) -> Timing:
    """Post a load, made and signed beforehand. Raises RuntimeError unless every answer is 200."""
    requests = [_request(load, number) for number in load.numbers]
    each: list[float] = []
    threads = [
        threading.Thread(target=_send, args=(load.port, requests[place::CONNECTIONS], each))
        for place in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if len(each) < len(requests):
        raise RuntimeError(f"{len(requests) - len(each)} webhooks were not taken")
    return Timing(seconds, tuple(each))


def _request(load: Load, number: int) -> bytes:
    body = orders.body(number, load.size)
    digest = hmac.digest(load.secret.encode(), body, "sha256")
    head = (
        f"POST /webhooks/{load.slug} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{load.port}\r\n"
        "User-Agent: WooCommerce/9.4.2 Hookshot (WordPress/6.7)\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "X-WC-Webhook-Source: https://tea.example/\r\n"
        "X-WC-Webhook-Topic: order.updated\r\n"
        "X-WC-Webhook-Resource: order\r\n"
        "X-WC-Webhook-Event: updated\r\n"
        f"X-WC-Webhook-Signature: {base64.b64encode(digest).decode()}\r\n"
        "X-WC-Webhook-ID: 3\r\n"
        f"X-WC-Webhook-Delivery-ID: {number:032x}\r\n"
        "\r\n"
    )
    return head.encode() + body


def _send(port: int, requests: Sequence[bytes], each: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            began = time.perf_counter()
            line.sendall(request)
            if not _is_taken(line):
                return
            each.append(time.perf_counter() - began)


def _is_taken(line: socket.socket) -> bool:
    """Read an answer without a body; tells whether it is 200."""
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        piece = line.recv(4096)
        if not piece:
            return False
        answer += piece
    return answer.startswith(b"HTTP/1.1 200 ")
