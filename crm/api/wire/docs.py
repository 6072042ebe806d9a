"""The API's documentation as a page: made from the OpenAPI document, readable offline."""

from typing import Any

from apispec import APISpec
from flask import Blueprint, Flask, render_template

ABOUT = (
    "Buyers, segments, campaigns, messages and cases of connected stores. Send a key as "
    "`Authorization: Bearer KEY`. Instants are RFC 3339 in UTC, money is "
    '`{"amount": "12.50", "currency": "EUR"}`, ids are text. Lists answer '
    '`{"items": [], "next": "cursor"}`; send the cursor back as `?cursor=`. Unknown fields are '
    "refused; refusals are RFC 9457 problems with `errors` by field. A POST with an "
    "`Idempotency-Key` is done once."
)


def register(app: Flask, spec: APISpec) -> None:
    """Serve the page at /api/docs."""
    pages = Blueprint("api_docs", __name__)

    @pages.get("/api/docs")
    def read() -> str:
        document = spec.to_dict()
        return render_template("api_docs.html", about=ABOUT, tags=_by_tag(document))

    app.register_blueprint(pages)


def _by_tag(document: dict[str, Any]) -> list[dict[str, Any]]:
    tags = [{**tag, "operations": []} for tag in document.get("tags", [])]
    found = {tag["name"]: tag["operations"] for tag in tags}
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, operation in methods.items():
            if method != "parameters":
                row = _row(document, operation, shared)
                found[operation["tags"][0]].append({"method": method, "path": path, **row})
    return tags


def _row(
    document: dict[str, Any], operation: dict[str, Any], shared: list[dict[str, Any]]
) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema", {})
    parameters = [one for one in [*shared, *operation.get("parameters", [])] if "name" in one]
    return {
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": parameters,
        "fields": _fields(document, body),
        "answers": _answers(document, operation.get("responses", {})),
    }


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _resolved(document, schema)
    required = whole.get("required", [])
    return [
        {"name": name, "type": _words(inner), "required": name in required}
        for name, inner in whole.get("properties", {}).items()
    ]


def _answers(document: dict[str, Any], responses: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for status, answer in responses.items():
        content = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if status.startswith("2"):
            found.append({"status": status, "fields": _fields(document, content)})
    return found


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    known: dict[str, dict[str, Any]] = document["components"]["schemas"]
    return known[name] if name else schema


def _words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_words(one) for one in schema["anyOf"])
    kind = schema.get("type", "any")
    named = " | ".join(kind) if isinstance(kind, list) else str(kind)
    inside = schema.get("items") or schema.get("additionalProperties")
    written = f"{named} of {_words(inside)}" if isinstance(inside, dict) and inside else named
    return f"{written} ({schema['format']})" if "format" in schema else written
