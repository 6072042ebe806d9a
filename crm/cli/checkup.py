"""What `crm doctor` looks at: a list of checks, each gives its findings."""

import importlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import redis
from sqlalchemy import text

from crm import alarms, clock, config, db, instance, migrate, queue
from crm.webhooks import spool

# One row a check: a function without arguments that gives findings.
CHECKS = (
    "crm.cli.checkup:database",
    "crm.cli.checkup:doorbell",
    "crm.cli.checkup:mail",
    "crm.cli.checkup:test_mode",
    "crm.cli.checkup:hold",
    "crm.cli.checkup:stale_work",
    "crm.cli.checkup:spool_files",
    "crm.cli.checkup:storefronts",
)
_LATE_SECONDS = 600


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `words` say what was found and, when it is not fine, the mend."""

    check: str
    fine: bool
    words: str

    def as_json(self) -> dict[str, object]:
        """Write the finding for a program."""
        return asdict(self)

    def as_text(self) -> str:
        """Write the finding for people."""
        return f"{'ok   ' if self.fine else 'WRONG'} {self.check}: {self.words}"


def examine() -> list[Finding]:
    """Run every check; a schema that is not current ends the examination."""
    findings: list[Finding] = []
    for place in CHECKS:
        module, _, name = place.partition(":")
        findings += getattr(importlib.import_module(module), name)()
        if not findings[0].fine:
            break
    return findings


def database() -> Iterable[Finding]:
    """Check the database and its shape."""
    waiting = migrate.pending()
    with db.engine().connect() as connection:
        version = connection.scalar(text("SHOW server_version"))
    words = f"PostgreSQL {version}, {migrate.newest()}"
    if waiting:
        words = f"pending migrations: {', '.join(waiting)}; run `crm migrate`"
    yield Finding("database", not waiting, words)


def doorbell() -> Iterable[Finding]:
    """Check that rings get through."""
    try:
        queue.ping()
    except redis.RedisError as fault:
        yield Finding("doorbell", False, f"does not answer ({type(fault).__name__}): work is late")
    else:
        yield Finding("doorbell", True, f"answers, {queue.depth()} rings wait")


def mail() -> Iterable[Finding]:
    """Say where mail goes."""
    if config.settings().smtp_url:
        yield Finding("mail", True, "goes to the mail server of CRM_SMTP_URL")
    else:
        yield Finding("mail", True, "is kept in the local outbox, nothing is sent: no CRM_SMTP_URL")


def test_mode() -> Iterable[Finding]:
    """Warn about settings for tests."""
    if config.settings().test:
        yield Finding("test mode", True, "CRM_TEST is on: never with real buyers")


def hold() -> Iterable[Finding]:
    """Check that promotions may go out."""
    with db.session() as session:
        row = instance.find_instance(session)
    held = row is not None and row.hold
    reason = row.held_reason if row and held else None
    words = f"promotions are on hold: {reason}; `crm campaign resume-all` lets them go"
    yield Finding("hold", not held, words if held else "promotions may go out")


def stale_work() -> Iterable[Finding]:
    """Count what waits too long, is uncertain or has failed."""
    now, real_now = clock.now(), clock.real_now()
    limits = {"now": now, "real_now": real_now, "late": _LATE_SECONDS}
    with db.engine().connect() as connection:
        for check, (statement, mend) in _COUNTS.items():
            found = connection.scalar(text(statement), limits) or 0
            yield Finding(check, not found, f"{found}; {mend}" if found else "none")


def spool_files() -> Iterable[Finding]:
    """Check that no webhook kept as a file was put aside for a person to look at."""
    aside = [place.name for place in spool.broken()]
    mend = f"{len(aside)} cannot be read: {', '.join(aside[:3])}; look at them in the spool folder"
    yield Finding("webhooks put aside", not aside, mend if aside else "none")


def storefronts() -> Iterable[Finding]:
    """Say what is wrong between us and the storefronts."""
    with db.session() as session:
        found = alarms.list_alarms(session, None, clock.now())
    for alarm in found:
        yield Finding(f"store {alarm.store}", not alarm.grave, alarm.words)
    if not found:
        yield Finding("storefronts", True, "nothing is missed, no webhook is switched off")


_COUNTS = {
    "late webhooks": (
        "SELECT count(*) FROM webhooks WHERE state IN ('pending', 'processing')"
        " AND received_at < CAST(:real_now AS timestamptz) - make_interval(secs => :late)",
        "does a worker run?",
    ),
    "failed webhooks": (
        "SELECT count(*) FROM webhooks WHERE state = 'failed'",
        "see `crm inbox list --state failed`, then `crm inbox replay`",
    ),
    "late messages": (
        "SELECT count(*) FROM messages WHERE state IN ('queued', 'deferred')"
        " AND greatest(not_before, created_at)"
        " < CAST(:now AS timestamptz) - make_interval(secs => :late) AND expires_at > :now",
        "does a worker run, does the mail server answer?",
    ),
    "abandoned messages": (
        "SELECT count(*) FROM messages WHERE state IN ('claimed', 'in_flight')"
        " AND lease_until < CAST(:real_now AS timestamptz) - make_interval(secs => :late)",
        "does a worker run?",
    ),
    "uncertain messages": (
        "SELECT count(*) FROM messages WHERE state = 'uncertain'",
        "the mail server may have them; resolve each in the panel",
    ),
}
