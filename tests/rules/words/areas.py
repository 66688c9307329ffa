"""Which messages belong to which area of the words."""

import importlib
import pkgutil
from types import ModuleType


def ids_by_area(package: ModuleType) -> dict[str, set[str]]:
    """Return the message ids of every file of a package of sentences."""
    found = (each.name for each in pkgutil.iter_modules(package.__path__))
    return {name: set(_texts(package, name)) for name in found}


def _texts(package: ModuleType, name: str) -> dict[str, object]:
    return importlib.import_module(f"{package.__name__}.{name}").TEXTS
