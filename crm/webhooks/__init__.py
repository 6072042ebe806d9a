"""What storefronts post: kept first, understood later."""

from flask import Flask


def register(app: Flask) -> None:
    """Put the door for webhooks before an application."""
    from crm.webhooks.views import FrontDoor

    app.wsgi_app = FrontDoor(app.wsgi_app)  # type: ignore[method-assign]
