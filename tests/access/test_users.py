"""People who sign in."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from crm.access.users import (
    NewUser,
    actor_of,
    add_first_owner,
    add_user,
    check_password,
    end_sessions,
    find_session_user,
    find_user,
    has_users,
    set_password,
)
from crm.errors import Conflict, Rejected

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PASSWORD = "correct horse"


def test_somebody_is_recognised_by_address_and_password(session: Session) -> None:
    added = add_user(session, NewUser("Ada@Tea.test", "seller", PASSWORD, [3, 1, 3]), NOW)
    assert check_password(session, " ada@tea.TEST", PASSWORD, NOW) is added
    assert added.last_login_at == NOW
    assert check_password(session, "ada@tea.test", "wrong horse", NOW) is None
    assert check_password(session, "bo@tea.test", PASSWORD, NOW) is None
    assert check_password(session, "ada\0@tea.test", PASSWORD, NOW) is None


def test_a_password_is_kept_only_as_an_argon2_hash(session: Session) -> None:
    added = add_user(session, NewUser("ada@tea.test", "seller", PASSWORD), NOW)
    assert added.password.startswith("$argon2id$")
    assert PASSWORD not in added.password


def test_a_user_reaches_her_stores_and_no_other(session: Session) -> None:
    limited = actor_of(add_user(session, NewUser("a@tea.test", "seller", PASSWORD, [3, 1, 3]), NOW))
    free = actor_of(add_user(session, NewUser("b@shop.local", "owner", PASSWORD), NOW))
    assert (limited.store_ids, limited.kind, limited.name) == ((1, 3), "user", "a@tea.test")
    assert free.store_ids is None


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewUser("nobody", "seller", PASSWORD), "email"),
        (NewUser("a@tea.test", "king", PASSWORD), "role"),
        (NewUser("a@tea.test", "seller", "short"), "password"),
        (NewUser("a@tea.test", "seller", "x" * 257), "password"),
    ],
)
def test_what_cannot_be_used_is_named(session: Session, new: NewUser, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        add_user(session, new, NOW)
    assert list(refused.value.errors) == [field]
    assert not has_users(session)


def test_an_address_signs_in_once_whatever_its_case(session: Session) -> None:
    add_user(session, NewUser("ada@tea.test", "seller", PASSWORD), NOW)
    with pytest.raises(Conflict):
        add_user(session, NewUser("ADA@tea.test", "owner", PASSWORD), NOW)


def test_the_first_visit_makes_the_owner_and_the_second_does_not(session: Session) -> None:
    owner = add_first_owner(session, "ada@tea.test", PASSWORD, NOW)
    assert (owner.role, owner.store_ids) == ("owner", None)
    with pytest.raises(Conflict):
        add_first_owner(session, "bo@tea.test", PASSWORD, NOW)


def test_a_new_password_or_signing_out_everywhere_ends_every_session(session: Session) -> None:
    added = add_user(session, NewUser("ada@tea.test", "seller", PASSWORD), NOW)
    for end in (
        lambda: set_password(session, added, "another horse"),
        lambda: end_sessions(session, added),
    ):
        before = added.fs_uniquifier
        assert find_session_user(session, before) is added
        end()
        assert find_session_user(session, before) is None
    assert check_password(session, "ada@tea.test", PASSWORD, NOW) is None
    assert check_password(session, "ada@tea.test", "another horse", NOW) is added


def test_somebody_put_to_rest_cannot_sign_in(session: Session) -> None:
    added = add_user(session, NewUser("ada@tea.test", "seller", PASSWORD), NOW)
    added.active = False
    session.flush()
    assert check_password(session, "ada@tea.test", PASSWORD, NOW) is None
    assert find_session_user(session, added.fs_uniquifier) is None
    assert find_user(session, "ada@tea.test") is added


def test_an_unknown_address_takes_as_long_as_a_known_one(session: Session) -> None:
    add_user(session, NewUser("ada@tea.test", "seller", PASSWORD), NOW)
    check_password(session, "nobody@tea.test", PASSWORD, NOW)  # makes the hash of nobody

    def fastest(email: str) -> float:
        taken = []
        for _ in range(5):
            begun = time.process_time()
            check_password(session, email, "wrong horse", NOW)
            taken.append(time.process_time() - begun)
        return min(taken)

    known, unknown = fastest("ada@tea.test"), fastest("nobody@tea.test")
    assert 0.5 < known / unknown < 2
