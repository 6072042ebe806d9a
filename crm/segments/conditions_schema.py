"""Every condition with its params, as a form or a program needs to know them."""

from typing import Any

from crm.i18n import gettext as _
from crm.segments.conditions import Condition, conditions
from crm.segments.fields import Param


def conditions_schema() -> list[dict[str, Any]]:
    """List every condition: key, label, the params, and which of them one needs."""
    return [_described(key, condition) for key, condition in conditions().items()]


def _described(key: str, condition: Condition) -> dict[str, Any]:
    fields = condition.Params().fields
    params = [_param(field) for field in fields.values() if isinstance(field, Param)]
    needs = list(condition.Params.needs)
    return {"key": key, "label": _(condition.LABEL), "params": params, "needs_one_of": needs}


def _param(field: Param) -> dict[str, Any]:
    told = {
        "name": field.data_key or field.name,
        "type": field.type_name,
        "label": _(field.label),
        "required": field.required,
    }
    if isinstance(field.load_default, str | bool):
        told["default"] = field.load_default
    return told | field.limits()
