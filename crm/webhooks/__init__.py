"""What storefronts post: kept first, understood later."""

from flask import Flask


def register(app: Flask) -> None:
    """Open the door for webhooks in an application."""
    from crm.webhooks.views import blueprint

    app.register_blueprint(blueprint)
