"""The two webhook calls of a platform whose webhooks are set up by hand."""

from typing import NoReturn

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, RegisteredHook


def list_hooks(_api: ApiAccess, _address: str) -> tuple[RegisteredHook, ...]:
    """Know of none."""
    return ()


def arm_hooks(_api: ApiAccess, _address: str, _secret: str) -> NoReturn:
    """Refuse: there is nobody to ask."""
    raise Rejected(_("The webhooks of this platform are set up in the storefront, by hand."))
