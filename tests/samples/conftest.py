"""What the tests of rows share."""

import os

import pytest


@pytest.fixture(params=["preadv", "seek"])
def reading(request, monkeypatch):
    """Both ways to read at a position; Windows has one."""
    if request.param == "seek":
        monkeypatch.delattr(os, "preadv", raising=False)
    elif not hasattr(os, "preadv"):
        pytest.skip("this system has no os.preadv")
