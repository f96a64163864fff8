"""The machine and the versions of packages that the numbers belong to."""

import os
import platform
from importlib import metadata
from pathlib import Path

from threadpoolctl import threadpool_info

PACKAGES = ("numpy", "scipy", "torch", "jax", "scikit-learn")


def describe_machine():
    """Return {what: text}: processor, cores, Python, the versions of PACKAGES, and every BLAS with its threads."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "blas": "; ".join(sorted(_blas())) or "unknown",
    }


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _blas():
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {f"{x['internal_api']} {x['version']}, {x['num_threads']} threads" for x in libraries}
