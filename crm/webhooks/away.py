"""Which failures say that the database is away, full or shut, and not that we erred."""

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)

# Two workers met: deadlock, serialization failure, and a unique row that the other made first.
_COLLISIONS = frozenset(("40P01", "40001", "23505"))


def is_collision(fault: DBAPIError) -> bool:
    """Tell whether the same transaction may well succeed when it is tried again."""
    return getattr(fault.orig, "sqlstate", None) in _COLLISIONS
