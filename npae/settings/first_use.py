"""Names that a package imports when they are first used, since most programs do without them (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

_GETTERS: dict[str, Callable[[str], Any]] = {}  # by name, of all packages


def on_first_use(package: str, modules: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package, given modules ("conv") with the names in them ("Conv1D Conv2D").

    The modules themselves are attributes, too. A name must not be that of its module, which would take its place.
    The names of a module in a subpackage ("network.gradcheck") are attributes without it.

    Tools that read source code know nothing of this: under `if TYPE_CHECKING`, the package imports the same names.
    """
    home = {name: module for module, names in modules.items() for name in names.split()}
    home |= {module: module for module in modules if "." not in module}

    def get(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(f".{home[name]}", package)
        value = module if name == home[name] else getattr(module, name)
        setattr(sys.modules[package], name, value)  # from now on, nobody asks here
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    _GETTERS.update(dict.fromkeys(home.keys() - modules.keys(), get))
    return get, names


def import_by_name(name: str) -> None:
    """Import what a package offers under this name and imports on first use, if there is such a name."""
    if name in _GETTERS:
        _GETTERS[name](name)
