"""The one table of permissions."""

import pytest

from crm.access.roles import (
    LABELS,
    PERMISSIONS,
    ROLES,
    Actor,
    Forbidden,
    allows,
    require,
    require_every_store,
)
from crm.errors import NotFound


def _actor(role: str, *stores: int) -> Actor:
    return Actor("somebody", role, stores or None, "user")


def test_a_role_covers_what_the_table_says_and_nothing_else() -> None:
    assert allows(_actor("owner"), "settings.write")
    assert not allows(_actor("marketer"), "settings.write")
    assert allows(_actor("seller"), "cases.write")
    assert not allows(_actor("viewer"), "cases.write")
    assert all(not allows(_actor("stranger"), permission) for permission in PERMISSIONS)


def test_a_viewer_only_reads() -> None:
    allowed = {permission for permission in PERMISSIONS if allows(_actor("viewer"), permission)}
    assert all(permission.endswith(".read") for permission in allowed)


def test_a_misspelt_permission_is_a_bug_and_loud() -> None:
    with pytest.raises(KeyError):
        allows(_actor("owner"), "buyer.read")


def test_a_foreign_store_does_not_exist_and_a_lacking_role_is_told() -> None:
    require(_actor("seller", 1, 2), "buyers.write", 2)
    require(_actor("owner"), "buyers.write", 99)
    with pytest.raises(NotFound):
        require(_actor("owner", 1, 2), "buyers.write", 3)
    with pytest.raises(Forbidden):
        require(_actor("viewer", 1), "buyers.write", 3)


def test_what_concerns_every_store_needs_somebody_who_reaches_them_all() -> None:
    require_every_store(_actor("owner"))
    with pytest.raises(Forbidden):
        require_every_store(_actor("owner", 1))


def test_every_role_has_a_name_for_people() -> None:
    assert set(LABELS) == set(ROLES)
