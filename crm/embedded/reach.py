"""Checks, before anything is started, that given addresses answer and the port is free."""

import socket

from crm.config import Settings
from crm.config.parsing import for_redis_client, host_and_port, without_password
from crm.errors import Conflict, Unavailable

_PATIENCE_SECONDS = 10


def check(settings: Settings) -> None:
    """Reach the services whose addresses were given. Raises Unavailable naming the address."""
    if settings.database_url:
        reach_database(settings.database_url)
    if settings.redis_url:
        _reach_doorbell(settings.redis_url)


def reach_database(url: str) -> None:
    """Reach a given database. Raises Unavailable naming its address, the password hidden."""
    import psycopg

    plain = url.replace("+psycopg", "", 1)
    try:
        with psycopg.connect(plain, connect_timeout=_PATIENCE_SECONDS) as connection:
            version = connection.info.server_version
    except psycopg.Error as fault:
        words = str(fault).strip().splitlines()[-1:]
        raise Unavailable(_cannot("CRM_DATABASE_URL", url, *words)) from fault
    if version < 150_000:
        raise Unavailable(_cannot("CRM_DATABASE_URL", url, "PostgreSQL 15 or newer is needed"))


def check_port(bind: str) -> None:
    """Make sure that the web server will be able to listen. Raises Conflict."""
    host, port = host_and_port(bind)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise Conflict(f"CRM_BIND: cannot listen on {bind}: {fault.strerror}") from fault


def _reach_doorbell(url: str) -> None:
    import redis

    try:
        with redis.Redis.from_url(
            for_redis_client(url), socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=5
        ) as connection:
            connection.ping()
    except (redis.RedisError, ValueError) as fault:
        raise Unavailable(_cannot("CRM_REDIS_URL", url, str(fault))) from fault


def _cannot(name: str, url: str, *words: str) -> str:
    return f"{name}: cannot use {without_password(url)}: {' '.join(words)}"
