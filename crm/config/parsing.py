"""Readers of setting values; each raises ValueError that says how to mend the value."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def boolean(given: str) -> bool:
    """Read 1 or 0."""
    if given not in ("0", "1"):
        raise ValueError(f"{given!r} is neither 1 nor 0")
    return given == "1"


def seconds(given: str) -> float:
    """Read a positive number of seconds, at most a day."""
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86_400:
        raise ValueError(f"{given!r} is not a number of seconds above 0 and up to 86400")
    return value


def count(most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from 1 to `most`."""

    def read(given: str) -> int:
        if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= most:
            raise ValueError(f"{given!r} is not a whole number from 1 to {most}")
        return int(given)

    return read


def choice(*allowed: str) -> Callable[[str], str]:
    """Make a reader of one of a few words."""

    def read(given: str) -> str:
        if given not in allowed:
            raise ValueError(f"{given!r} is not one of {', '.join(allowed)}")
        return given

    return read


def text(*, at_least: int) -> Callable[[str], str]:
    """Make a reader of a secret text; its fault never repeats the text."""

    def read(given: str) -> str:
        if len(given) < at_least:
            raise ValueError(f"needs at least {at_least} characters")
        return given

    return read


def url(*schemes: str) -> Callable[[str], str]:
    """Make a reader of addresses with one of `schemes`; its fault hides the password."""

    def read(given: str) -> str:
        try:
            parts = urlsplit(given)
            fits = parts.scheme in schemes and (parts.port or 1) > 0
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"{without_password(given)!r} does not start with {schemes[0]}:// …")
        return given.rstrip("/") if schemes[0] == "http" else given

    return read


def without_password(given: str) -> str:
    """Write an address as it may be shown."""
    try:
        parts = urlsplit(given)
    except ValueError:
        return "an address that cannot be read"
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = f"{user.split(':', 1)[0]}:***"
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}"))


def for_redis_client(given: str) -> str:
    """Write a Redis or Valkey address with the schemes that the client library knows."""
    scheme, mark, rest = given.partition("://")
    known = {"valkey": "redis", "valkeys": "rediss", "valkey+unix": "unix"}
    return f"{known.get(scheme, scheme)}{mark}{rest}"


def path(given: str) -> Path:
    """Read a path, made absolute."""
    return Path(given).expanduser().absolute()


def existing_file(given: str) -> Path:
    """Read the path of a file that is there."""
    place = path(given)
    if not place.is_file():
        raise ValueError(f"there is no file {place}")
    return place


def endpoint(given: str) -> str:
    """Read host:port or [v6]:port."""
    host, _, port = given.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise ValueError(f"{given!r} is not host:port with a port from 1 to 65535")
    return given


def host_and_port(bind: str) -> tuple[str, int]:
    """Split an endpoint for a socket."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(bind: str) -> bool:
    """Tell whether an endpoint can only be reached from this machine."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
