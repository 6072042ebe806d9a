"""PostgreSQL: one engine a process, one transaction a `session()` block."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from time import monotonic
from typing import Annotated, Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    Identity,
    MetaData,
    Text,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from crm import config

_CONNECTING: Mapping[str, Any] = {
    "application_name": "regulars",
    "options": "-c timezone=UTC",
    "connect_timeout": 5,  # how long to wait for a server that does not answer at all
    # A server that vanished from the network without a word is missed after a minute at most.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_TRIES = 4
# Failures that say that the database is away, full or shut, and not that we erred.
AWAY = (
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)
# Two workers met: deadlock, serialization failure, and a unique row that the other made first.
_COLLISIONS = frozenset(("40P01", "40001", "23505"))
Found = TypeVar("Found")
_deadline: ContextVar[float | None] = ContextVar("_deadline", default=None)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table; types are given by the aliases below."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


# `store_id` leads every primary, unique and foreign key: the wall between stores.
StoreKey = Annotated[int, mapped_column(ForeignKey("stores.id"), primary_key=True)]
Key = Annotated[int, mapped_column(Identity(), primary_key=True, autoincrement=True)]


@cache
def engine() -> Engine:
    """Give this process' engine; a forked child calls `dispose()` first."""
    url = config.settings().database_url
    assert url is not None, "no database: run inside `crm.embedded.services`"
    made = create_engine(
        _driver(url),
        pool_size=5,
        max_overflow=10,
        pool_pre_ping=True,
        connect_args=_CONNECTING,
    )
    event.listen(made, "do_connect", _connect)
    return made


class _Session(Session):
    """Writes new rows table by table, those first that others point to."""

    def flush(self, objects: Any = None) -> None:  # noqa: ARG002 - deprecated there as well
        rows: dict[Any, list[Base]] = {}
        for row in self.new:
            rows.setdefault(row.__table__, []).append(row)
        if len(rows) > 1:
            for row in [*self.new]:
                self.expunge(row)
            for table in sorted(rows, key=_order_of_tables().__getitem__):
                self.add_all(rows[table])
                super().flush()
        super().flush()


@cache
def _order_of_tables() -> dict[Any, int]:
    return {table: place for place, table in enumerate(Base.metadata.sorted_tables)}


@contextmanager
def session() -> Iterator[Session]:
    """Open one transaction: committed at the end of the block, rolled back on an exception."""
    with _Session(engine(), expire_on_commit=False) as opened, opened.begin():
        yield opened


def run_alone(statement: str, values: Mapping[str, Any]) -> None:
    """Run one statement that commits by itself, in one trip and past everything that costs time.

    Run twice it must do what it does once: where a line turns out dead, it is run on another.
    Raises psycopg's own errors.
    """
    while True:
        line, is_fresh = _take_line()
        try:
            line.execute(statement, values, prepare=True)
        except psycopg.OperationalError:
            if is_fresh or not line.closed:
                raise
        else:
            return
        finally:
            if not line.closed:
                _lines.append(line)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give up on a server that keeps silent: what is asked inside the block ends by then.

    A server that is stopped refuses nothing and answers nothing; then one of AWAY is raised. A new
    connection may take two seconds all the same.
    """
    outer = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(outer)


def in_turn(work: Callable[[Session], Found]) -> Found:
    """Do work in a transaction of its own, again when it met another one."""
    for _ in range(_TRIES - 1):
        try:
            with session() as opened:
                return work(opened)
        except DBAPIError as fault:
            if not is_collision(fault):
                raise
    with session() as opened:
        return work(opened)


def is_collision(fault: DBAPIError) -> bool:
    """Tell whether the same transaction may well succeed when it is tried again."""
    return getattr(fault.orig, "sqlstate", None) in _COLLISIONS


def dispose(*, close: bool = True) -> None:
    """Forget the engine; with `close=False` after a fork, so the parent's sockets stay whole."""
    while close and _lines:
        _lines.pop().close()
    _lines.clear()
    if engine.cache_info().currsize:
        engine().dispose(close=close)
    engine.cache_clear()


class _Line(psycopg.Connection[Any]):
    """A connection that knows `within`."""

    def wait(self, gen: PQGen[Found], interval: float = 0.1, timeout: float | None = None) -> Found:
        """Wait for the server's part; past the deadline the line is dropped with what it owes."""
        deadline = _deadline.get()
        if deadline is None:
            return super().wait(gen, interval, timeout)
        left = max(deadline - monotonic(), 0.0)
        try:
            return super().wait(gen, interval, left if timeout is None else min(left, timeout))
        except psycopg.OperationalError:
            if monotonic() >= deadline:
                self.close()
            raise


# Lines of `run_alone` that nobody uses at the moment.
_lines: deque[_Line] = deque()


def _take_line() -> tuple[_Line, bool]:
    """Take a line, and tell whether it is fresh."""
    try:
        return _lines.pop(), False
    except IndexError:
        arguments, options = engine().dialect.create_connect_args(engine().url)
        alone = {**options, **_CONNECTING, "autocommit": True}
        return _connect(None, None, arguments, alone), True


def _connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> _Line:
    deadline = _deadline.get()
    if deadline is None:
        return _Line.connect(*arguments, **options)
    if monotonic() >= deadline:
        raise psycopg.OperationalError("the time for an answer is over")
    return _Line.connect(*arguments, **{**options, "connect_timeout": 2})


def _driver(url: str) -> str:
    scheme, sep, rest = url.partition("://")
    return f"postgresql+psycopg{sep}{rest}" if scheme in ("postgres", "postgresql") else url


def personal(kind: str, **options: Any) -> Any:
    """Declare a column that holds personal data of `kind`, so export and erasure find it."""
    return mapped_column(info={"personal": kind}, **options)
