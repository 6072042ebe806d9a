"""The one session of storefront calls: its sockets only open to addresses that were checked."""

import socket
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from crm.storefronts._addresses import checked_address

CONNECT_SECONDS = 5.0


@cache
def session() -> requests.Session:
    """Give the one session of this process."""
    made = requests.Session()
    made.trust_env = False  # no proxy and no .netrc of whoever runs the process
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.headers.update(
        {"User-Agent": "Regulars", "Accept": "application/json", "Accept-Encoding": "identity"}
    )
    made.mount("https://", _Adapter(pool_maxsize=4))
    made.mount("http://", _Adapter(pool_maxsize=4))
    return made


class _Adapter(HTTPAdapter):
    """Connects to addresses that were checked; host name and certificate stay those of the URL."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _connect(connection: HTTPConnection) -> socket.socket:
    port = connection.port or connection.default_port
    address = checked_address(connection.host, port)
    said = connection.timeout
    patience = said if isinstance(said, int | float) else CONNECT_SECONDS
    opened = socket.create_connection((address, port), timeout=patience)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened
