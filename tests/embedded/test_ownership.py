"""One owner for a data dir; commands are its guests."""

import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from crm.embedded import ownership
from crm.embedded.ownership import Addresses, owning, publish, visiting, wait_for_guests
from crm.errors import Conflict, Unavailable

ADDRESSES = Addresses("postgresql://a@/b", "unix:///c")


def other_owner(home: Path, role: str, seconds: float) -> "subprocess.Popen[str]":
    """Own a data dir from another process for a while."""
    program = f"""
        import time
        from pathlib import Path
        from crm.embedded.ownership import owning
        with owning(Path({str(home)!r}), {role!r}):
            print("owning", flush=True)
            time.sleep({seconds})
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "owning\n"
    return process


def test_a_second_owner_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    with other_owner(tmp_path, "crm up", 30) as process:
        before = time.monotonic()
        refused = pytest.raises(Conflict, match=rf"in use by crm up \(process {process.pid}\)")
        with refused, owning(tmp_path, "crm up", patience=10):
            pass
        assert time.monotonic() - before < 2
        process.kill()


def test_an_owner_that_is_only_a_command_is_waited_for(tmp_path: Path) -> None:
    with other_owner(tmp_path, ownership.COMMAND, 0.3), owning(tmp_path, "crm up", patience=10):
        pass


def test_after_the_owner_was_killed_the_next_one_may_own(tmp_path: Path) -> None:
    with other_owner(tmp_path, "crm up", 30) as process:
        process.kill()
        process.wait()
        with owning(tmp_path, "crm up"):
            pass


def test_a_guest_learns_where_the_services_answer(tmp_path: Path) -> None:
    with owning(tmp_path, "crm up"):
        publish(tmp_path, ADDRESSES)
        assert (tmp_path / "services.json").stat().st_mode & 0o077 == 0
        with visiting(tmp_path) as found:
            assert found == ADDRESSES
    assert not (tmp_path / "services.json").exists()


def test_a_guest_waits_for_an_owner_that_is_still_starting(tmp_path: Path) -> None:
    timer = threading.Timer(0.2, publish, (tmp_path, ADDRESSES))
    with owning(tmp_path, "crm up"):
        timer.start()
        with visiting(tmp_path) as found:
            assert found == ADDRESSES
        timer.join()


def test_a_guest_of_an_owner_without_services_is_told_so(tmp_path: Path) -> None:
    refused = pytest.raises(Unavailable, match="its services do not answer")
    with owning(tmp_path, "crm up"), refused, visiting(tmp_path, patience=0.1):
        pass


def test_a_leaving_owner_waits_for_its_guests(tmp_path: Path) -> None:
    with owning(tmp_path, ownership.COMMAND):
        publish(tmp_path, ADDRESSES)
        with visiting(tmp_path):
            before = time.monotonic()
            wait_for_guests(tmp_path, patience=0.2)
            assert time.monotonic() - before >= 0.2
        before = time.monotonic()
        wait_for_guests(tmp_path, patience=5)
        assert time.monotonic() - before < 1
