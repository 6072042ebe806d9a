"""Campaigns: drafts, their life, their decisions and what came of them."""

from typing import Any

from crm.api.decisions import decisions_page
from crm.api.schemas.campaigns import (
    CampaignChange,
    CampaignForm,
    CampaignList,
    DecisionList,
    TestForm,
)
from crm.api.schemas.lists import Nothing
from crm.api.shapes.campaigns import (
    CampaignShape,
    DecisionShape,
    ReportShape,
    TrialShape,
    campaign_json,
    report_json,
    trial_json,
)
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, AfterCommit, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store, read_store
from crm.campaigns import lifecycle
from crm.campaigns.models import Campaign
from crm.campaigns.queries import DecisionFilter, get_campaign, list_campaigns
from crm.campaigns.report import report
from crm.campaigns.trial import send_test
from crm.campaigns.write import change_campaign, create_campaign
from crm.stores.models import Store

_RUN = "crm.campaigns.jobs.run_campaigns"

campaigns = Resource("campaigns", "What to say to whom, when, and how often.")


@campaigns.action(
    "GET /campaigns", Action("campaigns.read", query=CampaignList, gives=CampaignShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List campaigns, newest first."""
    stores = chosen_stores(call.session, call.actor, call.query["store"])
    limit = call.query["limit"]
    rows = list_campaigns(
        call.session,
        list(stores),
        state=call.query["state"],
        before=read_id_cursor(call.query["cursor"]),
        limit=limit + 1,
    )
    return page(
        rows, limit, lambda row: row.id, lambda row: campaign_json(stores[row.store_id], row)
    )


@campaigns.action(
    "POST /campaigns",
    Action("campaigns.write", body=CampaignForm, gives=CampaignShape, status=201),
)
def create(call: Call) -> CampaignShape:
    """Draft a campaign."""
    payload = dict(call.body)
    store = read_store(call.session, call.actor, payload.pop("store"))
    return campaign_json(store, create_campaign(call.session, store, payload, call.now))


@campaigns.action("GET /campaigns/<id:campaign_id>", Action("campaigns.read", gives=CampaignShape))
def show(call: Call, campaign_id: int) -> CampaignShape:
    """Read a campaign."""
    return campaign_json(*_get(call, campaign_id))


@campaigns.action(
    "PATCH /campaigns/<id:campaign_id>",
    Action("campaigns.write", body=CampaignChange, gives=CampaignShape),
)
def change(call: Call, campaign_id: int) -> CampaignShape:
    """Change a draft or a paused campaign; what is not given stays."""
    store, campaign = _get(call, campaign_id)
    change_campaign(call.session, store, campaign, call.body, call.now)
    return campaign_json(store, campaign)


@campaigns.action(
    "POST /campaigns/<id:campaign_id>/start",
    Action("campaigns.run", body=Nothing, gives=CampaignShape, rings=_RUN),
)
def start(call: Call, campaign_id: int) -> CampaignShape:
    """Start a draft: from now on it decides and sends."""
    store, campaign = _get(call, campaign_id)
    return campaign_json(store, lifecycle.start(call.session, store, campaign, call.now))


@campaigns.action(
    "POST /campaigns/<id:campaign_id>/pause",
    Action("campaigns.run", body=Nothing, gives=CampaignShape),
)
def pause(call: Call, campaign_id: int) -> CampaignShape:
    """Stop deciding and sending until it is resumed."""
    store, campaign = _get(call, campaign_id)
    return campaign_json(store, lifecycle.pause(call.session, campaign, call.now))


@campaigns.action(
    "POST /campaigns/<id:campaign_id>/resume",
    Action("campaigns.run", body=Nothing, gives=CampaignShape, rings=_RUN),
)
def resume(call: Call, campaign_id: int) -> CampaignShape:
    """Go on where it was paused."""
    store, campaign = _get(call, campaign_id)
    return campaign_json(store, lifecycle.resume(call.session, campaign, call.now))


@campaigns.action(
    "POST /campaigns/<id:campaign_id>/cancel",
    Action("campaigns.run", body=Nothing, gives=CampaignShape),
)
def cancel(call: Call, campaign_id: int) -> CampaignShape:
    """End it for good; what waits is not sent."""
    store, campaign = _get(call, campaign_id)
    return campaign_json(store, lifecycle.cancel(call.session, campaign, call.now))


@campaigns.action(
    "POST /campaigns/<id:campaign_id>/test",
    Action("campaigns.write", body=TestForm, gives=TrialShape),
)
def test(call: Call, campaign_id: int) -> AfterCommit:
    """Send the campaign as a made-up buyer would get it, to one address."""
    store, campaign = _get(call, campaign_id)

    def send() -> TrialShape:
        return trial_json(send_test(store, campaign, call.body["to"], call.now))

    return AfterCommit(send)


@campaigns.action(
    "GET /campaigns/<id:campaign_id>/decisions",
    Action("campaigns.read", query=DecisionList, gives=DecisionShape, many=True),
)
def list_decisions(call: Call, campaign_id: int) -> dict[str, Any]:
    """List whom the campaign considered, and why it did what it did."""
    _store, campaign = _get(call, campaign_id)
    outcome, reason = call.query["outcome"], call.query["reason"]
    return decisions_page(call, DecisionFilter(campaign.id, None, outcome, reason))


@campaigns.action(
    "GET /campaigns/<id:campaign_id>/report", Action("campaigns.read", gives=ReportShape)
)
def show_report(call: Call, campaign_id: int) -> ReportShape:
    """Read what the campaign did so far."""
    store, campaign = _get(call, campaign_id)
    return report_json(campaign, report(call.session, store, campaign))


def _get(call: Call, campaign_id: int) -> tuple[Store, Campaign]:
    campaign = get_campaign(
        call.session, list(chosen_stores(call.session, call.actor)), campaign_id
    )
    return get_own_store(call.session, call.actor, campaign.store_id), campaign
