"""What is installed: the versions that a report of a problem needs."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata


def show_versions() -> None:
    """Print the versions of Python, npae, its dependencies and its extras, and what BLAS runs on which machine.

    A report of a problem needs them.

    Examples
    --------
    >>> import npae
    >>> npae.show_versions()  # doctest: +ELLIPSIS
    npae           ...
    Python         ...
    machine        ...
    numpy          ...
    """
    for name, version in versions().items():
        print(f"{name:14} {version}")


def versions() -> dict[str, str]:
    """Return what `show_versions` prints: a text by the name of each thing."""
    cores = f"{os.cpu_count()} cores"
    return {
        "npae": _version("npae"),
        "Python": f"{platform.python_version()} ({platform.python_implementation()}, {sys.executable})",
        "machine": f"{platform.platform()}, {platform.machine()}, {cores}",
        **{name: _version(name) for name in _requirements()},
        "BLAS": "; ".join(_blas()) or "unknown",
    }


def _requirements() -> list[str]:
    """Return the names of npae's dependencies, then of its extras for users."""
    try:
        lines = metadata.requires("npae") or []
    except metadata.PackageNotFoundError:  # a copy on the path that was never installed
        return ["numpy", "scipy", "matplotlib"]
    for_npae = re.compile(r"extra == ['\"](test|lint|docs|bench|experiments|release)['\"]")
    names = [re.split(r"[\s\[<>=;(]", line)[0] for line in lines if not for_npae.search(line)]
    return list(dict.fromkeys(names))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _blas() -> list[str]:
    from threadpoolctl import threadpool_info  # imported here, as importing npae should not look for libraries

    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return sorted({f"{each['internal_api']} {each['version']}, {each['num_threads']} threads" for each in libraries})
