"""What a form refuses is named by its place, in the words of the reader's language."""

from typing import Any

import pytest
from marshmallow import ValidationError

from crm.i18n import speaking
from crm.stores.form_fields import (
    Choice,
    Flag,
    Form,
    Instant,
    Listed,
    Mapping,
    Part,
    Whole,
    Words,
    faults_by_place,
)


class _Cap(Form):
    name = Words(5, 1, required=True)


class _Settings(Form):
    caps = Listed(Part(_Cap))
    classes = Mapping(keys=Choice(["A"]), values=Part(_Cap))
    percent = Whole(0, 50)
    once = Flag()
    at = Instant()
    note = Words(3)


def faults(payload: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        _Settings().load(payload)
    return faults_by_place(refused.value.messages, "settings")


@pytest.mark.parametrize(
    ("payload", "place", "english", "german"),
    [
        ({"caps": [{}]}, "caps.0.name", "is required", "fehlt"),
        ({"caps": [{"name": None}]}, "caps.0.name", "must not be null", "null"),
        ({"caps": [{"name": 1}]}, "caps.0.name", "must be text", "Text"),
        ({"caps": [{"name": ""}]}, "caps.0.name", "must have 1 to 5 characters", "1 bis 5"),
        ({"caps": [7]}, "caps.0", "must be an object", "Objekt"),
        ({"caps": 7}, "caps", "must be a list", "Liste"),
        ({"classes": 7}, "classes", "must be an object", "Objekt"),
        ({"classes": {"Z": {"name": "x"}}}, "classes.Z", "must be one of A", "eines von A"),
        ({"percent": "7"}, "percent", "must be a whole number", "ganze Zahl"),
        ({"percent": 51}, "percent", "must be from 0 to 50", "0 und 50"),
        ({"once": "yes"}, "once", "must be true or false", "true oder false"),
        ({"at": "soon"}, "at", "is not an instant such as", "Zeitpunkt"),
        ({"at": "2026-12-01T10:00:00"}, "at", "is not an instant such as", "Zeitpunkt"),
        ({"note": "long"}, "note", "must have at most 3 characters", "höchstens 3"),
        ({"surprise": 1}, "surprise", "is not known", "bekannt"),
    ],
)
def test_a_fault_is_said_at_its_place_in_the_readers_language(
    payload: dict[str, Any], place: str, english: str, german: str
) -> None:
    assert list(faults(payload)) == [place]
    assert english in faults(payload)[place]
    with speaking("de"):
        assert german in faults(payload)[place]


def test_a_form_that_is_no_object_is_named_as_a_whole() -> None:
    with pytest.raises(ValidationError) as refused:
        _Settings().load([])  # type: ignore[arg-type]
    assert faults_by_place(refused.value.messages, "settings") == {"settings": "must be an object"}
