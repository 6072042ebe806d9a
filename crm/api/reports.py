"""Reports: tables over a store and a span of days, as JSON or CSV."""

import csv
import io
from typing import Any, TypedDict

from flask import Response

from crm import registry
from crm.api.schemas.reports import ReportQuery
from crm.api.shapes.values import money
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import read_store
from crm.i18n import gettext as _
from crm.money import Money
from crm.reports import PACKAGE, Asked, Column, Row, ask
from crm.stores.models import Store

# A spreadsheet takes a text that starts like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

ReportTable = TypedDict(
    "ReportTable",
    {
        "report": str,
        "store": str,
        "from": str,
        "to": str,
        "columns": list[dict[str, str]],
        "rows": list[dict[str, Any]],
    },
)

reports = Resource("reports", "Figures over a span of days.")


@reports.action(
    "GET /reports/<slug:name>", Action("reports.read", query=ReportQuery, gives=ReportTable)
)
def show(call: Call, name: str) -> ReportTable | Response:
    """Read a report: sales, retention, tiers, campaigns, satisfaction, complaints, completeness."""
    report = registry.get_plugin(PACKAGE, name)
    store = read_store(call.session, call.actor, call.query["store"])
    asked = ask(store, call.query["since"], call.query["until"], call.now)
    rows = report.rows(call.session, asked)
    if call.query["format"] == "csv":
        return _csv(report.COLUMNS, rows, store)
    return _table(name, asked, report.COLUMNS, rows)


def _table(name: str, asked: Asked, columns: tuple[Column, ...], rows: list[Row]) -> ReportTable:
    return {
        "report": name,
        "store": asked.store.slug,
        "from": asked.since.isoformat(),
        "to": asked.until.isoformat(),
        "columns": [{"name": one.name, "kind": one.kind, "label": _(one.label)} for one in columns],
        "rows": [
            {one.name: _json(one, row[one.name], asked.store) for one in columns} for row in rows
        ],
    }


def _json(column: Column, value: Any, store: Store) -> Any:
    if column.kind == "money" and value is not None:
        return money(value, store.currency)
    return value


def _csv(columns: tuple[Column, ...], rows: list[Row], store: Store) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(one.name for one in columns), "currency"])
    for row in rows:
        cells = [_cell(one, row[one.name], store) for one in columns]
        writer.writerow([*cells, store.currency])
    return Response(text.getvalue(), mimetype="text/csv")


def _cell(column: Column, value: Any, store: Store) -> str:
    if value is None:
        return ""
    if column.kind == "money":
        return Money(value, store.currency).amount
    written = str(value)
    dangerous = column.kind == "text" and written.startswith(_FORMULA)
    return f"'{written}" if dangerous else written
