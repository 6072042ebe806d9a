"""`crm bench`: figures about speed, each as a ratio to a floor measured in the same run."""

import importlib
from typing import Any

import click

from crm.bench import BENCHES
from crm.cli.shell import answer, json_option


@click.command()
@click.argument("name", type=click.Choice(list(BENCHES)))
@click.option("--size", type=click.IntRange(1), help="How much work; each has its own usual one.")
@json_option
def bench(name: str, size: int | None, as_json: bool) -> None:
    """Measure the product on databases of its own; needs no running product."""
    from crm.cli.server import serve

    module, _, function = BENCHES[name].partition(":")
    figures = getattr(importlib.import_module(module), function)(size, serve)
    answer(figures, as_json, _table(figures))


def _table(figures: dict[str, Any]) -> str:
    return "\n".join(f"{name:<18} {value}" for name, value in figures.items())
