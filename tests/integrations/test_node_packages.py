"""The packages for Node.js: their own tests run here too, and what they share is the same."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[2] / "integrations"
NODE = shutil.which("node")
every_package = pytest.mark.parametrize(
    "package", sorted(place.parent.name for place in PACKAGES.glob("*/package.json"))
)


@every_package
def test_a_package_passes_its_own_tests(package: str) -> None:
    if NODE is None:
        pytest.skip("node is not installed: the tests of integrations/ are run where it is")
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout[1:].partition(".")[0]) < 18:
        pytest.skip(f"node {version.stdout.strip()} is too old for integrations/: 18 or later")
    done = subprocess.run(
        [NODE, "--test"],
        cwd=PACKAGES / package,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail 0" in done.stdout


@every_package
def test_a_package_packs_what_it_needs_and_installs_nothing_else(package: str) -> None:
    told = json.loads((PACKAGES / package / "package.json").read_text(encoding="utf-8"))
    assert told["license"] == "MIT"
    assert not told.get("dependencies")
    for name in (told["main"], *told["files"]):
        assert (PACKAGES / package / name).exists(), name


def test_the_part_that_signs_and_posts_is_the_same_in_every_package() -> None:
    copies = {place.read_bytes() for place in PACKAGES.glob("*/lib/post.js")}
    assert len(copies) == 1
