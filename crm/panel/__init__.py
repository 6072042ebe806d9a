"""The panel: what sellers and marketers open in a browser."""

from flask import Flask

from crm.panel import door, frame, labels, words
from crm.panel.screens import load_screens


def register(app: Flask) -> None:
    """Add the panel's screens, its sign-in and its words to an application."""
    load_screens()
    door.guard(app)
    words.teach(app)
    labels.teach(app)
    app.register_blueprint(frame.blueprint)
