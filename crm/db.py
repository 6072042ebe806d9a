"""PostgreSQL: one engine a process, one transaction a `session()` block."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Engine,
    Executable,
    ForeignKey,
    Identity,
    MetaData,
    Row,
    Text,
    create_engine,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from crm import config

# How long to wait for a server that does not answer at all.
_PATIENCE_SECONDS = 5
_TRIES = 4
# Failures that say that the database is away, full or shut, and not that we erred.
AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
# Two workers met: deadlock, serialization failure, and a unique row that the other made first.
_COLLISIONS = frozenset(("40P01", "40001", "23505"))
Found = TypeVar("Found")

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
Key = Annotated[int, mapped_column(Identity(), primary_key=True)]


@cache
def engine() -> Engine:
    """Give this process' engine; a forked child calls `dispose()` first."""
    return _engine(pool_pre_ping=True)


@contextmanager
def session() -> Iterator[Session]:
    """Open one transaction: committed at the end of the block, rolled back on an exception."""
    with Session(engine(), expire_on_commit=False) as opened, opened.begin():
        yield opened


def run_alone(statement: Executable, values: Mapping[str, Any]) -> Row[Any] | None:
    """Run one statement that commits by itself; gives its first row, if it gives any.

    Run twice it must do what it does once: where the line turns out dead, it is run again.
    """
    try:
        return _run_alone(statement, values)
    except DBAPIError as fault:
        if not fault.connection_invalidated:
            raise
        return _run_alone(statement, values)


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
    """Forget the engines; with `close=False` after a fork, so the parent's sockets stay whole."""
    for kind in (engine, _alone):
        if kind.cache_info().currsize:
            kind().dispose(close=close)
        kind.cache_clear()


@cache
def _alone() -> Engine:
    """Make the engine of statements that stand alone: one trip to the server each."""
    return _engine(isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


def _run_alone(statement: Executable, values: Mapping[str, Any]) -> Row[Any] | None:
    with _alone().connect() as connection:
        return connection.execute(statement, values).first()


def _engine(**options: Any) -> Engine:
    url = config.settings().database_url
    assert url is not None, "no database: run inside `crm.embedded.services`"
    return create_engine(
        _driver(url),
        pool_size=5,
        max_overflow=10,
        connect_args={
            "application_name": "regulars",
            "options": "-c timezone=UTC",
            "connect_timeout": _PATIENCE_SECONDS,
        },
        **options,
    )


def _driver(url: str) -> str:
    scheme, sep, rest = url.partition("://")
    return f"postgresql+psycopg{sep}{rest}" if scheme in ("postgres", "postgresql") else url


def personal(kind: str, **options: Any) -> Any:
    """Declare a column that holds personal data of `kind`, so export and erasure find it."""
    return mapped_column(info={"personal": kind}, **options)
