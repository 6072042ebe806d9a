"""`crm demo` plays a shop's past; killed workers and an emptied doorbell change nothing in it."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from crm import embedded
from crm.storefronts import woocommerce
from tests.fakes.ports import free_port
from tests.flows.demos import Demo

pytestmark = pytest.mark.early
# Where the play is when the doorbell is emptied and the workers die, as a share of its time.
BLOWS = (0.3, 0.55, 0.8)
FIELDS = "external_id, total_minor, refunded_minor, paid_at, cancelled_at, coupon_codes"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="crm-demo-", dir="/tmp"))
    yield place
    for one in place.iterdir():
        embedded.discard(one)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def struck(home: Path) -> Iterator[Demo]:
    """A month of the tea shops, with the workers killed and the doorbell emptied three times."""
    demo = Demo(home / "month", free_port(), ("--fast",))
    demo.start()
    demo.wait(BLOWS)
    yield demo
    assert demo.stop() == 0


def test_it_says_once_that_it_is_ready_and_how_to_sign_in(struck: Demo) -> None:
    assert re.findall(r"^ready (\S+)$", struck.printed, re.MULTILINE) == [struck.url]
    assert re.search(r"^login \S+@\S+  password \S+$", struck.printed, re.MULTILINE)
    assert requests.get(f"{struck.url}/readyz", timeout=30).json()["ready"] is True
    assert len(set(struck.killed)) >= 4


def test_every_order_that_was_told_is_there_exactly_once_as_it_stands(struck: Demo) -> None:
    for slug, told in struck.ledger.items():
        mine = f"store_id = (SELECT id FROM stores WHERE slug = '{slug}')"
        kept = struck.rows(f"SELECT {FIELDS} FROM orders WHERE {mine}")
        assert len(told["orders"]) > 20
        assert len(kept) == len(told["orders"])
        for number, total, refunded, paid_at, cancelled_at, codes in kept:
            order = told["orders"][number]
            assert (total, refunded) == (order["total_minor"], order["refunded_minor"])
            assert (paid_at is not None) == order["paid"]
            assert (cancelled_at is not None) == order["cancelled"]
            assert [code.lower() for code in codes] == [code.lower() for code in order["coupons"]]
        people = f"SELECT count(*) FROM buyers WHERE {mine} AND merged_into IS NULL"
        assert struck.rows(people) == [(told["people"],)]


def test_every_webhook_is_worked_off_and_none_failed(struck: Demo) -> None:
    told = sum(shop["webhooks"] for shop in struck.ledger.values())
    states = dict(struck.rows("SELECT state, count(*) FROM webhooks GROUP BY state"))
    assert set(states) == {"done"}
    # Repeats of one delivery are one row.
    assert 300 < states["done"] <= told


def test_the_storefront_was_watched_and_nothing_was_missed(struck: Demo) -> None:
    reads = "SELECT feed, outcome, seen, refused FROM feed_runs WHERE purpose = 'backfill'"
    past = {feed: (outcome, seen, refused) for feed, outcome, seen, refused in struck.rows(reads)}
    assert set(past) == {"customers", "orders", "reviews"}
    assert past["orders"] == ("read", len(struck.ledger["tea-house"]["orders"]), 0)
    assert struck.rows("SELECT sum(missed), sum(refused), sum(changed) FROM feed_runs") == [
        (0, 0, 0)
    ]
    assert struck.rows("SELECT error, faults FROM hook_checks") == [(None, [])]
    (hooks,) = struck.rows("SELECT hooks FROM hook_checks")[0]
    assert {hook["topic"] for hook in hooks if hook["active"]} == set(woocommerce.HOOKS)


def test_figures_of_buyers_are_those_of_their_orders(struck: Demo) -> None:
    wrong = struck.rows(
        "SELECT b.id FROM buyers b LEFT JOIN orders o"
        " ON o.store_id = b.store_id AND o.buyer_id = b.id AND o.counted"
        " WHERE b.merged_into IS NULL GROUP BY b.store_id, b.id"
        " HAVING b.orders_count <> count(o.id)"
        " OR b.spent_minor <> coalesce(sum(o.total_minor - o.refunded_minor), 0)"
    )
    assert wrong == []


def test_every_campaigns_decisions_add_up_to_its_audience(struck: Demo) -> None:
    campaigns = struck.api("/campaigns?limit=200")["items"]
    assert Counter(one["kind"] for one in campaigns) == {"promotion": 6, "birthday": 2, "survey": 2}
    for campaign in campaigns:
        report = struck.api(f"/campaigns/{campaign['id']}/report")
        assert report["audience"] == sum(report["decisions"].values()), campaign["name"]
    reasons = {reason for (reason,) in struck.rows("SELECT DISTINCT reason FROM decisions")}
    assert {"no_consent", "no_address", "frequency_cap", None} <= reasons


def test_nobody_got_anything_twice_and_every_send_is_a_message(struck: Demo) -> None:
    sent = struck.rows("SELECT count(*), count(message_id) FROM decisions WHERE outcome = 'send'")
    assert sent[0][0] == sent[0][1]
    assert sent[0][0] > 40
    twice = struck.rows(
        "SELECT message_id FROM deliveries WHERE event = 'accepted'"
        " GROUP BY store_id, message_id HAVING count(*) > 1"
    )
    assert twice == []
    final = {"accepted", "delivered", "uncertain", "expired", "refused", "cancelled"}
    states = dict(struck.rows("SELECT state, count(*) FROM messages GROUP BY state"))
    assert set(states) <= final | {"deferred", "queued"}
    assert states.get("uncertain", 0) <= len(struck.killed)


def test_coupons_balance_and_what_was_bought_with_them_is_matched(struck: Demo) -> None:
    states = dict(struck.rows("SELECT state, count(*) FROM coupons GROUP BY state"))
    assert states["redeemed"] > 0
    codes = struck.ledger["tea-house"]["codes"]
    live = struck.rows(
        "SELECT lower(code) FROM coupons c JOIN stores s ON s.id = c.store_id"
        " WHERE s.slug = 'tea-house' AND c.live_at IS NOT NULL AND c.state <> 'void'"
    )
    assert sorted(code for (code,) in live) == codes
    shopped = sum(
        bool(order["coupons"]) and order["paid"] and not order["cancelled"]
        for shop in struck.ledger.values()
        for order in shop["orders"].values()
    )
    assert struck.rows("SELECT count(*) FROM redemptions") == [(shopped,)]


def test_answers_are_kept_once_and_low_ones_are_cases(struck: Demo) -> None:
    answers, low = struck.rows(
        "SELECT count(*), count(*) FILTER (WHERE score <= 2) FROM survey_responses"
    )[0]
    assert answers > 5
    from_surveys = struck.rows("SELECT count(*) FROM cases WHERE source LIKE 'survey:%'")
    assert from_surveys == [(low,)]
    assert struck.rows("SELECT count(*) FROM cases WHERE verdict IS NOT NULL")[0][0] > 0


def test_the_second_start_shows_the_same_past_at_once(struck: Demo) -> None:
    before, told = struck.rows("SELECT count(*), max(id) FROM orders"), struck.ledger
    assert struck.stop() == 0
    struck.start()
    struck.wait()
    assert struck.rows("SELECT count(*), max(id) FROM orders") == before
    assert struck.ledger == told
