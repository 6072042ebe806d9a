"""A program that calls the API with a key."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crm import clock, db
from crm.access.keys import make_key
from crm.stores.models import Store
from tests.factories import make_store

PREFIX = "/api/v1"


class Program:
    """Speaks JSON with a bearer key; `plain` is the key."""

    def __init__(self, client: FlaskClient, plain: str) -> None:
        self.client = client
        self.plain = plain

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request and give the whole answer."""
        headers = {"Authorization": f"Bearer {self.plain}", **options.pop("headers", {})}
        return self.client.open(PREFIX + path, method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Any:
        """Read something that must be there."""
        return self._good(self.call("GET", path, query_string=query))

    def post(self, path: str, **body: Any) -> Any:
        """Do something that must succeed."""
        return self._good(self.call("POST", path, json=body))

    def patch(self, path: str, **body: Any) -> Any:
        """Change something, successfully."""
        return self._good(self.call("PATCH", path, json=body))

    def put(self, path: str, body: Any) -> Any:
        """Replace something, successfully."""
        return self._good(self.call("PUT", path, json=body))

    def refused(self, method: str, path: str, status: int, **options: Any) -> Any:
        """Ask for something that must be refused; gives the problem."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, answer.get_data(as_text=True)
        assert answer.mimetype == "application/problem+json"
        problem = answer.get_json()
        assert problem["status"] == status
        assert problem["detail"]
        return problem

    @staticmethod
    def _good(answer: TestResponse) -> Any:
        assert 200 <= answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json() if answer.data else None


@pytest.fixture
def store(client: FlaskClient) -> Store:
    """A tea shop in Berlin."""
    with db.session() as session:
        return make_store(session)


@pytest.fixture
def other_store(client: FlaskClient) -> Store:
    """A shop of somebody else."""
    with db.session() as session:
        return make_store(session, slug="elsewhere", name="Elsewhere")


@pytest.fixture
def api(client: FlaskClient) -> Program:
    """A program of the owner that reaches every store."""
    return program(client, "owner")


def program(client: FlaskClient, role: str, stores: Sequence[Store] | None = None) -> Program:
    """Make a program with a role, limited to some stores or not."""
    ids = None if stores is None else [store.id for store in stores]
    with db.session() as session:
        _key, plain = make_key(session, f"a {role}", role, ids, clock.now())
    return Program(client, plain)
