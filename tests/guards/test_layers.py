"""Imports point one way; the contracts stand in setup.cfg."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crm import registry

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def imported(path: Path) -> set[str]:
    """Name every module that a file imports, and every name it takes from one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found


@pytest.mark.parametrize(
    "package",
    ["crm.segments.conditions", "crm.campaigns.kinds", "crm.storefronts", "crm.channels"],
)
def test_plugins_of_one_folder_never_import_each_other(package: str) -> None:
    keys = registry.keys(package)
    assert keys
    plugins = {f"{package}.{key}" for key in keys}
    for key in keys:
        path = ROOT.joinpath(*package.split("."), f"{key}.py")
        assert not imported(path) & plugins - {f"{package}.{key}"}, path
