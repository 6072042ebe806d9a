"""A POST with an Idempotency-Key is done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from crm import clock, db
from crm.access import idempotency
from crm.access.keys import make_key
from crm.access.models import IdempotentAnswer
from crm.stores.models import Store
from tests.api.conftest import PREFIX, Program, program

BODY = {"name": "Tea", "platform": "standard", "currency": "EUR", "timezone": "Europe/Berlin"}


def test_the_same_request_again_gets_the_same_answer(api: Program) -> None:
    first, again = _post(api, BODY), _post(api, BODY)
    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.get("/stores")["items"]) == 1


def test_another_request_with_the_same_key_is_refused(api: Program) -> None:
    _post(api, BODY)
    refused = _post(api, {**BODY, "name": "Coffee"})
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.get_json()["errors"]


def test_the_keys_of_two_programs_are_their_own(client: FlaskClient, api: Program) -> None:
    assert _post(api, BODY).get_json()["slug"] == "tea"
    assert _post(program(client, "owner"), BODY).get_json()["slug"] == "tea-2"


def test_a_refused_request_may_be_mended_and_sent_again(api: Program) -> None:
    assert _post(api, {**BODY, "currency": "XXQ"}).status_code == 422
    assert _post(api, BODY).status_code == 201


def test_the_kept_answer_is_sealed(api: Program) -> None:
    secret = _post(api, BODY).get_json()["secret"]
    with db.session() as session:
        kept = session.scalars(select(IdempotentAnswer.body)).one()
    assert kept
    assert secret not in kept


def test_while_the_first_one_runs_the_second_is_told_to_wait(api: Program) -> None:
    once = idempotency.Once(_key_id(), "k1", "print")
    with db.session() as session:
        assert idempotency.find_answer(session, once, clock.real_now()) is None
        assert _post(api, BODY).status_code == 409
    assert _post(api, BODY).status_code == 201


def test_a_key_is_forgotten_after_a_day(api: Program) -> None:
    _post(api, BODY)
    with db.session() as session:
        session.execute(
            text("UPDATE idempotent_answers SET created_at = created_at - :day"),
            {"day": timedelta(hours=25)},
        )
    assert _post(api, BODY).get_json()["slug"] == "tea-2"


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_a_key_that_cannot_be_kept_is_refused(api: Program, key: str) -> None:
    assert _post(api, BODY, key).status_code == 422


def test_of_many_at_once_exactly_one_is_done(
    serve: str, at: Callable[[str], None], store: Store
) -> None:
    with db.session() as session:
        _, plain = make_key(session, "racer", "owner", None, clock.now())
    headers = {"Authorization": f"Bearer {plain}", "Idempotency-Key": "race"}

    def send(_number: int) -> int:
        url = f"{serve}{PREFIX}/stores"
        return requests.post(url, json=BODY, headers=headers, timeout=10).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(16)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    with db.session() as session:
        assert session.scalar(select(func.count()).where(Store.name == "Tea")) == 1


def _post(api: Program, body: dict[str, Any], key: str = "k1") -> Any:
    return api.call("POST", "/stores", json=body, headers={"Idempotency-Key": key})


def _key_id() -> int:
    from crm.access.models import ApiKey

    with db.session() as session:
        return session.scalars(select(ApiKey.id)).one()
