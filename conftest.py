"""Doctests may write files, so each runs in a folder of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def doctests_run_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a temporary folder if the test is a doctest; only then is the folder made."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))
