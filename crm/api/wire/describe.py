"""Turns the typed shapes of answers into the schemas of the OpenAPI document."""

import types
from collections.abc import Iterable
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Any: {},
    type(None): {"type": "null"},
}


def schema_of(kind: Any) -> dict[str, Any]:
    """Describe a shape; a named one is referred to, see `components`."""
    if is_typeddict(kind):
        return {"$ref": f"#/components/schemas/{_name(kind)}"}
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(one) for one in inside]}
    if origin is Literal:
        return {"type": "string", "enum": list(inside)}
    if origin is list:
        return {"type": "array", "items": schema_of(inside[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(inside[1])}
    raise TypeError(f"{kind!r} has no place in an answer")


def list_of(kind: Any) -> dict[str, Any]:
    """Describe a page of a list."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": schema_of(kind)},
            "next": {"type": ["string", "null"]},
        },
    }


def components(kinds: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Describe every named shape that `kinds` mention, by name."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [kind for kind in kinds if is_typeddict(kind)]
    while waiting:
        kind = waiting.pop()
        if _name(kind) not in found:
            hints = get_type_hints(kind)
            found[_name(kind)] = {
                "type": "object",
                "required": sorted(kind.__required_keys__),
                "properties": {name: schema_of(inner) for name, inner in hints.items()},
            }
            waiting += [named for hint in hints.values() for named in _named(hint)]
    return found


def _name(kind: Any) -> str:
    return str(kind.__name__).removesuffix("Shape")


def _named(kind: Any) -> list[Any]:
    if is_typeddict(kind):
        return [kind]
    return [named for inner in get_args(kind) for named in _named(inner)]
