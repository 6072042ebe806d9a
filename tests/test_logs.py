"""Logs: ids only; what could be about a person does not get through."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from crm import logs
from crm.config import Settings


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_a_key_nobody_judged_harmless_is_dropped(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(replace(settings, log_format="json"), "worker")
    structlog.get_logger("crm.test").info("kept", webhook_id=7, first_name="Ada", body="secret")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["webhook_id"], line["process"]) == ("kept", 7, "worker")
    assert "first_name" not in line
    assert "body" not in line


def test_addresses_and_numbers_in_a_text_are_masked(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(replace(settings, log_format="text"), "worker")
    try:
        raise ValueError("Key (email)=(ada@example.test) DETAIL: of +49 170 1234567")
    except ValueError:
        logging.getLogger("other").exception("no %s, no %s", "bob@example.test", "+4917012345678")
    written = capsys.readouterr().err
    assert "ValueError" in written
    for told in ("ada@", "bob@", "1234567"):
        assert told not in written


def test_lines_of_libraries_come_as_json_too(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(replace(settings, log_format="json"), "web")
    logging.getLogger("gunicorn.error").warning("worker %s left", 5)
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "worker 5 left"
    assert line["level"] == "warning"
