"""Our plugin for WooCommerce, played by PHP where there is one; what it posts is read as news.

WordPress itself is only as much as the plugin touches: tests/fakes/wordpress.
"""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.events import Birthday, ConsentChanged, Event, OrderChanged, ReviewDeleted, ReviewPosted
from crm.storefronts import Home, Hook, Secrets, woocommerce
from tests.fakes.senders import payload, woo_post

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "integrations" / "woocommerce" / "regulars"
SECRET = "s3cret-of-the-tea-house"
HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(woocommerce.OPTIONS))
PHP = shutil.which("php")
pytestmark = pytest.mark.skipif(not PHP, reason="there is no php on this machine")


def play(scene: str) -> dict[str, Any]:
    """Play a scene; gives the posts, the jobs still planned, the log and the scene's result."""
    script = ROOT / "tests" / "fakes" / "wordpress" / "play.php"
    done = subprocess.run(
        [PHP or "php", str(script), scene], capture_output=True, text=True, check=True, timeout=30
    )
    played: dict[str, Any] = json.loads(done.stdout)
    return played


def told(posts: list[dict[str, Any]]) -> list[Event]:
    """Verify each post at our door and say what it means."""
    events: list[Event] = []
    for post in posts:
        assert post["url"] == "https://crm.example.test/webhooks/tea-house"
        assert post["redirection"] == 0
        headers = {name.lower(): value for name, value in post["headers"].items()}
        hook = Hook(post["body"].encode(), headers, datetime.now(UTC))
        woocommerce.verify(hook, Secrets((SECRET,)), datetime.now(UTC))
        assert not woocommerce.handshake(hook)
        events += woocommerce.parse(hook, HOME)
    return events


@pytest.mark.parametrize("script", sorted(PLUGIN.rglob("*.php")), ids=lambda path: path.name)
def test_every_script_is_php(script: Path) -> None:
    subprocess.run([PHP or "php", "-l", str(script)], capture_output=True, check=True, timeout=30)


