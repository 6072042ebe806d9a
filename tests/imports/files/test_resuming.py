"""A reader that is killed in the middle: what was taken stays, the rest is taken, nothing twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm import config, db
from crm.cli import main
from crm.config import Settings
from crm.imports.files.models import FileImport


def rows(count: int) -> str:
    lines = [f"{n},k{n}@example.test,Ada{n}" for n in range(count)]
    lines[250] = "250,no address,Ada250"
    lines[450] = "450,no address,Ada450"
    return "id,email,first_name\n" + "\n".join(lines) + "\n"


def test_a_killed_import_goes_on_where_it_stopped(
    shop: str,
    settings: Settings,
    tmp_path: Path,
    figures: Callable[..., Any],
    state: Callable[[], list[Any]],
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(rows(900), encoding="utf-8")
    assert settings.database_url
    assert settings.redis_url
    environment = {
        **os.environ,
        "CRM_DATABASE_URL": settings.database_url,
        "CRM_REDIS_URL": settings.redis_url,
        "CRM_FAILPOINTS": "after_import_batch=kill:nth2",
    }
    command = [sys.executable, "-m", "crm", "import", "buyers", str(path), "--store", shop]
    killed = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with db.session() as session:
        run = session.scalars(select(FileImport)).one()
        assert (run.state, run.rows, run.refused) == ("running", 400, 1)
    told = figures("buyers", rows(900))
    assert told["resumed_at_row"] == 400
    assert (told["rows"], told["new"], told["refused"]) == (900, 898, 2)
    assert len([row for row in state() if row["kind"] == "buyer"]) == 898
    kept = (tmp_path / "list.refused.csv").read_text("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in kept] == ["refused row", "252", "452"]


def test_two_readers_of_one_file_take_turns(shop: str, tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "list.csv"
    path.write_text(rows(460), encoding="utf-8")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = CliRunner().invoke(main, ["import", "buyers", str(path), "--store", shop])
    assert done.exit_code == 1
    assert "at this moment" in done.stderr
    assert config.settings().test


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak here")
@pytest.mark.parametrize("kind", ["buyers"])
def test_memory_stays_flat(shop: str, settings: Settings, tmp_path: Path, kind: str) -> None:
    """A file of 40 MB that is refused row by row is read within a few more megabytes."""
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as kept:
        kept.write("email,first_name\n")
        for number in range(40_000):
            kept.write(f"k{number},{'x' * 1000}\n")
    assert settings.database_url
    assert settings.redis_url
    script = (
        "import re, sys\n"
        "from crm.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        # What getrusage says would include the process that started this one.
        "status = open('/proc/self/status').read()\n"
        "print('peak', int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)\n"
    )
    environment = {
        **os.environ,
        "CRM_DATABASE_URL": settings.database_url,
        "CRM_REDIS_URL": settings.redis_url,
    }
    command = [sys.executable, "-c", script, "import", kind, str(path), "--store", shop]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert "40000 refused" in done.stdout
    assert int(done.stdout.rpartition("peak ")[2]) < 220
