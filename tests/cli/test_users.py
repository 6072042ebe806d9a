"""`crm user` and `crm key`."""

import json

import pytest
from click.testing import CliRunner, Result

from crm import clock, db
from crm.access.keys import find_actor_by_key
from crm.access.users import check_password, find_user
from crm.cli import main
from tests.factories import make_store


def test_a_user_made_here_signs_in(database: None) -> None:
    with db.session() as session:
        store = make_store(session, slug="tea-house")
    made = _crm(
        "user add ada@tea.test --role seller --store tea-house --password-stdin --json",
        stdin="correct horse\n",
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["stores"] == ["tea-house"]
    with db.session() as session:
        user = check_password(session, "ada@tea.test", "correct horse", clock.now())
        assert user is not None
        assert (user.role, user.store_ids) == ("seller", [store.id])
    assert "ada@tea.test" in _crm("user list").stdout


def test_a_key_is_shown_once_and_opens_the_api(database: None) -> None:
    made = _crm("key add robot --role marketer --json")
    plain = json.loads(made.stdout)["key"]
    with db.session() as session:
        actor = find_actor_by_key(session, plain, clock.now())
    assert actor is not None
    assert (actor.role, actor.store_ids) == ("marketer", None)
    listed = _crm("key list --json")
    assert plain not in listed.stdout
    key_id = json.loads(listed.stdout)[0]["id"]
    assert _crm(f"key revoke {key_id}").exit_code == 0
    with db.session() as session:
        assert find_actor_by_key(session, plain, clock.now()) is None


@pytest.mark.parametrize(
    ("line", "stdin", "said"),
    [
        ("user add ada@tea.test --role seller --password-stdin", "short\n", "password"),
        ("user add ada@tea.test --role seller --password-stdin", "", "standard input"),
        ("user add nobody --role seller --password-stdin", "correct horse\n", "email"),
        ("key add robot --role owner --store nowhere", "", "nowhere"),
        ("key revoke 99", "", "no such key"),
    ],
)
def test_a_refusal_says_why_and_exits_with_one(
    database: None, line: str, stdin: str, said: str
) -> None:
    refused = _crm(line, stdin)
    assert refused.exit_code == 1
    assert said in refused.stderr
    with db.session() as session:
        assert find_user(session, "ada@tea.test") is None


def test_a_role_that_does_not_exist_is_a_usage_error(database: None) -> None:
    assert _crm("key add robot --role king").exit_code == 2


def _crm(line: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, line.split(), input=stdin)
