"""POST /webhooks/<store>: verify, keep durably, 200; and every refusal by its number."""

import http.client
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text

from crm import config, db, failpoints, queue
from crm.config import Settings
from crm.errors import Rejected
from crm.stores.models import StoreSecret
from crm.stores.queries import get_store
from crm.stores.secrets import rotate_secret
from crm.webhooks import doors, inbox, jobs, keyring, patience, spool
from crm.webhooks.models import Webhook
from crm.webhooks.views import MOST_BODY
from tests.factories import NOW
from tests.fakes.senders import raw
from tests.webhooks.conftest import Sender, connected


def kept() -> list[Webhook]:
    """List the inbox."""
    with db.session() as session:
        return list(session.scalars(select(Webhook).order_by(Webhook.id)))


def send(client: FlaskClient, shop: Sender, body: Any, **options: Any) -> int:
    """Post a signed body; gives the status."""
    headers, content = shop.post(body, **options)
    answer = client.post(shop.path, data=content, headers=headers)
    assert answer.data == b""
    return answer.status_code


def test_a_signed_post_is_kept_as_it_came_before_it_is_answered(
    client: FlaskClient, shop: Sender
) -> None:
    headers, body = shop.post(raw("standard/order-paid"), name="msg_1")
    headers |= {"Cookie": "a=b", "Authorization": "Basic eA==", "X-Forwarded-For": "10.1.1.1"}
    answer = client.post(shop.path, data=body, headers=headers)
    assert (answer.status_code, answer.data) == (200, b"")
    (row,) = kept()
    assert (row.delivery_id, row.topic, row.state) == ("msg_1", "order.paid", "pending")
    assert (row.body, row.received_at) == (body, NOW)
    assert set(row.headers) == {
        "content-type",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }


def test_the_doorbell_rings_once_for_many(
    client: FlaskClient, shop: Sender, valkey: redis.Redis
) -> None:
    for _ in range(5):
        assert send(client, shop, {"type": "ping"}) == 200
    time.sleep(0.2)
    assert queue.depth() == 1


def test_a_dead_doorbell_does_not_keep_a_webhook_out(
    client: FlaskClient, shop: Sender, settings: Settings
) -> None:
    config.use(replace(config.settings(), redis_url="redis://127.0.0.1:1"))
    queue.forget_connection()
    try:
        assert send(client, shop, {"type": "ping"}) == 200
    finally:
        queue.forget_connection()
    assert len(kept()) == 1


def test_a_repeat_is_answered_alike_and_kept_once(client: FlaskClient, shop: Sender) -> None:
    for _ in range(3):
        assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
    assert len(kept()) == 1


def test_fifty_repeats_at_once_are_kept_once(serve: str, shop: Sender, settings: Settings) -> None:
    headers, body = shop.post({"type": "ping"}, name="msg_1")

    def post(_number: int) -> int:
        return talk(serve, "POST", shop.path, body, headers)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(50))) == {200}
    assert len(kept()) == 1


def test_the_same_id_of_another_store_is_another_delivery(
    client: FlaskClient, shop: Sender
) -> None:
    other = connected("standard")
    assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
    assert send(client, other, {"type": "ping"}, name="msg_1") == 200
    assert {row.store_id for row in kept()} == {shop.store_id, other.store_id}


def test_a_bad_signature_is_401_and_leaves_nothing(client: FlaskClient, shop: Sender) -> None:
    headers, body = shop.post({"type": "ping"})
    stranger = replace(shop, secret="whsec_" + "A" * 44)
    for wrong_headers, wrong_body in (
        (headers, body + b" "),
        ({**headers, "webhook-id": "msg_other"}, body),
        ({**headers, "webhook-signature": ""}, body),
        ({"content-type": "application/json"}, body),
        stranger.post({"type": "ping"}),
        shop.post({"type": "ping"}, at=datetime.now(UTC) - timedelta(seconds=302)),
    ):
        answer = client.post(shop.path, data=wrong_body, headers=wrong_headers)
        assert (answer.status_code, answer.data) == (401, b"")
    assert kept() == []


def test_a_signature_for_another_store_is_401(client: FlaskClient, shop: Sender) -> None:
    other = connected("standard")
    headers, body = shop.post({"type": "ping"})
    assert client.post(other.path, data=body, headers=headers).status_code == 401


