"""The REST API: one module for each resource, joined here."""

from flask import Flask
from flask_smorest import Api

from crm import __version__
from crm.api import (
    buyer_acts,
    buyers,
    campaigns,
    cases,
    coupons,
    messages,
    reports,
    reviews,
    segments,
    settings,
    stores,
    surveys,
    timeline,
)
from crm.api.wire import docs
from crm.api.wire.describe import components
from crm.api.wire.problem import ProblemForm
from crm.api.wire.resource import PREFIX, Resource

RESOURCES: tuple[Resource, ...] = (
    stores.stores,
    settings.settings,
    buyers.buyers,
    buyer_acts.acts,
    timeline.timelines,
    segments.segments,
    campaigns.campaigns,
    messages.messages,
    coupons.coupons,
    surveys.surveys,
    reviews.reviews,
    cases.cases,
    reports.reports,
)


class _Api(Api):  # type: ignore[misc]
    """flask-smorest without its error pages: the whole application has one way to refuse."""

    ERROR_SCHEMA = ProblemForm
    DEFAULT_ERROR_RESPONSE_NAME = "DEFAULT_ERROR"
    DEFAULT_RESPONSE_CONTENT_TYPE: str = "application/json"

    def _register_responses(self) -> None:
        """Describe every refusal as the problem it is."""
        usual = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

    def _register_error_handlers(self) -> None:
        """Leave errors to `problem.register`."""


def register(app: Flask) -> None:
    """Serve every resource, the OpenAPI document and its readable form."""
    app.config.update(
        API_TITLE="Regulars",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = _Api(app, spec_kwargs={"info": {"description": docs.ABOUT}, "security": [{"key": []}]})
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for resource in RESOURCES:
        api.register_blueprint(resource)
    for name, schema in components(shape for r in RESOURCES for shape in r.shapes).items():
        api.spec.components.schema(name, schema)
    docs.register(app, api.spec)
