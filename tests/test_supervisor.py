"""`crm up` as a real process: one ready line, restarts, drains, and comes back after anything."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from crm import config, embedded
from crm.config import Settings
from crm.supervisor.child import Child
from crm.supervisor.output import Output
from tests.fakes.ports import free_port

pytestmark = pytest.mark.early
# The web server has a leader beside its two forks.
PARTS = {"crm web": 3, "crm worker": 2, "crm scheduler": 1}


class Product:
    """One `crm up` with what it printed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.url = f"http://{environment['CRM_BIND']}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crm", "up"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=lambda s=stream, k=lines: k.extend(s), daemon=True).start()
        self.me = psutil.Process(self.process.pid)

    def wait_until_ready(self) -> None:
        assert eventually(lambda: self.out or self.process.poll() is not None, 40), self.err
        assert self.out == [f"ready {self.url}\n"], self.err

    def parts(self, name: str) -> list[psutil.Process]:
        """The processes of one kind."""
        children = self.me.children(recursive=True)
        return [child for child in children if f"-m {name}" in command_line(child)]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def pids(processes: list[psutil.Process]) -> set[int]:
    return {one.pid for one in processes}


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def eventually(is_so: Callable[[], object], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="crm-up-", dir="/tmp"))
    yield place
    embedded.discard(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """Everything by default, but the data dir and the port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return kept | {"CRM_DATA_DIR": str(home), "CRM_BIND": f"127.0.0.1:{free_port()}"}


@contextmanager
def up(environment: dict[str, str]) -> Iterator[Product]:
    product = Product(environment)
    try:
        yield product
    finally:
        everything = product.me.children(recursive=True) if product.process.poll() is None else []
        product.process.kill()
        product.process.wait()
        psutil.wait_procs(everything, timeout=10)


@pytest.fixture(scope="module")
def product(environment: dict[str, str]) -> Iterator[Product]:
    """A product for the tests that leave it whole; the last of them ends it."""
    with up(environment) as product:
        product.wait_until_ready()
        yield product


def refused(environment: dict[str, str], **changed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "crm", "up"],
        env=environment | changed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_it_serves_with_its_parts_under_their_names(product: Product) -> None:
    assert answers(product.url)
    assert eventually(lambda: {name: len(product.parts(name)) for name in PARTS} == PARTS)


def test_a_second_owner_is_refused_and_commands_use_the_first(
    product: Product, environment: dict[str, str]
) -> None:
    words = refused(environment, CRM_BIND=f"127.0.0.1:{free_port()}")
    assert f"in use by crm up (process {product.process.pid})" in words
    done = subprocess.run(
        [sys.executable, "-m", "crm", "doctor", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert answers(product.url)


def test_a_part_that_is_killed_comes_back(product: Product) -> None:
    old = {name: pids(product.parts(name)) for name in PARTS}
    for name in PARTS:
        for one in product.parts(name):
            one.kill()
    for name, number in PARTS.items():
        assert eventually(lambda n=name, k=number: len(pids(product.parts(n)) - old[n]) == k)
        assert eventually(lambda n=name: not pids(product.parts(n)) & old[n])
    assert eventually(lambda: answers(product.url))
    assert any("SIGKILL" in line for line in product.err)


def test_a_fork_that_is_killed_is_replaced(product: Product) -> None:
    assert eventually(lambda: len(product.parts("crm worker")) == 2)
    fork = max(product.parts("crm worker"), key=lambda one: one.pid)
    fork.suspend()
    time.sleep(0.3)
    assert len(product.parts("crm worker")) == 2
    fork.kill()
    assert eventually(lambda: fork.pid not in pids(product.parts("crm worker")))
    assert eventually(lambda: len(product.parts("crm worker")) == 2)


def test_a_server_that_is_killed_comes_back(product: Product) -> None:
    for child in product.me.children():
        if child.name() in ("postgres", "valkey-server"):
            child.kill()
    for server in ("postgres", "valkey"):
        start = f"{server:<10}| ended"
        assert eventually(lambda s=start: any(line.startswith(s) for line in product.err))
    assert eventually(lambda: answers(product.url))


def test_it_drains_and_leaves_nothing_behind(product: Product) -> None:
    everything = product.me.children(recursive=True)
    product.process.terminate()
    product.process.terminate()
    assert product.process.wait(30) == 0
    assert [one for one in everything if one.is_running()] == []
    assert len(product.out) == 1


def test_a_killed_supervisor_takes_everything_along_and_can_be_replaced_at_once(
    environment: dict[str, str],
) -> None:
    with up(environment) as product:
        product.wait_until_ready()
        product.process.kill()
        with up(environment) as successor:
            successor.wait_until_ready()
            assert successor.stop() == 0


def test_after_everything_was_killed_it_comes_up_again(environment: dict[str, str]) -> None:
    with up(environment) as product:
        product.wait_until_ready()
        for one in (product.me, *product.me.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        with up(environment) as successor:
            successor.wait_until_ready()
            assert successor.stop() == 0


def test_given_services_are_used_and_none_are_started(
    environment: dict[str, str], settings: Settings
) -> None:
    given = {"CRM_DATABASE_URL": settings.database_url, "CRM_REDIS_URL": settings.redis_url}
    with up(environment | {name: str(url) for name, url in given.items()}) as product:
        product.wait_until_ready()
        names = {child.name() for child in product.me.children(recursive=True)}
        assert not names & {"postgres", "valkey-server"}
        assert product.stop() == 0


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        words = refused(environment, CRM_BIND=bind)
    assert f"CRM_BIND: cannot listen on {bind}" in words


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    environment: dict[str, str],
) -> None:
    url = f"postgresql://someone:hunter2@127.0.0.1:{free_port()}/crm"
    words = refused(environment, CRM_DATABASE_URL=url)
    assert "CRM_DATABASE_URL: cannot use postgresql://someone:***@127.0.0.1" in words
    assert "hunter2" not in words
    assert "worker" not in words


def test_a_doorbell_that_cannot_be_reached_is_named_without_its_password(
    environment: dict[str, str],
) -> None:
    words = refused(environment, CRM_REDIS_URL=f"redis://u:hunter2@127.0.0.1:{free_port()}/0")
    assert "CRM_REDIS_URL: cannot use redis://u:***@127.0.0.1" in words
    assert "hunter2" not in words
    assert "worker" not in words


def test_wrong_settings_are_named_before_anything_starts(environment: dict[str, str]) -> None:
    words = refused(environment, CRM_WORKERS="0", CRM_BNID="x")
    assert "CRM_WORKERS: '0' is not a whole number from 1 to 64" in words
    assert "CRM_BNID: there is no such setting; did you mean CRM_BIND?" in words


def test_a_caller_may_bring_a_neighbour_and_end_everything(
    environment: dict[str, str],
) -> None:
    program = (
        "import sys\n"
        "from crm import config, supervisor\n"
        "from crm.supervisor.child import Child\n"
        "guest = Child('guest', [sys.executable, '-c', 'print(6 * 7)'], restart=False)\n"
        "def show(running):\n"
        "    assert guest.deaths == 1\n"
        "    running.request_stop()\n"
        "sys.exit(supervisor.run(config.settings(), show, [guest]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "guest     | 42\n" in done.stderr


def test_a_part_that_keeps_dying_waits_for_ten_sweeps_at_most_in_a_test(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRM_SWEEP_SECONDS", "0.02")
    config.settings.cache_clear()
    child, output = Child("dying", ["false"]), Output("text")
    child.start("nowhere", output)

    def has_died_often() -> bool:
        child.watch("nowhere", output)
        return child.deaths == 5

    assert eventually(has_died_often)
    said = capfd.readouterr().err.splitlines()
    assert said == ["dying     | ended (exit code 1), again in 0.2 s"] * 5
