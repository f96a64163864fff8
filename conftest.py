"""Doctests may write files, so each runs in a folder of its own. The rest saves time."""

from __future__ import annotations

import gc
import os
import tempfile
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy is imported; threads that wait for a core spin
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

collect_ignore_glob = ["*/conftest.py"]  # they have no doctests, and one name for several files


def pytest_collection() -> None:
    """Leave the garbage of the collection where it is: there is hardly any among the thousands of tests."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on, look for garbage only among what the tests make, not among the tests, and seldom."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all cases of a test as slow, except those that `@pytest.mark.fast_cases(n)` keeps: n, evenly spaced."""
    tests = defaultdict(list)
    for item in items:
        if marker := item.get_closest_marker("fast_cases"):
            tests[item.nodeid.partition("[")[0], marker.args[0]].append(item)
    for (_, n), cases in tests.items():
        kept = {round(i * (len(cases) - 1) / max(n - 1, 1)) for i in range(n)}
        for i in set(range(len(cases))) - kept:
            cases[i].add_marker("slow")


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Generator[None]:
    """Write thousands of small files without a wait for the disk: only a loss of power would show the difference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Run a doctest in a temporary folder; a fixture for all tests would take its time from each of them."""
    if not isinstance(item, pytest.DoctestItem):
        return (yield)
    before = Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            return (yield)
        finally:
            os.chdir(before)
