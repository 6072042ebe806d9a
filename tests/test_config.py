"""Settings: every fault is named at once, secrets stay secret."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from crm import config
from crm.config import SETTINGS, ConfigError, Settings


def read(tmp_path: Path, **given: str) -> Settings:
    return config.load({"CRM_DATA_DIR": str(tmp_path), **given})


def faults(tmp_path: Path, **given: str) -> str:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, **given)
    return str(refused.value)


def test_an_empty_environment_is_enough(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.bind, found.public_url) == ("127.0.0.1:8000", "http://127.0.0.1:8000")
    assert (found.web_workers, found.workers, found.sweep_seconds) == (2, 2, 2.0)
    assert found.database_url is None
    assert not found.test


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    words = faults(
        tmp_path,
        CRM_BIND="nowhere",
        CRM_WORKERS="many",
        CRM_LOG_FORMAT="xml",
        CRM_REDIS_URL="http://h",
        CRM_SECRET_KEY="short",
        CRM_TEST="yes",
        CRM_PUBLIC_URL="ftp://h",
    )
    for name in ("BIND", "WORKERS", "LOG_FORMAT", "REDIS_URL", "SECRET_KEY", "TEST", "PUBLIC_URL"):
        assert f"CRM_{name}: " in words


def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    assert "CRM_WORKER: there is no such setting; did you mean CRM_WORKERS?" in faults(
        tmp_path, CRM_WORKER="3"
    )


def test_a_setting_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://someone:word@db/crm\n")
    found = read(tmp_path, CRM_DATABASE_URL_FILE=str(tmp_path / "url"))
    assert found.database_url == "postgresql://someone:word@db/crm"


def test_a_setting_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "n").write_text("3")
    words = faults(tmp_path, CRM_WORKERS="2", CRM_WORKERS_FILE=str(tmp_path / "n"))
    assert "CRM_WORKERS: is set together with CRM_WORKERS_FILE" in words


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "CRM_SMTP_URL: " in faults(tmp_path, CRM_SMTP_URL_FILE=str(tmp_path / "none"))


def test_settings_for_tests_need_test_mode(tmp_path: Path) -> None:
    words = faults(tmp_path, CRM_SWEEP_SECONDS="1", CRM_FAILPOINTS="after_claim=sleep:1")
    assert "CRM_SWEEP_SECONDS: is for tests" in words
    assert "CRM_FAILPOINTS: is for tests" in words


def test_test_mode_needs_loopback(tmp_path: Path) -> None:
    assert "CRM_TEST: 1 is refused" in faults(tmp_path, CRM_TEST="1", CRM_BIND="0.0.0.0:8000")
    assert read(tmp_path, CRM_TEST="1", CRM_BIND="[::1]:8000").test
    assert read(tmp_path, CRM_TEST="1", CRM_BIND="localhost:8000").test


def test_an_unknown_failpoint_is_refused(tmp_path: Path) -> None:
    words = faults(tmp_path, CRM_TEST="1", CRM_FAILPOINTS="after_lunch=kill")
    assert "CRM_FAILPOINTS: 'after_lunch' is not one of after_inbox_commit" in words


def test_a_password_is_never_repeated(tmp_path: Path) -> None:
    given = "mysql://someone:hunter2@db/crm"
    assert "hunter2" not in faults(tmp_path, CRM_DATABASE_URL=given)
    found = read(tmp_path, CRM_DATABASE_URL="postgresql://someone:hunter2@db/crm")
    assert "hunter2" not in repr(found)
    assert found.secret_key not in repr(found)


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    place = tmp_path / "new" / "data"
    first = read(place).secret_key
    assert read(place).secret_key == first
    assert len(first) >= 64
    assert stat.S_IMODE((place / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_data_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "CRM_DATA_DIR: " in faults(tmp_path / "file" / "var")


def test_settings_survive_the_way_through_an_environment(settings: Settings) -> None:
    assert config.load(config.environ(settings)) == settings


def test_changed_settings_reach_this_process_and_its_children(settings: Settings) -> None:
    config.use(replace(settings, smtp_url="smtp://mail.example.test:25", lease_seconds=7.5))
    assert config.settings().smtp_url == "smtp://mail.example.test:25"
    assert config.settings().lease_seconds == 7.5
    config.use(replace(config.settings(), smtp_url=None))
    assert config.settings().smtp_url is None


def test_every_field_has_its_setting() -> None:
    fields = {f"CRM_{name.upper()}" for name in Settings.__dataclass_fields__}
    assert fields == {setting.name for setting in SETTINGS}
