"""What every way to send has to keep, whatever it sends through."""

from dataclasses import replace

import pytest

from crm import channels, config
from crm.channels import get_channel
from crm.config import Settings
from crm.registry import keys
from tests.channels.test_mime import LETTER
from tests.fakes.smtp import MailServer

pytestmark = pytest.mark.usefixtures("smtp")
ALL = keys("crm.channels")


def test_there_are_channels() -> None:
    assert {"outbox", "smtp"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_it_has_a_name_for_people(name: str) -> None:
    assert get_channel(name).LABEL


@pytest.mark.parametrize("name", ALL)
def test_it_asks_once_and_takes_the_message(name: str) -> None:
    asked: list[int] = []
    reply = get_channel(name).send(LETTER, lambda: not asked.append(1))
    assert reply.kind == "accepted"
    assert asked == [1]


@pytest.mark.parametrize("name", ALL)
def test_it_sends_nothing_when_told_not_to(name: str, smtp: MailServer) -> None:
    assert get_channel(name).send(LETTER, lambda: False).kind == "withdrawn"
    assert smtp.messages == []


@pytest.mark.parametrize("name", ALL)
def test_what_happens_at_its_point_of_no_return_is_not_swallowed(name: str) -> None:
    def stumble() -> bool:
        raise RuntimeError("stumbled")

    with pytest.raises(RuntimeError, match="stumbled"):
        get_channel(name).send(LETTER, stumble)


def test_mail_goes_the_way_the_installation_has(settings: Settings) -> None:
    assert channels.pick("email") == "smtp"
    config.use(replace(config.settings(), smtp_url=None))
    assert channels.pick("email") == "outbox"
