"""Surveys: the questions, and what buyers answered."""

from typing import Any

from crm.api.schemas.lists import StoreList
from crm.api.shapes.surveys import ResponseShape, SurveyShape, response_json, survey_json
from crm.api.wire.paging import PageForm, page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores
from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.surveys import queries
from crm.surveys.models import Survey

surveys = Resource("surveys", "What buyers were asked after an order, and what they answered.")


@surveys.action(
    "GET /surveys", Action("surveys.read", query=StoreList, gives=SurveyShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List surveys, newest first."""
    stores = chosen_stores(call.session, call.actor, call.query["store"])
    before, limit = read_id_cursor(call.query["cursor"]), call.query["limit"]
    rows = queries.list_surveys(call.session, list(stores), before, limit + 1)
    figures = queries.figures(call.session, rows)

    def shape(row: Survey) -> SurveyShape:
        return survey_json(stores[row.store_id], row, figures[row.id])

    return page(rows, limit, lambda row: row.id, shape)


@surveys.action(
    "GET /surveys/<id:survey_id>/responses",
    Action("surveys.read", query=PageForm, gives=ResponseShape, many=True),
)
def list_responses(call: Call, survey_id: int) -> dict[str, Any]:
    """List the answers to a survey, newest first."""
    survey = queries.find_survey(call.session, call.actor.store_ids, survey_id)
    if survey is None:
        raise NotFound(_("There is no such survey."))
    before, limit = read_id_cursor(call.query["cursor"]), call.query["limit"]
    rows = queries.list_responses(call.session, survey, before, limit + 1)
    return page(rows, limit, lambda row: row.id, response_json)