def test_signed_times_are_judged_on_real_time(
    client: FlaskClient, shop: Sender, at: Callable[[str], None]
) -> None:
    at("2031-01-01T00:00:00Z")
    assert send(client, shop, {"type": "ping"}) == 200
    assert kept()[0].received_at == datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("slug", ["nobody", "nobody-2", "tea%20house", "%00", "..%2f"])
def test_an_unknown_store_is_404(client: FlaskClient, shop: Sender, slug: str) -> None:
    headers, body = shop.post({"type": "ping"})
    assert client.post(f"/webhooks/{slug}", data=body, headers=headers).status_code == 404


def test_only_post_is_answered(client: FlaskClient, shop: Sender) -> None:
    assert client.get(shop.path).status_code == 405
    assert client.put(shop.path).status_code == 405
    assert client.get("/webhooks/%00").status_code == 404


def test_a_fault_of_ours_is_500_and_says_nothing(
    client: FlaskClient, shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_delivery: object) -> None:
        raise KeyError("ada@example.test")

    monkeypatch.setattr(inbox, "keep_at_once", stumble)
    headers, body = shop.post({"type": "ping"})
    answer = client.post(shop.path, data=body, headers=headers)
    assert (answer.status_code, answer.data) == (500, b"")


def test_a_connection_that_died_in_the_pool_costs_nobody_anything(
    client: FlaskClient, shop: Sender
) -> None:
    assert send(client, shop, {"type": "ping"}) == 200
    with db.session() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert send(client, shop, {"type": "ping"}) == 200
    assert len(kept()) == 2
    assert spool.waiting() == []


def test_signed_garbage_is_kept_and_200(client: FlaskClient, shop: Sender, woo: Sender) -> None:
    for body in (b"garbage", b"", b"\xff\xfe\x00", b"[" * 5000, b'{"a":NaN}'):
        assert send(client, shop, body) == 200
        assert send(client, woo, body) == 200
    assert len(kept()) == 10
    assert {row.topic for row in kept()} == {"unknown", "order.updated"}


def test_woocommerce_s_greeting_is_answered_and_not_kept(
    client: FlaskClient, woo: Sender, shop: Sender
) -> None:
    greeting = {"webhook_id": "3"}
    assert client.post(woo.path, data=greeting).status_code == 200
    assert client.post(shop.path, data=greeting).status_code == 401
    assert client.post("/webhooks/nobody", data=greeting).status_code == 404
    assert kept() == []


def test_woocommerce_s_equal_delivery_ids_do_not_lose_an_order(
    client: FlaskClient, woo: Sender
) -> None:
    assert send(client, woo, {"id": 12}) == 200
    assert send(client, woo, {"id": 13}) == 200
    assert send(client, woo, {"id": 13}) == 200
    assert len(kept()) == 2


def test_a_compressed_body_is_415(client: FlaskClient, shop: Sender) -> None:
    headers, body = shop.post({"type": "ping"})
    for coding in ("gzip", "br", "deflate", "gzip, identity", "x"):
        sent = headers | {"Content-Encoding": coding}
        assert client.post(shop.path, data=body, headers=sent).status_code == 415


def test_one_mebibyte_is_taken_and_one_byte_more_is_413(client: FlaskClient, shop: Sender) -> None:
    whole = b'{"type":"ping"}'.ljust(MOST_BODY)
    assert send(client, shop, whole) == 200
    assert send(client, shop, whole + b" ") == 413
    assert len(kept()) == 1


def talk(base: str, method: str, path: str, body: Any, headers: dict[str, str], **how: Any) -> int:
    """Speak HTTP over a socket."""
    place = urlsplit(base)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        connection.request(method, path, body, headers, **how)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_chunked_body_without_length_is_measured_too(serve: str, shop: Sender) -> None:
    headers, body = shop.post(b'{"type":"ping"}'.ljust(MOST_BODY))
    pieces = [body[start : start + 50_000] for start in range(0, len(body), 50_000)]
    assert talk(serve, "POST", shop.path, iter(pieces), headers, encode_chunked=True) == 200
    doubled = iter(pieces + pieces)
    assert talk(serve, "POST", shop.path, doubled, headers, encode_chunked=True) == 413


