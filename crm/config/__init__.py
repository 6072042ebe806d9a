"""Every setting: read from the environment once, checked as a whole, frozen."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from crm import failpoints
from crm.config.parsing import (
    boolean,
    choice,
    count,
    endpoint,
    existing_file,
    is_loopback,
    path,
    seconds,
    text,
    url,
)
from crm.config.secretkey import keep_secret_key


@dataclass(frozen=True)
class Setting:
    """One name of the environment; `NAME_FILE` may give it as a file instead."""

    name: str
    default: str | None
    help: str
    secret: bool = False
    test_only: bool = False


SETTINGS = (
    Setting("CRM_DATA_DIR", "./var", "state of the embedded services, secret key, spool, outbox"),
    Setting("CRM_DATABASE_URL", None, "PostgreSQL 15 or newer; unset: an embedded one", True),
    Setting("CRM_REDIS_URL", None, "Redis 6.2 or newer, or Valkey; unset: an embedded one", True),
    Setting("CRM_SMTP_URL", None, "smtp://user:pass@host:port?tls=starttls; unset: outbox", True),
    Setting("CRM_BIND", "127.0.0.1:8000", "host:port the web server listens on"),
    Setting("CRM_PUBLIC_URL", None, "base of links in messages; unset: http:// and the bind"),
    Setting("CRM_SECRET_KEY", None, "signs and seals; unset: made once in the data dir", True),
    Setting("CRM_WEB_WORKERS", "2", "web processes"),
    Setting("CRM_WORKERS", "2", "worker processes"),
    Setting("CRM_LOG_FORMAT", "text", "text or json"),
    Setting("CRM_TEST", "0", "1 opens the settings for tests; only when bound to loopback"),
    Setting("CRM_CLOCK_FILE", None, "business time is the instant in this file", test_only=True),
    Setting("CRM_SWEEP_SECONDS", "2", "how often due work is looked for", test_only=True),
    Setting("CRM_LEASE_SECONDS", "60", "how long a claim is honoured", test_only=True),
    Setting("CRM_SMTP_TIMEOUT_SECONDS", "300", "patience with a mail server", test_only=True),
    Setting("CRM_FAILPOINTS", "", "name=kill:nth3;name=sleep:2;name=raise:0.1", test_only=True),
    Setting(
        "CRM_ALLOW_PRIVATE_STORES", "0", "1 lets storefront calls reach loopback", test_only=True
    ),
)
_NAMES = frozenset(setting.name for setting in SETTINGS)


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    data_dir: Path
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    smtp_url: str | None = field(repr=False)
    bind: str
    public_url: str
    secret_key: str = field(repr=False)
    web_workers: int
    workers: int
    log_format: str
    test: bool
    clock_file: Path | None
    sweep_seconds: float
    lease_seconds: float
    smtp_timeout_seconds: float
    failpoints: str
    allow_private_stores: bool


class ConfigError(Exception):
    """Settings that cannot be used; `problems` names each one and its mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "\n".join(["settings that cannot be used:", *(f"  {p}" for p in problems)])
        )
        self.problems = tuple(problems)


@cache
def settings() -> Settings:
    """Give this process' settings, read from its environment. Raises ConfigError."""
    chosen = load(os.environ)
    failpoints.arm(chosen.failpoints)
    return chosen


def use(chosen: Settings) -> None:
    """Make `chosen` the settings of this process and of the children it starts."""
    wanted, present = environ(chosen), environ(settings())
    for name in _NAMES:
        if wanted.get(name) != present.get(name):
            os.environ.pop(f"{name}_FILE", None)
            os.environ.pop(name, None)
            if name in wanted:
                os.environ[name] = wanted[name]
    settings.cache_clear()


def environ(chosen: Settings) -> dict[str, str]:
    """Write settings as the environment that `load` reads them from."""
    fields = {name: getattr(chosen, _field(name)) for name in _NAMES}
    return {name: _written(value) for name, value in fields.items() if value not in (None, "")}


def load(environment: Mapping[str, str]) -> Settings:
    """Read settings, making the data dir and its key. Raises ConfigError with every fault."""
    problems = _unknown(environment)
    values = {}
    for setting in SETTINGS:
        try:
            values[_field(setting.name)] = _value(setting, environment)
        except (ValueError, OSError) as fault:
            problems.append(f"{setting.name}: {fault}")
    problems += _contradictions(environment, values)
    if problems:
        raise ConfigError(problems)
    return _complete(Settings(**values))


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = _NAMES | {f"{name}_FILE" for name in _NAMES}
    problems = []
    for name in sorted(environment):
        if name.startswith("CRM_") and name not in known:
            near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            problems.append(f"{name}: there is no such setting; did you mean {near[0]}?")
    return problems


def _value(setting: Setting, environment: Mapping[str, str]) -> Any:
    given = _given(setting.name, environment)
    chosen = setting.default if given is None else given
    return None if chosen is None else _PARSERS[setting.name](chosen)


def _given(name: str, environment: Mapping[str, str]) -> str | None:
    value, file = environment.get(name), environment.get(f"{name}_FILE")
    if file and value:
        raise ValueError(f"is set together with {name}_FILE; keep one of them")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return value or None


def _contradictions(environment: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    problems = []
    if values.get("test") and not is_loopback(values.get("bind") or ""):
        problems.append("CRM_TEST: 1 is refused unless CRM_BIND is a loopback address")
    for setting in SETTINGS:
        given = environment.get(setting.name) or environment.get(f"{setting.name}_FILE")
        if setting.test_only and given and not values.get("test"):
            problems.append(f"{setting.name}: is for tests; set CRM_TEST=1 as well or remove it")
    return problems


def _complete(draft: Settings) -> Settings:
    try:
        draft.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = draft.secret_key or keep_secret_key(draft.data_dir)
    except OSError as fault:
        raise ConfigError([f"CRM_DATA_DIR: {fault}; choose a folder you may write"]) from fault
    return replace(draft, secret_key=key, public_url=draft.public_url or f"http://{draft.bind}")


def _field(name: str) -> str:
    return name.removeprefix("CRM_").lower()


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "CRM_DATA_DIR": path,
    "CRM_DATABASE_URL": url("postgresql", "postgres", "postgresql+psycopg"),
    "CRM_REDIS_URL": url("redis", "rediss", "unix", "valkey", "valkeys", "valkey+unix"),
    "CRM_SMTP_URL": url("smtp", "smtps"),
    "CRM_BIND": endpoint,
    "CRM_PUBLIC_URL": url("http", "https"),
    "CRM_SECRET_KEY": text(at_least=16),
    "CRM_WEB_WORKERS": count(64),
    "CRM_WORKERS": count(64),
    "CRM_LOG_FORMAT": choice("text", "json"),
    "CRM_TEST": boolean,
    "CRM_CLOCK_FILE": existing_file,
    "CRM_SWEEP_SECONDS": seconds,
    "CRM_LEASE_SECONDS": seconds,
    "CRM_SMTP_TIMEOUT_SECONDS": seconds,
    "CRM_FAILPOINTS": lambda given: given if failpoints.parse(given) else "",
    "CRM_ALLOW_PRIVATE_STORES": boolean,
}