def test_a_review_that_was_posted_is_told_once_and_signed() -> None:
    (event,) = told(play("posted")["posts"])
    assert isinstance(event, ReviewPosted)
    assert (event.external_id, event.rating, event.product_id) == ("20", 2, "93")
    assert event.body == "Smells of hay.\nI wanted “flowers”."
    assert event.person
    assert (event.person.external_id, event.person.email) == ("25", "mei.lin@example.test")
    assert abs(event.version.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert event.posted_at == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert event.url == "https://tea.example.test/oolong#comment-20"


def test_holding_back_spam_and_trash_are_told_as_they_happen() -> None:
    kinds = [type(event) for event in told(play("moderated")["posts"])]
    assert kinds == [ReviewPosted, ReviewPosted, ReviewDeleted, ReviewDeleted, ReviewPosted]


def test_other_stars_are_an_edit() -> None:
    (event,) = told(play("rated")["posts"])
    assert isinstance(event, ReviewPosted)
    assert event.rating == 5


def test_a_review_deleted_for_good_is_told_by_its_number() -> None:
    (event,) = told(play("deleted")["posts"])
    assert isinstance(event, ReviewDeleted)
    assert event.external_id == "20"


@pytest.mark.parametrize("scene", ["others", "unset"])
def test_comments_that_are_none_and_a_plugin_not_set_up_post_nothing(scene: str) -> None:
    played = play(scene)
    assert (played["posts"], played["jobs"]) == ([], [])


def test_when_nobody_answers_it_is_tried_again_and_the_job_carries_a_number_only() -> None:
    played = play("away")
    assert played["result"] == [5, 60, 300, 1800]
    assert len(told(played["posts"])) == 4
    (job,) = play("interface")["jobs"]
    assert job["job"] == [20, False, 0]


def test_after_two_days_it_gives_up_and_says_so_without_naming_anybody() -> None:
    played = play("gone_for_good")
    assert len(played["posts"]) == 8
    (line,) = played["logged"]
    assert line == "Review 20 could not be told to Regulars (500)."


def test_the_interface_says_of_a_changed_review_when_that_was() -> None:
    before, after = play("interface")["result"]
    assert before == {"id": 20, "rating": 2}
    assert after["customer_id"] == 25
    assert datetime.fromisoformat(after["date_modified_gmt"] + "Z")


def test_refunds_get_the_day_they_were_made() -> None:
    with_refunds, without = play("refunds")["result"]
    assert without == {"id": 1}
    event = order(refunds=with_refunds["refunds"])[0]
    assert isinstance(event, OrderChanged)
    dates = {refund.external_id: refund.refunded_at for refund in event.refunds}
    assert dates["777"] == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert dates["778"] == event.version.at


def test_a_birthday_may_be_left_out_and_must_be_a_day_if_it_is_not() -> None:
    fields, required, accepted, notices, blocks = play("birthday")["result"]
    assert (fields, required) == (["billing_email", "billing_birthday"], False)
    assert {text for text, is_good in accepted.items() if is_good} == {"", "1990-02-28"}
    assert (notices, blocks) == (1, [])


def test_a_checkout_of_blocks_keeps_both_where_the_classic_one_does() -> None:
    found = play("blocks")["result"]
    assert found["classic"] == []
    assert [field["required"] for field in found["fields"].values()] == [False, False]
    assert set(found["order"]) == {"_billing_birthday", "_regulars_consent"}
    assert found["customer"] == {"billing_birthday": "1990-02-28"}
    assert found["unticked"] == ["_billing_birthday"]
    assert found["checks"] == [True, True, False]
    kept = [{"key": key, "value": value} for key, value in found["order"].items()]
    changed, consent = order(meta_data=kept)
    assert isinstance(changed, OrderChanged)
    assert changed.person
    assert changed.person.birthday == Birthday(2, 28, 1990)
    assert isinstance(consent, ConsentChanged)


def test_only_a_tick_is_consent_with_its_words_and_its_time() -> None:
    found = play("consent")["result"]
    assert "checked" not in found["box"]
    assert found["silent"] == []
    said = found["ticked"]["_regulars_consent"]
    assert found["worded"]["_regulars_consent"]["version"] != said["version"]
    assert "Send me letters" in found["shown"]
    changed, consent = order(meta_data=[{"key": "_regulars_consent", "value": said}])
    assert isinstance(changed, OrderChanged)
    assert isinstance(consent, ConsentChanged)
    assert (consent.channel, consent.status) == ("email", "granted")
    assert consent.decided_at == datetime.fromisoformat(said["at"])
    assert consent.proof
    assert consent.proof.endswith(f"text {said['version']}: Send me letters")


def test_the_settings_page_escapes_checks_and_keeps_the_secret_to_itself() -> None:
    played = play("settings")
    found = played["result"]
    assert found["kept"]["url"].startswith("https://")
    assert found["kept"]["secret"] == SECRET
    assert len(found["faults"]) == 1
    assert SECRET not in found["html"]
    assert 'value="&quot;&gt;x"' in found["html"]
    assert "nonce-regulars-options" in found["html"]
    assert (found["forged"], found["denied"], found["hidden"]) == ("nonce", "died", "")
    assert found["tried"].endswith("answered=200")
    assert found["may"] == ["manage_woocommerce", "manage_woocommerce"]
    assert len(told(played["posts"])) == 1


def test_what_is_saved_first_switches_nothing_on_that_was_not_ticked() -> None:
    kept = play("first_settings")["result"]
    assert (kept["birthday"], kept["consent"], kept["secret"]) == ("no", "yes", "s")


def test_a_plugin_switched_off_takes_its_jobs_along() -> None:
    assert play("stopped")["jobs"] == []


def order(**changes: Any) -> tuple[Event, ...]:
    headers, content = woo_post(
        "s", "order.updated", payload("woocommerce/order-processing") | changes
    )
    lower = {name.lower(): text for name, text in headers.items()}
    return woocommerce.parse(Hook(content, lower, datetime.now(UTC)), HOME)