def test_two_mebibytes_over_a_socket_see_their_413(serve: str, shop: Sender) -> None:
    headers, body = shop.post(b" " * 2 * MOST_BODY)
    assert talk(serve, "POST", shop.path, body, headers) == 413


def test_both_secrets_count_while_one_is_turned_into_the_other(
    client: FlaskClient, shop: Sender, at: Callable[[str], None]
) -> None:
    assert send(client, shop, {"type": "ping"}) == 200
    with db.session() as session:
        fresh = rotate_secret(session, get_store(session, shop.slug), NOW)
    turned = replace(shop, secret=fresh)
    assert send(client, turned, {"type": "ping"}) == 200
    assert send(client, shop, {"type": "ping"}) == 200
    at("2026-11-22T09:00:01Z")
    assert send(client, shop, {"type": "ping"}) == 401
    assert send(client, turned, {"type": "ping"}) == 200


def test_a_crash_right_after_the_commit_has_kept_it(client: FlaskClient, shop: Sender) -> None:
    failpoints.arm("after_inbox_commit=raise:1")
    try:
        headers, body = shop.post({"type": "ping"}, name="msg_1")
        assert client.post(shop.path, data=body, headers=headers).status_code == 500
    finally:
        failpoints.arm("")
    assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
    assert len(kept()) == 1


@contextmanager
def database_away(settings: Settings) -> Iterator[None]:
    """Send every new connection to a port where nobody listens."""
    before = config.settings()
    db.dispose()
    config.use(replace(before, database_url="postgresql://crm@127.0.0.1:1/crm"))
    try:
        yield
    finally:
        db.dispose()
        config.use(before)
        patience.forget()


