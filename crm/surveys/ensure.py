"""Gives every survey campaign its questionnaire."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.stores.models import Store
from crm.stores.settings import read_settings
from crm.surveys.models import Survey
from crm.surveys.questions import KEYS


class SurveyCampaign(Protocol):
    """The part of a campaign that a questionnaire is made from."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def survey(self) -> dict[str, Any] | None: ...


def survey_for(session: Session, store: Store, campaign: SurveyCampaign, now: datetime) -> Survey:
    """Give the questionnaire of a campaign, made at first use and kept in step with it."""
    wording = campaign.survey or {}
    written = {
        "name": str(wording.get("name") or campaign.name),
        "questions": {key: wording[key] for key in KEYS if wording.get(key)},
        "low_score": int(wording.get("low_score") or read_settings(store).cases.low_score),
    }
    row = insert(Survey).values(
        store_id=store.id, campaign_id=campaign.id, created_at=now, **written
    )
    same = [Survey.store_id, Survey.campaign_id]
    kept = row.on_conflict_do_update(index_elements=same, set_=written).returning(Survey)
    found: Survey = session.scalars(
        select(Survey).from_statement(kept), execution_options={"populate_existing": True}
    ).one()
    return found
