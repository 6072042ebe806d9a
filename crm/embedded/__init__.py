"""PostgreSQL and Valkey that come with the product: nothing to install, unix sockets only."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from crm.config import Settings
from crm.embedded import ownership
from crm.embedded.ownership import Addresses
from crm.embedded.places import discard, find_places
from crm.embedded.postgres import Postgres
from crm.embedded.valkey import Valkey
from crm.errors import Conflict

__all__ = ["Servers", "discard", "services"]


class Servers:
    """The embedded servers that a set of settings needs: none where an address is given."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        places = find_places(settings.data_dir)
        self.places = places
        self.postgres = None if settings.database_url else Postgres(places, durable=durable)
        self.valkey = None if settings.redis_url else Valkey(places)
        self.all = [server for server in (self.postgres, self.valkey) if server]
        self.settings = replace(
            settings,
            database_url=self.postgres.url if self.postgres else settings.database_url,
            redis_url=self.valkey.url if self.valkey else settings.redis_url,
        )

    def publish(self) -> None:
        """Tell commands of the same data dir where the services answer."""
        chosen = self.settings
        assert chosen.database_url
        assert chosen.redis_url
        ownership.publish(chosen.data_dir, Addresses(chosen.database_url, chosen.redis_url))

    def stop(self) -> None:
        """Stop what was started, the doorbell first."""
        for server in reversed(self.all):
            server.stop()


@contextmanager
def services(settings: Settings) -> Iterator[Settings]:
    """Give settings whose services answer inside the block.

    Given addresses are used as they are. Else the services of whoever runs on the data dir are
    used, and if nobody does, they are started for the block.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(ownership.owning(settings.data_dir, ownership.COMMAND))
        except Conflict:
            found = stack.enter_context(ownership.visiting(settings.data_dir))
            yield _joined(settings, found)
            return
        yield stack.enter_context(_own_servers(settings))


@contextmanager
def _own_servers(settings: Settings) -> Iterator[Settings]:
    servers = Servers(settings)
    with _log(settings.data_dir).open("ab") as output:
        try:
            for server in servers.all:
                server.start(output)
            servers.publish()
            yield servers.settings
        finally:
            ownership.wait_for_guests(settings.data_dir)
            servers.stop()


def _joined(settings: Settings, found: Addresses) -> Settings:
    return replace(
        settings,
        database_url=settings.database_url or found.database_url,
        redis_url=settings.redis_url or found.redis_url,
    )


def _log(data_dir: Path) -> Path:
    return data_dir / "services.log"
