"""The gallery: each script of examples/ has a title, runs without a warning, and draws one picture."""

import ast
import re
import runpy
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from looped import in_one_test

FOLDER = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(FOLDER.rglob("*.py"))
FASTEST = "phase_is_a_circle"

pytest.importorskip("sklearn")


def docstring(script):
    return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))


def title(script):
    return docstring(script).splitlines()[0]


@pytest.fixture(autouse=True)
def clean_pyplot(monkeypatch, tmp_path):
    """Draw without a window, in a temporary folder, with matplotlib's own defaults."""
    monkeypatch.chdir(tmp_path)
    plt.close("all")  # a test of another file may have left figures open in this process
    plt.switch_backend("agg")
    with plt.rc_context(), warnings.catch_warnings():
        yield
    plt.close("all")


def run(script):
    """Run a script; return the sizes in inches of the figures that it leaves open, drawn."""
    runpy.run_path(str(script), run_name="__main__")
    figures = [plt.figure(number) for number in plt.get_fignums()]
    for figure in figures:
        figure.canvas.draw()
    return [figure.get_size_inches() for figure in figures]


def test_gallery_holds_at_least_twenty_examples():
    assert len(SCRIPTS) >= 20


def test_names_and_titles_are_unique():
    for names in ([script.stem for script in SCRIPTS], [title(script) for script in SCRIPTS]):
        assert len({*names}) == len(names)


def test_each_folder_of_examples_has_a_header():
    folders = {script.parent for script in SCRIPTS} | {FOLDER}
    assert [folder for folder in folders if not (folder / "GALLERY_HEADER.rst").exists()] == []


@in_one_test("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_is_short_and_begins_with_a_title_and_some_sentences(script):
    first, underline, empty, *text = docstring(script).splitlines()
    assert underline == "=" * len(first) and not empty
    assert 2 <= len(re.findall(r"[.?!:;](?:\s|$)", "\n".join(text))) <= 5
    assert 15 <= len(script.read_text(encoding="utf-8").splitlines()) <= 70


def test_the_fastest_example_draws_one_picture_as_wide_as_the_page():
    (size,) = run(next(FOLDER.rglob(f"{FASTEST}.py")))
    assert 5 <= size[0] <= 7.5


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_draws_one_picture_as_wide_as_the_page(script):
    (size,) = run(script)
    assert 5 <= size[0] <= 7.5
