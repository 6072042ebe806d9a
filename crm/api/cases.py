"""Cases: what a buyer complained of or asked, and every step until she had the last word."""

from typing import Any

from crm.api.schemas.cases import CaseChange, CaseForm, CaseList, StepForm
from crm.api.shapes.cases import CaseShape, StepShape, case_json, step_json
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store
from crm.buyers.queries import find_buyer
from crm.cases import queries
from crm.cases.follow import NewStep, add_step, change_case
from crm.cases.models import Case
from crm.cases.open import NewCase, open_case
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.stores.models import Store

cases = Resource("cases", "Complaints, returns and questions, followed to their end.")


@cases.action("GET /cases", Action("cases.read", query=CaseList, gives=CaseShape, many=True))
def list_(call: Call) -> dict[str, Any]:
    """List cases, newest first."""
    asked = call.query
    stores = chosen_stores(call.session, call.actor, asked["store"])
    wanted = queries.CaseFilter(
        buyer_id=asked["buyer"],
        state=asked["state"],
        type=asked["type"],
        cause=asked["cause"],
        assignee=asked["assignee"],
        open=asked["open"],
        overdue_at=call.now if asked["overdue"] else None,
    )
    before, limit = read_id_cursor(asked["cursor"]), asked["limit"]
    rows = queries.list_cases(call.session, list(stores), wanted, before, limit + 1)
    return page(rows, limit, lambda row: row.id, lambda row: case_json(stores[row.store_id], row))


@cases.action("POST /cases", Action("cases.write", body=CaseForm, gives=CaseShape, status=201))
def open_(call: Call) -> CaseShape:
    """Open a case for a buyer."""
    given = dict(call.body)
    buyer = find_buyer(call.session, call.actor.store_ids, given.pop("buyer"))
    if buyer is None:
        reason = _("There is no such buyer.")
        raise Rejected(reason, {"buyer": reason})
    store = get_own_store(call.session, call.actor, buyer.store_id)
    new = NewCase(buyer_id=buyer.id, order_id=given.pop("order"), **given)
    case = open_case(call.session, store, new, call.actor.name, call.now)
    return case_json(store, case, queries.steps_of(call.session, case))


@cases.action("GET /cases/<id:case_id>", Action("cases.read", gives=CaseShape))
def show(call: Call, case_id: int) -> CaseShape:
    """Read a case with its steps."""
    store, case = _get(call, case_id)
    return case_json(store, case, queries.steps_of(call.session, case))


@cases.action("PATCH /cases/<id:case_id>", Action("cases.write", body=CaseChange, gives=CaseShape))
def change(call: Call, case_id: int) -> CaseShape:
    """Change or close a case; closing needs the buyer's verdict or a reason."""
    return _change(call, case_id)


@cases.action("POST /cases/<id:case_id>", Action("cases.write", body=CaseChange, gives=CaseShape))
def change_by_post(call: Call, case_id: int) -> CaseShape:
    """Change or close a case, for programs that cannot send PATCH."""
    return _change(call, case_id)


@cases.action(
    "POST /cases/<id:case_id>/steps",
    Action("cases.write", body=StepForm, gives=StepShape, status=201),
)
def step(call: Call, case_id: int) -> StepShape:
    """Write down what was done or promised."""
    _store, case = _get(call, case_id)
    new = NewStep(**call.body)
    return step_json(add_step(call.session, case, new, call.actor.name, call.now))


def _change(call: Call, case_id: int) -> CaseShape:
    store, case = _get(call, case_id)
    changes = {("order_id" if key == "order" else key): value for key, value in call.body.items()}
    if "cost" in changes:
        changes["cost"] = _cost(case, *changes["cost"])
    case = change_case(call.session, case, changes, call.actor.name, call.now)
    return case_json(store, case, queries.steps_of(call.session, case))


def _cost(case: Case, amount: str, currency: str | None) -> str:
    if currency not in (None, case.currency):
        reason = _("must be in %(currency)s", currency=case.currency)
        raise Rejected(_("The case cannot be changed."), {"cost": reason})
    return amount


def _get(call: Call, case_id: int) -> tuple[Store, Case]:
    case = queries.find_case(call.session, call.actor.store_ids, case_id)
    if case is None:
        raise NotFound(_("There is no such case."))
    return get_own_store(call.session, call.actor, case.store_id), case
