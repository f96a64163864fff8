"""Doctests may write files, so each runs in a folder of its own. The rest saves time."""

from __future__ import annotations

import gc
import os

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy is imported; threads that wait for a core spin
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection() -> None:
    """Leave the garbage of the collection where it is: there is hardly any among the thousands of tests."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on, look for garbage only among what the tests make, not among the tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def doctests_run_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a temporary folder if the test is a doctest; only then is the folder made."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))
