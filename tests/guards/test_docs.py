"""The docs name every setting, command, plugin, failpoint and reason, and no page is lost."""

import re
from pathlib import Path

import click
import pytest

from crm import cli, registry
from crm.campaigns.kinds import PACKAGE as KINDS
from crm.config import SETTINGS
from crm.failpoints import POINTS
from crm.gates.reasons import SENTENCES

ROOT = Path(__file__).parents[2]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
EVERYTHING = "\n".join([*DOCS.values(), (ROOT / "README.md").read_text(encoding="utf-8")])
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

PLUGINS = {
    "crm.storefronts": "storefronts.md",
    "crm.segments.conditions": "segments.md",
    KINDS: "campaigns.md",
    "crm.channels": "messages.md",
    "crm.reports": "api.md",
}


def commands(group: click.Group, before: str) -> list[str]:
    found = []
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            path = f"{before} {name}"
            inside = commands(command, path) if isinstance(command, click.Group) else []
            found += inside or [path]
    return found


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_a_setting_is_described_among_operations(name: str) -> None:
    assert f"`{name}`" in DOCS["operations.md"]


@pytest.mark.parametrize("command", commands(cli.main, "crm"))
def test_a_command_is_described(command: str) -> None:
    assert command in EVERYTHING


@pytest.mark.parametrize(
    ("page", "key"),
    [(page, key) for package, page in PLUGINS.items() for key in registry.keys(package)],
)
def test_a_plugin_is_described_on_its_page(page: str, key: str) -> None:
    assert f"`{key}`" in DOCS[page]


@pytest.mark.parametrize("reason", sorted(SENTENCES))
def test_a_reason_is_described(reason: str) -> None:
    assert f"`{reason}`" in DOCS["campaigns.md"]


@pytest.mark.parametrize("point", sorted(POINTS))
def test_a_failpoint_is_described(point: str) -> None:
    assert f"`{point}`" in DOCS["operations.md"]


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT) for path in ROOT.glob("docs/**/*.md"))
)
def test_a_page_links_only_to_pages_that_are_there(page: Path) -> None:
    for target in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(DOCS))
def test_a_page_can_be_reached_from_the_readme(page: str) -> None:
    assert f"docs/{page}" in (ROOT / "README.md").read_text(encoding="utf-8")
