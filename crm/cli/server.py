"""The web server: gunicorn around the application, threads in a few processes."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from crm import config, db, queue
from crm.app import create_app
from crm.cli import pool

_THREADS = 4


def serve(build: Callable[[], Flask] = create_app) -> None:
    """Serve until SIGTERM; requests at hand are finished first."""
    _Server(build).run()


class _Server(BaseApplication):  # type: ignore[misc]
    """Loads the application once, before the processes fork, so that they share its memory."""

    def __init__(self, build: Callable[[], Flask]) -> None:
        self.build = build
        super().__init__()

    def load_config(self) -> None:
        settings = config.settings()
        chosen: dict[str, Any] = {
            "bind": settings.bind,
            "workers": settings.web_workers,
            "worker_class": "gthread",
            "threads": _THREADS,
            "preload_app": True,
            "post_fork": _forget_sockets,
            "graceful_timeout": 10,
            "timeout": 60,
            "keepalive": 5,
            "logger_class": _Logger,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = self.build()
        _warm_up(app)
        return app


class _Logger(Logger):  # type: ignore[misc]
    """Lets gunicorn's lines go the way of all others; requests are not logged."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002
        self.error_log.propagate = True
        self.access_log.propagate = False


def _warm_up(app: Flask) -> None:
    """Answer once before the fork: what the first request loads is then shared as well."""
    app.test_client().get("/readyz")
    queue.forget_connection()
    pool.share_memory()


def _forget_sockets(_server: object, _worker: object) -> None:
    """Drop what was opened before the fork: two processes must not speak on one socket."""
    db.dispose(close=False)
    queue.forget_connection()
