"""The OpenAPI document and the page made from it."""

import re

from flask.testing import FlaskClient

from tests.api.conftest import PREFIX


def test_the_document_is_openapi_3_1_and_names_every_route(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    described = {
        (method.upper(), re.sub(r"\{.*?\}", "*", path))
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    served = {
        (method, re.sub(r"<.*?>", "*", rule.rule))
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(PREFIX) and not rule.rule.endswith("openapi.json")
    }
    assert described == served


def test_every_shape_that_is_referred_to_is_described(client: FlaskClient) -> None:
    text = client.get(f"{PREFIX}/openapi.json").get_data(as_text=True)
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    for kind, name in re.findall(r'"#/components/(\w+)/(\w+)"', text):
        assert name in document["components"][kind]


def test_refusals_are_described_as_problems(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    for answer in document["components"]["responses"].values():
        assert list(answer["content"]) == ["application/problem+json"]


def test_the_page_reads_offline_and_without_script(client: FlaskClient) -> None:
    page = client.get("/api/docs").get_data(as_text=True)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "/api/v1/stores" in page
    styles = re.findall(r'<link rel="stylesheet" href="(.*?)"', page)
    assert styles
    for style in styles:
        with client.get(style) as answer:
            assert answer.status_code == 200
