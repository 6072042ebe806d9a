"""Renders a page in its reader's language, and the one page for every link that is not valid."""

from typing import Any

from flask import render_template

from crm import i18n
from crm.stores.models import Store
from crm.stores.settings import read_settings


def page(template: str, store: Store, language: str | None, **values: Any) -> str:
    """Render a template of a store's page in a language (the store's when None)."""
    with i18n.speaking(language or store.locale):
        return render_template(
            template,
            _=i18n.gettext,
            language=i18n.locale(),
            store_name=store.name,
            postal_address=read_settings(store).sender.postal_address,
            **values,
        )


def gone(_: Exception) -> tuple[str, int]:
    """Answer a forged, cut or foreign link: always the same page, so that nothing can be probed."""
    text = render_template(
        "public/gone.html",
        _=i18n.gettext,
        language=i18n.locale(),
        store_name="",
        postal_address="",
    )
    return text, 404
