"""Calls to storefronts: nowhere inside, never twice as long, never more than asked."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from crm import config
from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.storefronts import _addresses, _http
from crm.storefronts._http import Ask, call

Reply = Callable[[http.server.BaseHTTPRequestHandler], None]


class Shop:
    """A server on loopback that answers as the test says and remembers who asked."""

    def __init__(self) -> None:
        self.reply: Reply = answer(200, b"{}")
        self.seen: list[dict[str, str]] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> Any:
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.seen.append(dict(self.headers.items()) | {"path": self.path})
                shop.reply(self)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        return Handler


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop that may be called."""
    made = Shop()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def answer(status: int, body: bytes, **headers: str) -> Reply:
    """Make an answer."""

    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def test_json_comes_back_exact_and_the_key_went_along(shop: Shop) -> None:
    shop.reply = answer(200, b'{"total": 40.10}')
    got = call(Ask("GET", f"{shop.url}/x", ("ck", "cs"), {"code": "a b"}))
    assert (got.status, str(got.body["total"])) == (200, "40.10")
    (seen,) = shop.seen
    assert seen["Authorization"].startswith("Basic ")
    assert seen["path"] == "/x?code=a+b"


def test_a_refusal_is_the_caller_s_to_read(shop: Shop) -> None:
    shop.reply = answer(400, b'{"code": "no"}')
    assert call(Ask("GET", shop.url)).body == {"code": "no"}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_shop_is_asked_again_when_it_says(shop: Shop, status: int) -> None:
    shop.reply = answer(status, b"", Retry_After="120")
    with pytest.raises(Unavailable) as later:
        call(Ask("GET", shop.url))
    assert later.value.retry_after == 120


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("soon", None),
        ("-5", None),
        ("99999999999", 86_400),
        ("Sat, 21 Nov 2026 09:02:00 GMT", 60),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0),
        ("Sat, 99 Nov 2026 08:00:00 GMT", None),
    ],
)
def test_a_waiting_time_may_be_a_date(value: str | None, seconds: float | None) -> None:
    assert _http._retry_after(value, "Sat, 21 Nov 2026 09:01:00 GMT") == seconds


def test_a_redirect_is_not_followed(shop: Shop) -> None:
    shop.reply = answer(302, b"", Location=f"{shop.url}/elsewhere")
    with pytest.raises(Rejected):
        call(Ask("GET", shop.url))
    assert len(shop.seen) == 1


def test_an_endless_answer_is_cut_off(shop: Shop) -> None:
    def pour(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        piece = b" " * 65_536
        try:
            for _ in range(200):
                handler.wfile.write(piece)
        except OSError:
            return

    shop.reply = pour
    with pytest.raises(Rejected, match="too large"):
        call(Ask("GET", shop.url))


def test_a_page_instead_of_json_is_refused(shop: Shop) -> None:
    shop.reply = answer(200, b"<html>Welcome</html>")
    with pytest.raises(Rejected, match="not JSON"):
        call(Ask("GET", shop.url))


def test_a_shop_that_hangs_up_is_unavailable(shop: Shop) -> None:
    shop.reply = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Unavailable):
        call(Ask("GET", shop.url))


def test_a_closed_port_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        call(Ask("GET", "http://127.0.0.1:1"))


def test_cookies_and_proxies_of_others_are_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    shop.reply = answer(200, b"{}", Set_Cookie="who=you; Path=/")
    call(Ask("GET", shop.url))
    call(Ask("GET", shop.url))
    assert all("Cookie" not in seen for seen in shop.seen)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example",
        "file:///etc/passwd",
        "//shop.example",
        "https://",
        "https://user:pass@127.0.0.1/",
        "http://shop.example/",
        "http://93.184.216.34/",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_plain_https_addresses_are_called(url: str) -> None:
    with pytest.raises(Rejected):
        call(Ask("GET", url))


INSIDE = """127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1
    172.16.5.4 172.31.255.1 192.168.1.1 169.254.169.254 169.254.1.1 100.64.0.1 100.100.100.200
    168.63.129.16 192.0.0.192 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 localhost ::1 ::
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    ::7f00:1 2001:0:1::1 2002:7f00:1:: fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1""".split()


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_inside_address_is_connected_to(host: str, settings: Settings) -> None:
    config.use(replace(settings, allow_private_stores=False))
    with pytest.raises((Rejected, Unavailable)):
        _addresses.checked_address(host, 443)


@pytest.mark.parametrize("host", INSIDE)
def test_the_test_setting_opens_loopback_and_nothing_else(host: str, settings: Settings) -> None:
    assert settings.allow_private_stores
    try:
        address = _addresses.checked_address(host, 443)
    except (Rejected, Unavailable):
        return
    assert address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")


def test_loopback_is_not_called_without_the_setting(shop: Shop, settings: Settings) -> None:
    config.use(replace(settings, allow_private_stores=False))
    _http._session.cache_clear()
    with pytest.raises(Rejected):
        call(Ask("GET", shop.url))
    assert shop.seen == []


def test_a_name_that_answers_twice_differently_is_checked_each_time_it_is_connected(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.use(replace(settings, allow_private_stores=False))
    _http._session.cache_clear()
    port = shop.server.server_port
    answers = iter(["93.184.216.34", "127.0.0.1"])
    opened: list[str] = []

    def resolve(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        opened.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unavailable):
        call(Ask("GET", f"https://rebinding.example:{port}/"))
    with pytest.raises(Rejected):
        call(Ask("GET", f"https://rebinding.example:{port}/"))
    assert opened == ["93.184.216.34"]
    assert shop.seen == []


def test_one_inside_address_among_several_is_enough_to_refuse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Rejected):
        _addresses.checked_address("shop.example", 443)
