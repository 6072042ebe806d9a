"""The screens, one module each."""

from crm.registry import plugins


def load_screens() -> None:
    """Import every screen, so that its views are known to the blueprint."""
    plugins(__name__)
