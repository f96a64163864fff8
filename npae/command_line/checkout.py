"""Where the experiments and benchmarks are: beside the package in a checkout, inside it when it is installed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

INSTALLED = "studies"  # the folder of the installed package that holds them
PACKAGE = Path(__file__).parents[1]


def script(package: str, module: str) -> ModuleType:
    """Return a module of `experiments` or `benchmarks`; worker processes find the package, too.

    ImportError if npae came without them, or if the module needs what is not installed.
    """
    root = next(
        (root for root in (PACKAGE / INSTALLED, PACKAGE.parent) if (root / package / "__init__.py").exists()), None
    )
    if root is None:
        hint = "Run the command in a checkout of npae, or install npae again: pip install --force-reinstall npae."
        raise ImportError(f"npae must have come with the folder {package!r}, got an npae without it. {hint}")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(f"{package}.{module}")
