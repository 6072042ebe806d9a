"""Logs: one handler for everything, ids only; what could be about a person is dropped."""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from crm.config import Settings

# A key outside this list is dropped with its value: nobody has judged it harmless.
KEYS = frozenset(
    "attempt attempts campaign channel child code count days depth due endpoint event exc_info"
    " exception failpoint fault feed flow job kind level logger method migration occurrence outcome"
    " parts pid platform process reason rounds run seconds signal slot sqlstate state status store"
    " task timestamp topic units url version webhook".split()
)
_KEY_ENDINGS = ("_id", "_ids", "_count", "_seconds", "_at")
_TELLING = (
    (re.compile(r"[^\s@'\"<>(]+@[^\s@'\">)]+\.\w+"), "<email>"),
    (re.compile(r"\+\d[\d ()-]{6,}\d"), "<phone>"),
    (re.compile(r"(DETAIL|CONTEXT):.*"), ""),
    (re.compile(r"\[parameters:.*"), ""),
)
_QUIET = ("rq", "urllib3", "alembic", "werkzeug", "mail", "aiosmtpd")


def configure(settings: Settings, process: str) -> None:
    """Send every log line of this process to stderr, as text or JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings.log_format, process, shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def without_people(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop keys nobody has judged harmless, and mask addresses and numbers in the rest."""
    return {
        key: _masked(value)
        for key, value in event.items()
        if key in KEYS or key.endswith(_KEY_ENDINGS)
    }


def _formatter(
    form: str, process: str, shared: list[Processor]
) -> structlog.stdlib.ProcessorFormatter:
    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return event if form == "text" else {**event, "process": process}

    renderer: Processor = structlog.processors.JSONRenderer(sort_keys=True)
    if form == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_people,
            name_process,
            renderer,
        ],
    )


def _masked(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for pattern, mask in _TELLING:
        value = pattern.sub(mask, value)
    return value


def place_of(fault: BaseException) -> str:
    """Say what broke and where in our code; a fault's own words may quote a buyer's data."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "/crm/" in frame.filename] or frames
    place = ours[-1].filename.rpartition("/crm/")[2]
    return f"{type(fault).__name__} in {place}:{ours[-1].lineno}"
