"""Keeps storefront calls on the open internet: no address of this machine or its network.

The name is looked up once, for the connection itself, so that no second answer can differ.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from crm import config
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _

# Public by number, inside by use: Azure's host services, what older Pythons do not know to be
# reserved, and the spellings of IPv4 behind IPv6.
_CLOSED = tuple(
    map(
        ip_network,
        "168.63.129.16/32 192.0.0.0/24"
        " ::/96 64:ff9b::/96 64:ff9b:1::/48 2001::/23 2002::/16".split(),
    )
)


def checked_address(host: str, port: int) -> str:
    """Look a host up and give one address to connect to.

    Raises Rejected when any of its addresses is not open to us, Unavailable when it has none.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable(_("The storefront's name cannot be looked up.")) from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not all(is_open(address) for address in addresses):
        raise Rejected(
            _("The storefront's address lies in a private network, where we do not call.")
        )
    return addresses[0]


def is_open(address: str) -> bool:
    """Tell whether an address may be called; loopback only with CRM_ALLOW_PRIVATE_STORES."""
    ip = _unwrapped(ip_address(address))
    if ip.is_loopback:
        return config.settings().allow_private_stores
    if any(ip in net for net in _CLOSED):
        return False
    return ip.is_global and not ip.is_multicast


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip
