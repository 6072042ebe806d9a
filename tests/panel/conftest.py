"""Somebody who signed in to the panel, and a small tea shop to look after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crm import db
from crm.access.users import NewUser, add_user
from crm.panel.door import limiter
from crm.stores.models import Store
from tests.factories import NOW, make_store
from tests.panel.pages import Page

PASSWORD = "a good password"


@dataclass
class Reader:
    """A person at the panel: opens pages, fills in forms."""

    client: FlaskClient
    _token: str = ""

    def get(self, path: str, status: int = 200, /, **headers: str) -> Page:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        return Page(answer.text)

    def post(self, path: str, status: int = 303, /, **fields: Any) -> TestResponse:
        """Send a form with its token; `__` in a field's name stands for its dot."""
        form = {name.replace("__", "."): value for name, value in fields.items()}
        answer = self.client.post(path, data={"csrf_token": self.token(), **form})
        assert answer.status_code == status, (path, answer.status_code, answer.text[:800])
        return answer

    def token(self) -> str:
        """Give the token that every form of this session carries."""
        self._token = self._token or Page(self.client.get("/stores").text).fields["csrf_token"]
        return self._token

    def notices(self) -> str:
        return self.get("/stores").words


@pytest.fixture(autouse=True)
def _patience(app: Flask) -> Iterator[None]:
    """Every test may try its passwords anew."""
    del app
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def store(client: FlaskClient) -> Store:
    """A connected tea shop."""
    with db.session() as session:
        return make_store(session, slug="tea-house")


@pytest.fixture
def sign_in(client: FlaskClient, store: Store) -> Callable[..., Reader]:
    """Sign somebody in by the form: `sign_in("seller")`."""

    def signed(role: str = "owner", store_ids: list[int] | None = None) -> Reader:
        email = f"{role}@tea.example"
        with db.session() as session:
            add_user(session, NewUser(email, role, PASSWORD, store_ids), NOW)
        browser = client.application.test_client()
        token = Page(browser.get("/sign-in").text).fields["csrf_token"]
        form = {"csrf_token": token, "email": email, "password": PASSWORD}
        assert browser.post("/sign-in", data=form).status_code == 303
        return Reader(browser)

    return signed


@pytest.fixture
def owner(sign_in: Callable[..., Reader]) -> Reader:
    """The owner, signed in."""
    return sign_in("owner")
