"""Calls to storefronts: nowhere inside, never twice as long, never more than asked."""

import http.server
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from crm import config
from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.storefronts import _addresses, _backoff, _breaker, _http, _session
from crm.storefronts._http import Ask, call
from crm.storefronts._odd_rows import OddRow, plain

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
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                shop.seen.append(
                    dict(self.headers.items()) | {"path": self.path, "body": said.decode()}
                )
                shop.reply(self)

            do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

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


def in_turn(*replies: Reply) -> Reply:
    """Give these answers one after the other, the last one for ever."""
    left = deque(replies)

    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        following = left.popleft() if len(left) > 1 else left[0]
        following(handler)

    return reply


def hang_up(handler: http.server.BaseHTTPRequestHandler) -> None:
    """Close the line without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


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
        ("Sat, 21 Nov 2026 09:02:00", 60),
        ("Sat, 21 Nov 2026 09:02:00 -0000", 60),
        ("Sat, 21 Nov 2026 09:02:00 +99999999999999999999", None),
    ],
)
def test_a_waiting_time_may_be_a_date(value: str | None, seconds: float | None) -> None:
    assert _http._retry_after(value, "Sat, 21 Nov 2026 09:01:00 GMT") == seconds


@pytest.mark.parametrize("key", ["ck_…", "ck_\u200b1", "ключ", " ck_1", "ck_1\nX: y"])
def test_a_key_that_no_header_carries_is_refused_in_words(shop: Shop, key: str) -> None:
    with pytest.raises(Rejected, match="key"):
        call(Ask("GET", shop.url, headers={"X-Auth-Token": key}))
    assert shop.seen == []


def test_nor_is_a_name_and_password_of_other_letters(shop: Shop) -> None:
    with pytest.raises(Rejected, match="key"):
        call(Ask("GET", shop.url, auth=("ck_…", "cs")))


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


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_that_drips_is_left_after_a_while(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    ended = threading.Event()

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        header = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "60000")
        handler.send_header(*header)
        handler.end_headers()
        try:
            handler.wfile.write(b"60000\r\n" if chunked else b"")
            while not ended.wait(0.05):
                handler.wfile.write(b" ")
        except OSError:
            return

    shop.reply = drip
    monkeypatch.setattr(_http, "_WHOLE_SECONDS", 0.2)
    begun = time.monotonic()
    timer = threading.Timer(3, ended.set)
    timer.start()
    with pytest.raises(Unavailable, match="too slowly"):
        call(Ask("POST", shop.url))
    timer.cancel()
    ended.set()
    assert time.monotonic() - begun < 2


def test_a_page_instead_of_json_is_refused(shop: Shop) -> None:
    shop.reply = answer(200, b"<html>Welcome</html>")
    with pytest.raises(Rejected, match="not JSON"):
        call(Ask("GET", shop.url))


def test_a_shop_that_hangs_up_is_unavailable(shop: Shop) -> None:
    shop.reply = hang_up
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
    _session.session.cache_clear()
    with pytest.raises(Rejected):
        call(Ask("GET", shop.url))
    assert shop.seen == []


def test_a_name_that_answers_twice_differently_is_checked_each_time_it_is_connected(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.use(replace(settings, allow_private_stores=False))
    _session.session.cache_clear()
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
    with pytest.raises(Rejected):  # by the second try, which looks the name up again
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


class TestTryingAgain:
    @pytest.mark.parametrize("fault", [hang_up, answer(500, b""), answer(429, b"")])
    def test_a_read_that_failed_twice_is_tried_a_third_time(self, shop: Shop, fault: Reply) -> None:
        shop.reply = in_turn(fault, fault, answer(200, b"[1]"))
        assert call(Ask("GET", shop.url)).body == [1]
        assert len(shop.seen) == 3

    def test_three_tries_are_all(self, shop: Shop) -> None:
        shop.reply = answer(502, b"")
        with pytest.raises(Unavailable):
            call(Ask("GET", shop.url))
        assert len(shop.seen) == 3

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_what_changes_something_is_tried_once(self, shop: Shop, method: str) -> None:
        shop.reply = hang_up
        with pytest.raises(Unavailable):
            call(Ask(method, shop.url))
        assert len(shop.seen) == 1

    def test_a_post_that_only_reads_is_tried_again(self, shop: Shop) -> None:
        shop.reply = in_turn(hang_up, answer(200, b"{}"))
        assert call(Ask("POST", shop.url, payload={"query": "q"}, reads=True)).status == 200

    def test_a_call_that_somebody_waits_for_is_one_short_try(self, shop: Shop) -> None:
        shop.reply = hang_up
        with pytest.raises(Unavailable):
            call(Ask("GET", shop.url, hurried=True))
        assert len(shop.seen) == 1
        assert sum(_http._timeout(Ask("GET", shop.url, hurried=True))) < 10

    def test_a_refusal_is_not_asked_twice(self, shop: Shop) -> None:
        shop.reply = answer(404, b"{}")
        call(Ask("GET", shop.url))
        assert len(shop.seen) == 1

    def test_a_short_wait_that_was_asked_for_is_kept(self, shop: Shop) -> None:
        shop.reply = in_turn(answer(429, b"", Retry_After="1"), answer(200, b"{}"))
        started = time.monotonic()
        call(Ask("GET", shop.url))
        assert time.monotonic() - started >= 1

    def test_a_long_one_is_for_a_later_job(self, shop: Shop) -> None:
        shop.reply = answer(429, b"", Retry_After="4")
        with pytest.raises(Unavailable) as later:
            call(Ask("GET", shop.url))
        assert (later.value.retry_after, len(shop.seen)) == (4, 1)

    def test_pauses_grow_and_differ(self, settings: Settings) -> None:
        config.use(replace(settings, sweep_seconds=2.0))
        first = {_backoff.pause(1, None) or 0.0 for _ in range(20)}
        second = {_backoff.pause(2, None) or 0.0 for _ in range(20)}
        assert len(first) > 10
        assert 0.25 <= min(first) <= max(first) <= 0.5 <= min(second) <= max(second) <= 1.0
        assert _backoff.pause(3, None) is None

    def test_a_wait_in_tests_stays_within_ten_sweeps(self, settings: Settings) -> None:
        assert settings.test
        assert _backoff.bounded(600.0) == pytest.approx(10 * settings.sweep_seconds)


class TestABrokenShop:
    @pytest.fixture(autouse=True)
    def _quick(self, settings: Settings) -> None:
        config.use(replace(settings, sweep_seconds=0.03))

    def fail(self, shop: Shop, times: int) -> None:
        shop.reply = hang_up
        for _ in range(times):
            with pytest.raises(Unavailable):
                call(Ask("POST", shop.url))

    def test_is_left_alone_after_five_failures_in_a_row(self, shop: Shop) -> None:
        self.fail(shop, 5)
        assert 0 < _breaker.resting()[shop.url] <= 0.3
        with pytest.raises(Unavailable, match="left alone") as later:
            call(Ask("GET", shop.url))
        assert later.value.retry_after
        assert len(shop.seen) == 5

    def test_a_good_answer_in_between_starts_the_count_anew(self, shop: Shop) -> None:
        self.fail(shop, 4)
        shop.reply = answer(400, b"{}")
        call(Ask("GET", shop.url))
        self.fail(shop, 4)
        assert shop.url not in _breaker.resting()

    def test_one_probe_opens_it_again(self, shop: Shop) -> None:
        self.fail(shop, 5)
        shop.reply = answer(200, b"{}")
        time.sleep(0.31)
        call(Ask("GET", shop.url))
        call(Ask("GET", shop.url))
        assert len(shop.seen) == 7
        assert shop.url not in _breaker.resting()

    def test_a_failed_probe_is_one_try_and_closes_it_again(self, shop: Shop) -> None:
        self.fail(shop, 5)
        time.sleep(0.31)
        with pytest.raises(Unavailable):
            call(Ask("GET", shop.url))
        assert len(shop.seen) == 6
        assert shop.url in _breaker.resting()

    def test_only_one_of_many_threads_is_the_probe(self, shop: Shop) -> None:
        self.fail(shop, 5)
        time.sleep(0.31)
        gate = threading.Event()

        def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
            gate.wait(5)
            answer(200, b"{}")(handler)

        shop.reply = slow
        refused: list[float | None] = []

        def ask() -> None:
            try:
                call(Ask("GET", shop.url))
            except Unavailable as later:
                refused.append(later.retry_after)
                if len(refused) == 5:
                    gate.set()

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(shop.seen) == 6
        assert len(refused) == 5
        assert all(refused)

    def test_a_probe_that_is_refused_frees_the_place(self, shop: Shop) -> None:
        self.fail(shop, 5)
        time.sleep(0.31)
        shop.reply = answer(302, b"")
        for _ in range(2):
            with pytest.raises(Rejected):
                call(Ask("GET", shop.url))

    def test_a_shop_that_sets_a_time_itself_is_not_counted(self, shop: Shop) -> None:
        shop.reply = answer(429, b"", Retry_After="60")
        for _ in range(6):
            with pytest.raises(Unavailable, match="429"):
                call(Ask("GET", shop.url))

    def test_another_shop_is_not_touched(self, shop: Shop) -> None:
        self.fail(shop, 5)
        with pytest.raises(Unavailable, match="does not answer"):
            call(Ask("GET", "http://127.0.0.1:1"))


class TestLists:
    def test_a_row_that_cannot_be_accepted_spares_the_others(self, shop: Shop) -> None:
        deep = b"[" * 40 + b"]" * 40
        body = b' [ {"id": 1}, {"id": 2, "x": "\\u0000", "y": 1.5} ,{"id":3,"z":' + deep + b"}] "
        shop.reply = answer(200, body)
        good, nul, nested = call(Ask("GET", shop.url, by_row=True)).body
        assert good == {"id": 1}
        assert isinstance(nul, OddRow)
        assert isinstance(nested, OddRow)
        assert [plain(row)["id"] for row in (good, nul, nested)] == [1, 2, 3]
        assert nul.reason

    @pytest.mark.parametrize(
        "body",
        [
            b'[{"id":NaN',
            b"[1 2]",
            b"[1",
            b"[",
            b'{"a":"\\u0000"}',
            b"\xff[",
            b"[1,]",
            b"[" * 99_999,
        ],
    )
    def test_what_is_no_list_is_refused_as_before(self, shop: Shop, body: bytes) -> None:
        shop.reply = answer(200, body)
        with pytest.raises(Rejected, match="not JSON"):
            call(Ask("GET", shop.url, by_row=True))

    def test_nobody_who_did_not_ask_for_rows_gets_an_odd_one(self, shop: Shop) -> None:
        shop.reply = answer(200, b'["\\u0000"]')
        with pytest.raises(Rejected, match="not JSON"):
            call(Ask("GET", shop.url))
