"""Finds plugins: a plugin is a module, its file name is its key."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from crm.errors import NotFound
from crm.i18n import gettext as _


@cache
def plugins(package: str) -> dict[str, ModuleType]:
    """Load every plugin module of a package, sorted by key; `_private` files are not plugins."""
    home = importlib.import_module(package)
    names = sorted(found.name for found in pkgutil.iter_modules(home.__path__))
    return {
        name: importlib.import_module(f"{package}.{name}")
        for name in names
        if not name.startswith("_")
    }


def keys(package: str) -> list[str]:
    """List the plugin keys of a package without importing the plugins."""
    home = importlib.import_module(package)
    names = (found.name for found in pkgutil.iter_modules(home.__path__))
    return sorted(name for name in names if not name.startswith("_"))


@cache
def get_plugin(package: str, key: str) -> ModuleType:
    """Load one plugin by key. Raises NotFound naming the keys there are."""
    known = keys(package)
    if key not in known:
        said = _("“%(key)s” is unknown; there are: %(known)s.", key=key, known=", ".join(known))
        raise NotFound(said)
    return importlib.import_module(f"{package}.{key}")
