"""What machines ask: alive, ready, what is waiting, figures for Prometheus; nobody's data."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import redis
from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from crm import __version__, backlog, clock, db, migrate, queue

_STALE = timedelta(minutes=2)
_LATE_SECONDS = 600
# A database that keeps silent is away; whoever asks here must not hold a thread for it.
_PATIENCE_SECONDS = 2.0

health = Blueprint("health", __name__)


def register(app: Flask) -> None:
    """Serve the four health addresses."""
    app.register_blueprint(health)


@health.get("/livez")
def livez() -> Response:
    """Tell that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Tell whether requests can be served: SQL answers and the schema is the newest."""
    checks = {"database": "ok", "migrations": "ok", "doorbell": "ok" if _rings() else "degraded"}
    try:
        with db.within(_PATIENCE_SECONDS):
            missing = migrate.pending()
        if missing:
            checks["migrations"] = f"missing: {', '.join(missing)}"
    except SQLAlchemyError:
        checks |= {"database": "unreachable", "migrations": "unknown"}
    ready = checks["database"] == checks["migrations"] == "ok"
    return jsonify({"ready": ready, "checks": checks}), 200 if ready else 503


@health.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Tell what is waiting; only work that is due now counts."""
    try:
        with db.within(_PATIENCE_SECONDS), db.session() as session:
            found = backlog.read(session, clock.now(), clock.real_now())
    except SQLAlchemyError:
        return jsonify(_answer(backlog.without_database(), "degraded")), 503
    return jsonify(_answer(found, "ok" if _is_well(found) else "degraded")), 200


def _answer(found: backlog.Backlog, status: str) -> dict[str, Any]:
    return {
        "status": status,
        "depths": found.depths,
        "oldest_seconds": found.oldest_seconds,
        "uncertain": found.uncertain,
        "failed_webhooks": found.failed_webhooks,
        "last_tick_at": _written(found.last_tick_at),
        "hold": found.hold,
    }


def _is_well(found: backlog.Backlog) -> bool:
    ticks = found.last_tick_at is not None and clock.real_now() - found.last_tick_at < _STALE
    return ticks and not found.hold and found.oldest_seconds < _LATE_SECONDS and _rings()


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _rings() -> bool:
    try:
        queue.ping()
    except redis.RedisError:
        return False
    return True


@health.get("/metrics")
def metrics() -> Response:
    """Give the figures of this moment, read from the database at each scrape."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


class _Figures(Collector):
    """Reads everything when asked: no counter of a process can be lost or leak."""

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("regulars", "The running version.", {"version": __version__})
        yield GaugeMetricFamily("regulars_doorbell_up", "Redis answers.", float(_rings()))
        try:
            with db.within(_PATIENCE_SECONDS), db.session() as session:
                found = backlog.read(session, clock.now(), clock.real_now())
                states = backlog.count_states(session)
        except SQLAlchemyError:
            yield GaugeMetricFamily("regulars_database_up", "PostgreSQL answers.", 0)
            return
        yield GaugeMetricFamily("regulars_database_up", "PostgreSQL answers.", 1)
        yield from _backlog_figures(found)
        yield from _state_figures(states)


def _backlog_figures(found: backlog.Backlog) -> Iterable[Metric]:
    depths = GaugeMetricFamily("regulars_due", "Work that is due now.", labels=["work"])
    for work, number in found.depths.items():
        depths.add_metric([work], number)
    yield depths
    yield GaugeMetricFamily("regulars_oldest_seconds", "Age of due work.", found.oldest_seconds)
    yield GaugeMetricFamily("regulars_hold", "Promotions are on hold.", float(found.hold))
    if found.last_tick_at is not None:
        at = found.last_tick_at.timestamp()
        yield GaugeMetricFamily("regulars_last_tick_timestamp_seconds", "The last sweep.", at)


def _state_figures(states: dict[str, dict[str, int]]) -> Iterable[Metric]:
    for thing, counted in states.items():
        family = GaugeMetricFamily(f"regulars_{thing}", f"Number of {thing}.", labels=["state"])
        for state, number in sorted(counted.items()):
            family.add_metric([state], number)
        yield family
