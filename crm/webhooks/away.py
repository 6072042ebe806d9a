"""Which failures say that the database is away, full or shut, and not that we erred."""

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
