"""What the site's own extensions of Sphinx do to docstrings, links and sessions."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "_ext"))

import docstring_formulas  # noqa: E402
import drawings  # noqa: E402
import inventories  # noqa: E402
import page_sessions  # noqa: E402
import public_names  # noqa: E402
import repository  # noqa: E402
import repository_links  # noqa: E402
from looped import in_one_test  # noqa: E402


def escaped(text):
    lines = text.split("\n")
    docstring_formulas.escape(None, "class", "npae.X", None, None, lines)
    return "\n".join(lines)


@in_one_test(
    ("text", "expected"),
    [
        ("weight * sum |w| of theta_, x (N, *shape)", r"weight \* sum \|w\| of theta\_, x (N, \*shape)"),
        ("an *emphasised* word, **two** stars", "an *emphasised* word, **two** stars"),
        ("`theta_` and ``a | b`` stay, a citation [1]_ too", "`theta_` and ``a | b`` stay, a citation [1]_ too"),
        (">>> a * b | c_\n2 | 3\n\nd | e", ">>> a * b | c_\n2 | 3\n\nd \\| e"),
        ("**options : Any", "**options : Any"),
    ],
)
def test_formulas_are_no_markup(text, expected):
    assert escaped(text) == expected


def test_displayed_formulas_are_literal_blocks():
    text = "Sum.\n\n    y = |x|\n      + 1\n\nMore |x|.\n\n- an item\n\n    of |two|"
    block = "Sum.\n\n.. code-block:: text\n\n    y = |x|\n      + 1\n\n"
    assert escaped(text) == block + "More \\|x\\|.\n\n- an item\n\n    of \\|two\\|"


def test_links_that_leave_docs_lead_to_the_repository(monkeypatch):
    monkeypatch.setattr(repository, "ADDRESS", "https://example.org/npae")
    text = (
        "[a](../../tests/test_imports.py#x) [b](../../CHANGELOG.md#added) [c](../glossary.md) [d](#here) [e](gone.md) "
        "[f](../../npae/layers/)\n\n```\n[a](../../tests/test_imports.py)\n```\n"
    )
    folder = ROOT / "docs" / "how_to"
    assert repository_links._rewritten(text, folder, folder) == (
        "[a](https://example.org/npae/blob/main/tests/test_imports.py#x) [b](../changelog.md#added) "
        "[c](../glossary.md) [d](#here) [e](gone.md) [f](https://example.org/npae/tree/main/npae/layers)\n\n"
        "```\n[a](../../tests/test_imports.py)\n```\n"
    )


def test_all_doctests_of_a_page_with_a_plot_are_one_session():
    text = "```python\n>>> x = 1\n```\n```python\nx = 2\n```\n```{plot}\n>>> x\n1\n```\n"
    expected = "```{plot}\n:nofigs:\n\n>>> x = 1\n```\n```python\nx = 2\n```\n```{plot}\n>>> x\n1\n```\n"
    assert "".join(page_sessions._as_session(text)) == expected


def test_a_session_says_what_differs():
    session = page_sessions.Session("page")
    assert session.run(">>> open('x', 'w').close()\n>>> 1 + 1\n2\n", 1) == ""
    assert "Expected:\n    3\nGot:\n    2" in session.run(">>> import os\n>>> len(os.listdir()) + 1\n3\n", 5)
    assert not Path("x").exists()
    session.folder.cleanup()


def test_an_inventory_that_cannot_be_had_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "kept.inv").write_bytes(b"# Sphinx inventory version 2")
    sites = {"kept": "https://kept.invalid/", "gone": (tmp_path / "none").as_uri() + "/"}
    assert inventories.mapping(tmp_path, **sites) == {"kept": (sites["kept"], str(tmp_path / "kept.inv"))}
    monkeypatch.setenv("NPAE_DOCS_OFFLINE", "1")
    assert inventories.mapping(tmp_path, **sites) == {}


def test_a_class_shows_its_own_methods_and_names_its_public_bases():
    assert public_names.public_bases("npae.Dense") == ["npae.Layer"]
    assert public_names.own_members("npae.Dense") == []
    assert {"fit", "encode", "save"} <= set(public_names.own_members("npae.Autoencoder"))
    assert not [name for name in public_names.own_members("npae.Autoencoder") if name.endswith("_request")]


@pytest.mark.parametrize(("name", "margin"), [("logo", 2), ("favicon", 0)])
def test_the_logo_is_the_one_that_the_code_draws(name, margin):
    drawn = ROOT / "docs" / "_static" / f"{name}.svg"
    assert drawn.read_text(encoding="utf-8") == drawings.hourglass(margin)


def test_the_projects_own_addresses_are_left_out_where_links_to_other_sites_are_checked():
    import re

    def is_own(link):
        return any(re.match(pattern, link) for pattern in repository.own_links())

    assert is_own(f"{repository.ADDRESS}/blob/main/README.md#use") and is_own(repository.ADDRESS)
    assert all(map(is_own, repository.addresses().values()))
    assert not is_own("https://semver.org") and not is_own(f"{repository.ADDRESS}-fork")
