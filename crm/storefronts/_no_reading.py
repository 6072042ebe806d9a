"""The two reading calls of a platform that lists nothing to us: each refuses."""

from typing import NoReturn

from crm.errors import Rejected
from crm.events import LookUp
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home


def read_page(_api: ApiAccess, _home: Home, _asked: Asked) -> NoReturn:
    """Refuse: all we know of such a shop is what it posts."""
    raise Rejected(_("This platform has no interface that lists what changed."))


def look_up(_api: ApiAccess, _home: Home, _wanted: LookUp) -> NoReturn:
    """Refuse, as above."""
    raise Rejected(_("This platform has no interface that shows one thing."))
