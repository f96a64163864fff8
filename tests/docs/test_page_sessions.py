"""The site shows what pages draw, and pages whose data are not there say so."""

import importlib
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
EXTENSIONS = Path(__file__).parents[2] / "docs" / "_ext"
DRAWN = """>>> import npae
>>> letter = npae.datasets.load_font("capitals").select("A")
>>> ax = npae.plots.glyph(letter)
"""
PAGE = """% needs: mnist

# Digits

A sentence.

## Begin

```{plot}
:alt: digits
>>> 1 + 1
2

```
"""


@pytest.fixture
def sessions(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    module = importlib.import_module("page_sessions")
    yield module
    sys.modules.pop("page_sessions")


def test_a_session_notes_the_figures_of_npae_which_pyplot_does_not_know(sessions):
    session = sessions.Session("page")
    assert session.run(DRAWN, 1) == ""
    assert len(session.pictures) == 1
    session.folder.cleanup()


def test_a_session_says_what_differs(sessions):
    session = sessions.Session("page")
    assert "Expected:\n    3" in session.run(">>> 1 + 1\n3\n", 1)
    session.folder.cleanup()


def test_a_page_without_its_images_shows_its_code_alone_and_says_so(sessions, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NPAE_DATA", raising=False)
    source = [PAGE]
    sessions.run_all_blocks(None, "page", source)
    assert "```python\n>>> 1 + 1" in source[0]
    assert "{plot}" not in source[0] and "needs" not in source[0]
    assert source[0].index("its pictures are missing") < source[0].index("## Begin")


def test_a_page_that_needs_nothing_is_a_session(sessions):
    source = [PAGE.replace("% needs: mnist\n", "") + "\n```python\n>>> 2 + 2\n4\n\n```\n"]
    sessions.run_all_blocks(None, "page", source)
    assert source[0].count("{plot}") == 2
