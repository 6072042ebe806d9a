"""GraphQL: errors come with status 200, and must not be taken for answers."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from crm.errors import Rejected, Unavailable
from crm.storefronts import _graphql

HEADERS = {"X-Token": "t"}


class Interface:
    """Answers each request with the next of `answers`, the last for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = [(200, {"data": {"shop": {"name": "Tea"}}})]
        self.asked: list[tuple[dict[str, str], Any]] = []
        interface = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                interface.asked.append((dict(self.headers.items()), json.loads(body)))
                left = interface.answers
                status, said = left.pop(0) if len(left) > 1 else left[0]
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/graphql"


@pytest.fixture
def interface(settings: Any) -> Iterator[Interface]:
    """An interface on loopback."""
    made = Interface()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_the_answer_s_data_comes_back(interface: Interface) -> None:
    got = _graphql.query(interface.url, HEADERS, "query($n: Int) {shop}", {"n": 1})
    assert got == {"shop": {"name": "Tea"}}
    ((headers, body),) = interface.asked
    assert headers["X-Token"] == "t"
    assert body == {"query": "query($n: Int) {shop}", "variables": {"n": 1}}


def test_a_query_is_tried_again_and_a_mutation_is_not(interface: Interface) -> None:
    interface.answers = [(502, None), (200, {"data": {}}), (502, None)]
    assert _graphql.query(interface.url, HEADERS, "{a}") == {}
    with pytest.raises(Unavailable):
        _graphql.mutate(interface.url, HEADERS, "mutation {a}")
    assert len(interface.asked) == 3


def test_a_full_bucket_says_when_it_will_have_room(interface: Interface) -> None:
    cost = {
        "requestedQueryCost": 900,
        "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 50.0},
    }
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    interface.answers = [(200, {"errors": errors, "extensions": {"cost": cost}})]
    with pytest.raises(Unavailable) as later:
        _graphql.query(interface.url, HEADERS, "{a}")
    assert later.value.retry_after == 16
    interface.answers = [(200, {"errors": errors, "extensions": {"cost": {}}})]
    with pytest.raises(Unavailable) as later:
        _graphql.query(interface.url, HEADERS, "{a}")
    assert later.value.retry_after is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]}),
        (
            200,
            {"errors": [{"message": "no", "extensions": {"exception": {"code": "FORBIDDEN"}}}]},
        ),
        (401, {"errors": "no"}),
        (403, {}),
    ],
)
def test_a_key_that_is_refused_is_said_so(interface: Interface, status: int, body: Any) -> None:
    interface.answers = [(status, body)]
    with pytest.raises(Rejected, match="refuses our key"):
        _graphql.query(interface.url, HEADERS, "{a}")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"errors": [{"message": "Field x is unknown"}], "data": {"a": None}}),
        (400, {"errors": [{"message": "Field x is unknown"}]}),
        (200, {"data": None}),
        (200, []),
        (200, {}),
        (404, {}),
        (200, {"errors": ["odd", 7, None]}),
    ],
)
def test_what_is_no_answer_is_refused(interface: Interface, status: int, body: Any) -> None:
    interface.answers = [(status, body)]
    with pytest.raises(Rejected):
        _graphql.query(interface.url, HEADERS, "{a}")


def test_an_error_does_not_carry_an_address_on(interface: Interface) -> None:
    errors = [{"message": "Variable got 'ada@example.test', which is wrong"}]
    interface.answers = [(200, {"errors": errors})]
    with pytest.raises(Rejected) as refusal:
        _graphql.mutate(interface.url, HEADERS, "mutation {a}")
    assert "ada" not in refusal.value.reason
    assert "which is wrong" in refusal.value.reason
