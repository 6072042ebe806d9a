import pytest

from crm import db
from crm.campaigns import trial, write
from crm.campaigns.models import Campaign
from crm.errors import Rejected
from crm.messages.models import Message
from crm.stores.models import Store
from tests.campaigns.conftest import PAYLOAD
from tests.factories import NOW
from tests.fakes.smtp import MailServer


@pytest.fixture
def campaign(shop: Store) -> Campaign:
    with db.session() as session:
        return write.create_campaign(session, session.get_one(Store, shop.id), PAYLOAD, NOW)


def test_a_test_mail_goes_out_marked_and_leaves_no_trace_in_the_ledger(
    shop: Store, campaign: Campaign, smtp: MailServer
) -> None:
    written = trial.send_test(shop, campaign, "owner@example.test", NOW)
    assert written.sent
    (mail,) = smtp.messages
    assert mail.mail["Subject"] == "[Test] New harvest"
    with db.session() as session:
        assert session.query(Message).count() == 0


def test_without_a_mail_server_it_is_only_shown(shop: Store, campaign: Campaign) -> None:
    written = trial.send_test(shop, campaign, "owner@example.test", NOW)
    assert not written.sent
    assert "Hello" in written.letter.text


def test_an_address_nobody_can_have_is_refused_by_name(shop: Store, campaign: Campaign) -> None:
    with pytest.raises(Rejected) as refused:
        trial.send_test(shop, campaign, "owner at example", NOW)
    assert "to" in refused.value.errors