class TestWithoutTheDatabase:
    def test_a_known_store_s_webhook_waits_in_the_spool_and_is_200(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}, name="msg_0") == 200
        with database_away(settings):
            assert send(client, shop, raw("standard/order-paid"), name="msg_1") == 200
            assert send(client, shop, b"\xff garbage", name="msg_2") == 200
            (first, _second) = spool.waiting()
            assert first.stat().st_mode & 0o777 == 0o600
            assert first.parent.stat().st_mode & 0o777 == 0o700
        assert jobs.replay_spool() == 2
        assert jobs.replay_spool() == 0
        assert [row.delivery_id for row in kept()] == ["msg_0", "msg_1", "msg_2"]
        assert kept()[1].body == raw("standard/order-paid")
        assert spool.waiting() == []

    def test_a_bad_signature_is_still_401(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        with database_away(settings):
            stranger = replace(shop, secret="whsec_" + "A" * 44)
            assert send(client, stranger, {"type": "ping"}) == 401
        assert spool.waiting() == []

    def test_a_store_never_seen_is_503_with_a_time_to_come_back(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        headers, body = shop.post({"type": "ping"})
        with database_away(settings):
            answer = client.post(shop.path, data=body, headers=headers)
        assert (answer.status_code, answer.data) == (503, b"")
        assert int(answer.headers["Retry-After"]) > 0

    def test_a_process_that_starts_meanwhile_knows_the_stores_of_the_day(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        (place,) = (settings.data_dir / "doors").iterdir()
        assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert shop.secret.removeprefix("whsec_") not in place.read_text()
        doors.forget()
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
            stranger = replace(shop, secret="whsec_" + "A" * 44)
            assert send(client, stranger, {"type": "ping"}) == 401
        assert jobs.replay_spool() == 1
        assert "msg_1" in {row.delivery_id for row in kept()}

    def test_a_secret_that_ended_ends_on_the_disk_too(
        self, client: FlaskClient, shop: Sender, at: Callable[[str], None], settings: Settings
    ) -> None:
        with db.session() as session:
            fresh = rotate_secret(session, get_store(session, shop.slug), NOW)
        assert send(client, shop, {"type": "ping"}) == 200
        doors.forget()
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}) == 200
            at("2026-11-22T09:00:01Z")
            assert send(client, shop, {"type": "ping"}) == 401
            assert send(client, replace(shop, secret=fresh), {"type": "ping"}) == 200

    def test_a_secret_that_another_process_read_is_known_here_too(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        ours = dict(doors._doors)
        with db.session() as session:
            fresh = rotate_secret(session, get_store(session, shop.slug), NOW)
        assert doors.look_again((shop.slug, None))  # as a neighbour does, who keeps it on the disk
        doors._doors.update(ours)
        with database_away(settings):
            assert send(client, replace(shop, secret=fresh), {"type": "ping"}) == 200
            assert send(client, shop, {"type": "ping"}) == 200
            stranger = replace(shop, secret="whsec_" + "A" * 44)
            assert send(client, stranger, {"type": "ping"}) == 401

    def test_a_store_that_is_gone_and_one_not_confirmed_for_a_day_are_forgotten(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        real_now = datetime.now(UTC)
        assert keyring.find(shop.slug, real_now + timedelta(hours=23))
        assert keyring.find(shop.slug, real_now + timedelta(hours=25)) is None
        assert keyring.find(shop.slug, real_now - timedelta(hours=1)) is None
        with db.session() as session:
            session.execute(delete(Webhook))
            session.execute(delete(StoreSecret))
            session.delete(get_store(session, shop.slug))
        doors.forget()
        assert send(client, shop, {"type": "ping"}) == 404
        assert keyring.find(shop.slug, real_now) is None
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}) == 503

    def test_a_spoilt_key_ring_is_no_key_ring(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        (place,) = (settings.data_dir / "doors").iterdir()
        for spoilt in (b"", b"{", b"[]", b"{}", b'{"confirmed_at": 1}', b"\xff"):
            place.write_bytes(spoilt)
            doors.forget()
            with database_away(settings):
                assert send(client, shop, {"type": "ping"}) == 503

    def test_a_key_ring_that_cannot_be_written_leaves_nothing_behind(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        place = settings.data_dir / "doors" / f"{shop.slug}.json"
        place.mkdir(parents=True)
        assert send(client, shop, {"type": "ping"}) == 200
        assert list(place.parent.iterdir()) == [place]

    def test_while_it_is_away_it_is_asked_once_a_second(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}) == 200
            assert send(client, shop, {"type": "ping"}) == 200
        patience.forget()
        assert send(client, shop, {"type": "ping"}) == 200
        assert len(spool.waiting()) == 2

    def test_neither_database_nor_disk_is_503(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        folder = settings.data_dir / "spool"
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("in the way")
        try:
            with database_away(settings):
                assert send(client, shop, {"type": "ping"}) == 503
        finally:
            folder.unlink()

    def test_a_webhook_spooled_and_sent_again_is_kept_once(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
            assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
        assert send(client, shop, {"type": "ping"}, name="msg_1") == 200
        assert jobs.replay_spool() == 2
        assert len(kept()) == 2

    def test_a_broken_file_is_put_aside_and_stops_nobody(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        with database_away(settings):
            for number in range(4):
                assert send(client, shop, {"type": "ping"}, name=f"msg_{number}") == 200
        first, second, third, _fourth = spool.waiting()
        first.write_bytes(first.read_bytes()[:-3])
        second.write_bytes(b"")
        third.write_bytes(json.dumps({"store_id": 1}).encode() + b"\n")
        assert jobs.replay_spool() == 1
        assert len(list(spool.broken())) == 3
        assert kept()[-1].delivery_id == "msg_3"

    def test_the_spool_waits_while_the_database_stays_away(
        self, client: FlaskClient, shop: Sender, settings: Settings
    ) -> None:
        assert send(client, shop, {"type": "ping"}) == 200
        with database_away(settings):
            assert send(client, shop, {"type": "ping"}) == 200
            with pytest.raises(Exception, match="refused"):
                jobs.replay_spool()
            assert len(spool.waiting()) == 1


def test_doors_are_read_by_many_threads_at_once(serve: str, shop: Sender) -> None:
    doors.forget()
    statuses: list[int] = []

    def knock() -> None:
        headers, body = shop.post({"type": "ping"})
        statuses.append(talk(serve, "POST", shop.path, body, headers))

    threads = [threading.Thread(target=knock) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 10


def test_no_webhook_is_replayed_from_a_state_that_is_none(session: Any) -> None:
    from crm.webhooks.inbox import replay_state

    with pytest.raises(Rejected):
        replay_state(session, None, "pending")
