"""Working the inbox off: facts exactly once, poison parked, nobody behind it held up."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from crm import db, ingest
from crm.buyers.models import Buyer, Order
from crm.errors import Conflict, NotFound
from crm.events import Noted, OrderChanged
from crm.stores.models import Store
from crm.webhooks import inbox, jobs, process, queries
from crm.webhooks.inbox import Delivery, End
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes.senders import payload, raw
from tests.webhooks.conftest import Sender

_count = iter(range(10_000))


def keep(shop: Sender, body: Any, topic: str = "order.updated", **changes: Any) -> int:
    """Put a webhook into the inbox; gives its id."""
    headers, content = shop.post(body, topic)
    given: dict[str, Any] = {
        "store_id": shop.store_id,
        "platform": shop.platform,
        "delivery_id": f"d{next(_count)}",
        "topic": topic,
        "headers": {name.lower(): value for name, value in headers.items()},
        "received_at": NOW,
        "body": content,
    }
    with db.session() as session:
        assert inbox.keep(session, Delivery(**(given | changes)))
        found = session.scalar(select(func.max(Webhook.id)))
    assert found
    return found


def row(webhook_id: int) -> Webhook:
    """Read a webhook."""
    with db.session() as session:
        found = session.scalar(select(Webhook).where(Webhook.id == webhook_id))
    assert found
    return found


def count(table: Any) -> int:
    """Count rows."""
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def lapse(webhook_id: int) -> None:
    """End a lease, as if its worker had died a while ago."""
    with db.session() as session:
        session.execute(
            update(Webhook)
            .where(Webhook.id == webhook_id)
            .values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        )


def test_an_order_becomes_a_buyer_with_an_order(shop: Sender) -> None:
    kept = keep(shop, raw("standard/order-paid"))
    assert process.drain(NOW) == 1
    assert process.drain(NOW) == 0
    done = row(kept)
    assert (done.state, done.outcome, done.attempts, done.error) == ("done", "applied", 1, None)
    assert (done.settled_at, done.token, done.lease_until) == (NOW, None, None)
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.email, buyer.orders_count) == ("ada@example.test", 1)


def test_both_platforms_and_every_payload_of_ours_are_taken(shop: Sender, woo: Sender) -> None:
    names = ["order-paid", "order-delivered", "order-refunded", "customer-updated"]
    names += ["review-created", "consent-changed", "cart-abandoned", "cloudevent-order-paid"]
    ids = [keep(shop, raw(f"standard/{name}")) for name in names]
    ids += [keep(woo, raw("woocommerce/order-processing"), "order.created")]
    ids += [keep(woo, raw("woocommerce/customer-updated"), "customer.updated")]
    ids += [keep(woo, raw("woocommerce/review-posted"), "action.regulars_review")]
    ids += [keep(woo, raw("woocommerce/order-deleted"), "order.deleted")]
    assert jobs.drain_inbox() == len(ids)
    assert {row(one).state for one in ids} == {"done"}
    assert {row(one).error for one in ids} == {None}


def test_a_birthday_is_read_under_the_usual_names_or_under_the_shop_s_own(woo: Sender) -> None:
    told = payload("woocommerce/order-processing")
    keep(woo, told)
    process.drain(NOW)
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.birth_month, buyer.birth_day) == (6, 15)
        session.get_one(Store, woo.store_id).options = {"birthday_keys": "geburtstag"}
    told |= {"id": 900, "date_modified_gmt": "2026-11-20T18:00:00"}
    told["meta_data"] = [{"key": "geburtstag", "value": "1988-07-16"}]
    keep(woo, told)
    process.drain(NOW)
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.birth_month, buyer.birth_day) == (7, 16)


def test_what_cannot_be_understood_is_failed_with_its_reason(shop: Sender, woo: Sender) -> None:
    garbage = keep(shop, b"garbage")
    wrong = keep(shop, {**payload("standard/order-paid"), "data": {"id": 1}})
    fault = keep(woo, raw("woocommerce/error-instead"))
    good = keep(shop, raw("standard/order-paid"))
    assert process.drain(NOW) == 4
    assert [row(one).state for one in (garbage, wrong, fault, good)] == ["failed"] * 3 + ["done"]
    assert "not JSON" in (row(garbage).error or "")
    assert "data.placed_at" in (row(wrong).error or "")
    assert "administrator" in (row(fault).error or "")


def test_a_fault_of_ours_fails_one_webhook_and_names_its_place_only(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = ingest.FACTS[OrderChanged]

    def stumble(session: Any, store: Store, event: OrderChanged, now: datetime) -> Any:
        if event.external_id == "broken":
            raise KeyError("ada@example.test")
        return facts(session, store, event, now)

    monkeypatch.setitem(ingest.FACTS, OrderChanged, stumble)  # type: ignore[arg-type]
    whole = payload("standard/order-paid")
    bad = keep(shop, {**whole, "data": {**whole["data"], "id": "broken"}})
    good = keep(shop, whole)
    assert process.drain(NOW) == 2
    assert (row(bad).state, row(good).state) == ("failed", "done")
    assert "KeyError" in (row(bad).error or "")
    assert "ada@" not in (row(bad).error or "")


def test_nothing_half_done_is_left_behind_by_a_failure(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = ingest.FACTS[OrderChanged]

    def late(session: Any, store: Store, event: OrderChanged, now: datetime) -> Any:
        facts(session, store, event, now)
        raise ZeroDivisionError

    monkeypatch.setitem(ingest.FACTS, OrderChanged, late)  # type: ignore[arg-type]
    keep(shop, raw("standard/order-paid"))
    assert process.drain(NOW) == 1
    assert (count(Buyer), count(Order)) == (0, 0)


def test_poison_is_parked_after_three_claims_and_takes_no_neighbour_along(shop: Sender) -> None:
    ids = [keep(shop, {"type": "ping"}) for _ in range(4)]
    poison = ids[0]
    for attempt in (1, 2, 3):
        with db.session() as session:
            claims = inbox.claim_batch(session, 50, NOW)  # and then the worker dies
        assert poison in [claimed.id for claimed in claims]
        assert row(poison).attempts == attempt
        if attempt == 1:
            assert len(claims) == 4
        else:
            assert len(claims) == 1
        for one in claims:
            lapse(one.id)
    assert process.drain(NOW) == 3
    assert [row(one).state for one in ids] == ["failed", "done", "done", "done"]
    assert "workers stopped" in (row(poison).error or "")


def test_a_lease_keeps_others_away_until_it_ends(shop: Sender) -> None:
    keep(shop, {"type": "ping"})
    with db.session() as session:
        (claimed,) = inbox.claim_batch(session, 50, NOW)
    assert process.drain(NOW) == 0
    lapse(claimed.id)
    assert process.drain(NOW) == 1


def test_a_worker_whose_lease_was_taken_over_undoes_its_work(shop: Sender) -> None:
    kept = keep(shop, raw("standard/order-paid"))
    with db.session() as session:
        (slow,) = inbox.claim_batch(session, 50, NOW)
    lapse(kept)
    with db.session() as session:
        (quick,) = inbox.claim_batch(session, 50, NOW)
    process._end(slow, NOW)
    assert (count(Order), row(kept).state) == (0, "processing")
    process._end(quick, NOW)
    assert (count(Order), row(kept).state) == (1, "done")
    with db.session() as session:
        assert inbox.settle(session, slow, End("late"), NOW) is False


def test_what_was_not_begun_in_time_is_given_back_without_a_mark(shop: Sender) -> None:
    ids = [keep(shop, {"type": "ping"}) for _ in range(3)]
    with db.session() as session:
        claims = inbox.claim_batch(session, 50, NOW)
    assert process._work(claims, 0.0, NOW) == 0
    assert [(row(one).state, row(one).attempts) for one in ids] == [("pending", 0)] * 3


def test_one_job_ends_at_two_hundred(shop: Sender) -> None:
    with db.session() as session:
        for number in range(210):
            given = Delivery(
                shop.store_id, shop.platform, f"d{number}", "ping", {}, NOW, b'{"type":"ping"}'
            )
            inbox.keep(session, given)
    assert process.drain(NOW) == 200
    assert process.drain(NOW) == 10


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "23505"])
def test_a_collision_with_another_worker_is_tried_again(
    shop: Sender, monkeypatch: pytest.MonkeyPatch, sqlstate: str
) -> None:
    left = [2]

    def collide(session: Any, store: Store, event: Noted, now: datetime) -> str:
        if left[0]:
            left[0] -= 1
            session.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}'; END $$"))
        return "noted"

    monkeypatch.setitem(ingest.FACTS, Noted, collide)  # type: ignore[arg-type]
    kept = keep(shop, {"type": "ping"})
    assert process.drain(NOW) == 1
    assert (row(kept).state, row(kept).attempts) == ("done", 1)


def test_a_collision_without_end_fails_it(shop: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def collide(session: Any, store: Store, event: Noted, now: datetime) -> str:
        session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
        return "noted"

    monkeypatch.setitem(ingest.FACTS, Noted, collide)  # type: ignore[arg-type]
    kept = keep(shop, {"type": "ping"})
    assert process.drain(NOW) == 1
    assert row(kept).state == "failed"


def test_a_database_that_goes_away_leaves_it_for_later(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(session: Any, store: Store, event: Noted, now: datetime) -> str:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "noted"

    kept = keep(shop, {"type": "ping"})
    with monkeypatch.context() as patch:
        patch.setitem(ingest.FACTS, Noted, hang_up)  # type: ignore[arg-type]
        with pytest.raises(OperationalError):
            process.drain(NOW)
    assert row(kept).state == "processing"
    lapse(kept)
    assert process.drain(NOW) == 1
    assert row(kept).state == "done"


def test_two_workers_share_the_inbox_and_do_nothing_twice(shop: Sender) -> None:
    whole = payload("standard/order-paid")
    for number in range(40):
        data = {**whole["data"], "id": str(number % 20), "customer": {"id": str(number % 5)}}
        keep(shop, {**whole, "data": data})
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(process.drain(NOW))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 40
    assert (count(Order), count(Buyer)) == (20, 5)


def test_a_failed_one_can_be_replayed_by_its_number(shop: Sender) -> None:
    kept = keep(shop, b"garbage")
    process.drain(NOW)
    with db.session() as session:
        session.execute(update(Webhook).values(body=raw("standard/order-paid")))
        assert inbox.replay(session, [shop.store_id], [kept]) == 1
    assert row(kept).state == "pending"
    assert process.drain(NOW) == 1
    assert (row(kept).state, row(kept).error) == ("done", None)


def test_replaying_what_is_done_changes_nothing(shop: Sender) -> None:
    kept = keep(shop, raw("standard/order-paid"))
    process.drain(NOW)
    with db.session() as session:
        assert inbox.replay(session, None, [kept]) == 1
    assert process.drain(NOW) == 1
    assert (row(kept).outcome, count(Order)) == ("older", 1)


def test_only_what_is_settled_and_in_reach_can_be_replayed(shop: Sender, woo: Sender) -> None:
    waiting, other = keep(shop, {"type": "ping"}), keep(woo, b"garbage")
    for ids, reach in (([waiting], None), ([999], None), ([other], [shop.store_id])):
        with db.session() as session, pytest.raises(NotFound):
            inbox.replay(session, reach, ids)


def test_all_failed_ones_can_be_replayed_at_once(shop: Sender) -> None:
    ids = [keep(shop, b"garbage") for _ in range(3)]
    keep(shop, {"type": "ping"})
    process.drain(NOW)
    with db.session() as session:
        assert inbox.replay_state(session, None, "failed") == 3
    assert {row(one).state for one in ids} == {"pending"}


def test_old_bodies_are_forgotten_and_their_keys_are_not(
    shop: Sender, at: Callable[[str], None]
) -> None:
    old, fresh = keep(shop, raw("standard/order-paid")), keep(shop, b"garbage")
    waiting = keep(shop, {"type": "ping"})
    process.drain(NOW)
    with db.session() as session:
        session.execute(update(Webhook).where(Webhook.id == waiting).values(state="pending"))
        session.execute(
            update(Webhook).where(Webhook.id == fresh).values(received_at=NOW + timedelta(days=2))
        )
    at("2026-12-21T08:59:00Z")
    assert jobs.forget_bodies() == 0
    at("2026-12-21T09:00:01Z")
    assert jobs.forget_bodies() == 1
    assert jobs.forget_bodies() == 0
    assert (row(old).body, row(old).headers, row(old).state) == (None, {}, "done")
    assert row(fresh).body
    assert row(waiting).body
    with db.session() as session, pytest.raises(Conflict):
        inbox.replay(session, None, [old])


def test_whom_an_erasure_was_about_is_not_kept(shop: Sender) -> None:
    bought, gone = keep(shop, raw("standard/order-paid")), raw("standard/customer-redacted")
    together = keep(shop, gone)
    process.drain(NOW)
    assert [row(one).body for one in (bought, together)] == [None, None]
    alone = keep(shop, gone)
    keep(shop, b"garbage")
    process.drain(NOW)
    assert (row(alone).body, row(alone).state) == (None, "done")


def test_a_store_s_own_retention_counts(shop: Sender, at: Callable[[str], None]) -> None:
    kept = keep(shop, {"type": "ping"})
    process.drain(NOW)
    with db.session() as session:
        store = session.get_one(Store, shop.store_id)
        store.settings = {"retention": {"webhook_bodies_days": 3}}
    at("2026-11-25T00:00:00Z")
    assert jobs.forget_bodies() == 1
    assert row(kept).body is None


def test_the_inbox_is_listed_newest_first_by_page_and_measured(shop: Sender, woo: Sender) -> None:
    ids = [keep(shop, b"garbage"), keep(woo, b"garbage"), keep(shop, {"type": "ping"})]
    with db.session() as session:
        measured = queries.depth(session, None)
        assert (measured.waiting, measured.oldest_at, measured.failed) == (3, NOW, 0)
    process.drain(NOW)
    late = keep(shop, {"type": "ping"})
    with db.session() as session:
        listed = [one.id for one in queries.list_webhooks(session, None)]
        assert listed == [late, *reversed(ids)]
        failed = queries.list_webhooks(session, [shop.store_id], state="failed")
        assert [one.id for one in failed] == [ids[0]]
        page = queries.list_webhooks(session, None, before_id=ids[2], limit=1)
        assert [one.id for one in page] == [ids[1]]
        assert queries.depth(session, [woo.store_id]).failed == 1
        with pytest.raises(NotFound):
            queries.get_webhook(session, [woo.store_id], ids[0])
        assert queries.get_webhook(session, None, ids[0]).body == b"garbage"


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", " a b", "x" * 201, "", "a\nb"])
def test_an_odd_id_is_kept_by_its_hash_and_still_only_once(shop: Sender, odd: str) -> None:
    kept = keep(shop, {"type": "ping"}, delivery_id=odd, topic="\0")
    assert (row(kept).topic, row(kept).delivery_id[:7]) == ("unknown", "sha256-")
    again = Delivery(shop.store_id, shop.platform, odd, "ping", {}, NOW, b"")
    other = Delivery(shop.store_id, shop.platform, odd + "x", "ping", {}, NOW, b"")
    with db.session() as session:
        assert inbox.keep(session, again) is False
        assert inbox.keep(session, other) is True


def test_a_batch_of_two_shops_is_applied_to_each(shop: Sender, woo: Sender) -> None:
    first, second = keep(shop, raw("standard/order-paid")), keep(shop, {"type": "ping"})
    third = keep(woo, raw("woocommerce/order-processing"))
    assert process.drain(NOW) == 3
    assert [row(one).outcome for one in (first, second, third)] == ["applied", "noted", "applied"]
    with db.session() as session:
        stores = session.scalars(select(Order.store_id).order_by(Order.store_id)).all()
    assert stores == [shop.store_id, woo.store_id]


def test_a_batch_in_which_one_claim_was_lost_is_undone_and_tried_alone(shop: Sender) -> None:
    lost, ours = keep(shop, raw("standard/order-paid")), keep(shop, {"type": "ping"})
    with db.session() as session:
        claims = inbox.claim_batch(session, 50, NOW)
    lapse(lost)
    with db.session() as session:
        (taken,) = inbox.claim_batch(session, 50, NOW)
    assert process._together(claims, NOW) == claims
    assert (count(Order), row(ours).state) == (0, "processing")
    assert process._work(claims, monotonic() + 60, NOW) == 2
    assert (count(Order), row(lost).state, row(ours).state) == (0, "processing", "done")
    process._end(taken, NOW)
    assert (count(Order), row(lost).state) == (1, "done")


def test_one_that_breaks_a_batch_leaves_the_others_applied_once(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = ingest.FACTS[OrderChanged]

    def stumble(session: Any, store: Store, event: OrderChanged, now: datetime) -> Any:
        order = facts(session, store, event, now)
        if event.external_id == "7":
            raise ZeroDivisionError
        return order

    monkeypatch.setitem(ingest.FACTS, OrderChanged, stumble)  # type: ignore[arg-type]
    whole = payload("standard/order-paid")
    ids = [keep(shop, {**whole, "data": {**whole["data"], "id": str(n)}}) for n in range(12)]
    assert process.drain(NOW) == 12
    assert [row(one).state for one in ids].count("done") == 11
    assert row(ids[7]).state == "failed"
    with db.session() as session:
        assert session.scalars(select(Buyer.orders_count)).one() == 11
