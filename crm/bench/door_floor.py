"""The floor of a door for webhooks: HMAC, one INSERT, COMMIT, and nothing else."""

import base64
import hmac
import threading

import psycopg
from flask import Flask, Response, request

from crm import config

TABLE = "CREATE TABLE bench_bodies (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)"
_KEEP = "INSERT INTO bench_bodies (body) VALUES (%s)"
_mine = threading.local()


def create_app(secret: str) -> Flask:
    """Build the smallest application that keeps signed webhooks durably."""
    app = Flask("floor")
    key = secret.encode()

    @app.post("/webhooks/<slug>")
    def receive(slug: str) -> Response:  # noqa: ARG001
        body = request.get_data(cache=False)
        signature = base64.b64encode(hmac.digest(key, body, "sha256")).decode()
        if not hmac.compare_digest(signature, request.headers["X-WC-Webhook-Signature"]):
            return Response(status=401)
        _connection().execute(_KEEP, (body,), prepare=True)
        return Response(status=200)

    return app


def _connection() -> psycopg.Connection:
    """Keep one connection a thread open; a statement of its own commits within its one trip."""
    if not hasattr(_mine, "connection"):
        url = config.settings().database_url
        assert url is not None
        _mine.connection = psycopg.connect(url, autocommit=True)
    connection: psycopg.Connection = _mine.connection
    return connection
