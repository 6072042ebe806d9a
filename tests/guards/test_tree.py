"""What the repository may hold: our own files only."""

import configparser
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def kept_files() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no git checkout")
    return done.stdout.splitlines()


def test_no_file_of_somebody_else_is_kept() -> None:
    foreign = (".min.js", ".min.css", ".woff", ".woff2", ".ttf", ".whl", ".so", ".mo", ".map")
    assert not [name for name in kept_files() if name.endswith(foreign) or "/vendor/" in name]


def test_every_script_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *(ROOT / "bin").iterdir()]
    assert all(script.stat().st_mode & 0o111 for script in scripts)
    assert all(script.read_text(encoding="utf-8").startswith("#!/bin/sh\n") for script in scripts)


def test_locked_dependencies_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        pins = [line for line in lines if "==" in line]
        assert pins
        assert all(line.endswith("\\") for line in pins)


def test_every_file_that_the_product_needs_is_packed() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    patterns = setup["options.package_data"]["*"].split()
    for name in kept_files():
        path = ROOT / name
        if not name.startswith("crm/") or path.suffix == ".py" or not path.exists():
            continue
        package = next(folder for folder in path.parents if (folder / "__init__.py").exists())
        packed = {found for pattern in patterns for found in package.glob(pattern)}
        assert path in packed, name
