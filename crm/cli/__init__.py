"""The command `crm`: a table of commands, each imported only when it is called for."""

import importlib
from importlib.util import find_spec
from typing import Any

import click

from crm import __version__
from crm.config import ConfigError
from crm.errors import Rejected, Unavailable

# One row a command: its name and where it is defined.
COMMANDS = {
    "up": "crm.cli.processes:up",
    "web": "crm.cli.processes:web",
    "worker": "crm.cli.processes:worker",
    "scheduler": "crm.cli.processes:scheduler",
    "migrate": "crm.cli.upkeep:migrate",
    "tick": "crm.cli.upkeep:tick",
    "doctor": "crm.cli.upkeep:doctor",
    "demo": "crm.cli.demo:demo",
    "store": "crm.cli.stores:store",
    "user": "crm.cli.users:user",
    "key": "crm.cli.users:key",
    "inbox": "crm.cli.inbox:inbox",
    "campaign": "crm.cli.campaigns:campaign",
    "import": "crm.cli.imports:import_",
    "export": "crm.cli.exports:export",
    "privacy": "crm.cli.privacy:privacy",
    "bench": "crm.cli.bench:bench",
}


class _Commands(click.Group):
    """Finds commands in COMMANDS and turns failures we expect into exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [name for name, place in COMMANDS.items() if find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Rejected, Unavailable, ConfigError) as refusal:
            _say(refusal)
            ctx.exit(1)


def _say(refusal: Exception) -> None:
    click.echo(f"crm: {refusal}", err=True)
    for place, fault in getattr(refusal, "errors", {}).items():
        click.echo(f"  {place}: {fault}", err=True)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="Regulars")
def main() -> None:
    """Regulars, a light CRM beside a storefront."""
