"""Pictures of the README are those of today's code, on any machine; and what makes a picture old is noticed."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import picture_records as records
import pictures
from looped import in_one_test


@pytest.mark.parametrize("key", ["letters", "denoiser"])
def test_recipe_and_training_of_a_picture_are_todays(key):
    """The training begins as it did when the pictures were drawn: the same recipe, and the same first losses."""
    today = pictures.record_of(key, pictures.MODELS[key].fit(pictures.BEGINNING), None)
    for name in pictures.MODELS[key].pictures:
        kept = records.read_record(pictures.IMAGES / f"{name}.png")
        assert kept.recipe == today.recipe
        np.testing.assert_allclose(kept.losses, today.losses, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["letters", "denoiser"])
def test_a_picture_is_what_todays_code_draws(key):
    """From the theta that is kept: where training ends depends on the machine."""
    assert pictures.check(key) == []


@in_one_test("name", ["vae_manifold", "explorer", "explorer_digits"])
def test_a_picture_that_needs_data_or_a_browser_was_drawn_by_todays_code(name):
    source = pictures.explorer_source() if name in pictures.SHOTS else pictures.digit_source()
    assert records.faults(pictures.IMAGES / f"{name}.png", records.Record(source=source)) == []


def test_every_picture_is_drawn_by_the_one_command():
    known = {name for name, _ in pictures.everything()} | {"growth"}  # growth: by benchmarks/run.py
    assert {path.stem for path in pictures.IMAGES.glob("*.png")} == known


def test_the_list_names_what_a_picture_needs(capsys):
    pictures.main(["--list"])
    assert "vae_manifold                MNIST" in capsys.readouterr().out


def test_an_unknown_picture_is_refused():
    with pytest.raises(SystemExit, match="names must be among latent_space, .*, got 'nothing'"):
        pictures.main(["nothing"])


@pytest.fixture
def drawn(tmp_path):
    """Return a figure, the file of its picture, and its record."""
    figure = figure_of("a title")
    path, record = tmp_path / "a.png", records.Record("recipe", [0.5], ["a title"], "code")
    figure.savefig(path, dpi=150)
    records.write_record(path, record)
    return figure, path, record


def figure_of(title, places=(0.2, 0.8), colour="0.4"):
    figure = Figure(figsize=(3, 2))
    figure.suptitle(title)
    figure.subplots().plot(places, places, "o", color=colour, markersize=9)
    return figure


def test_an_unchanged_picture_has_no_faults(drawn):
    figure, path, record = drawn
    assert records.read_record(path) == record
    assert records.faults(path, record, figure) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"recipe": "other"}, "shows another recipe: recipe instead of other"),
        ({"losses": [0.50001]}, "shows another training: it began with losses"),
        ({"texts": ["b title"]}, r"has other texts: \['a title', 'b title'\]"),
        ({"source": "other"}, "was drawn by other code"),
    ],
)
def test_each_change_is_a_fault(drawn, changes, fault):
    _, path, record = drawn
    (found,) = records.faults(path, records.Record(**{**vars(record), **changes}))
    assert found.startswith("a.png")
    assert re.search(fault, found)
    assert found.endswith("Run: python docs/pictures.py a")


@pytest.mark.parametrize(
    "figure", [figure_of("a title", (0.2, 0.7)), figure_of("a title", colour="0.8")], ids=["moved", "pale"]
)
def test_a_picture_that_looks_different_is_noticed(drawn, figure):
    assert records.difference(drawn[1], figure) > records.SHARE


def test_rounding_of_numbers_is_not(drawn):
    assert records.difference(drawn[1], figure_of("a title", (0.2 + 1e-4, 0.8 - 1e-4))) <= records.SHARE


def test_losses_may_differ_in_their_last_digits(drawn):
    _, path, record = drawn
    assert records.faults(path, records.Record(record.recipe, [0.5 + 1e-8], record.texts, record.source)) == []


def test_a_picture_without_a_record_is_old(tmp_path):
    figure_of("a title").savefig(tmp_path / "b.png")
    (found,) = records.faults(tmp_path / "b.png", records.Record())
    assert "b.png must have a record" in found


def test_comments_docstrings_and_line_breaks_are_no_source(tmp_path):
    one, two, three = (tmp_path / f"{name}.py" for name in "abc")
    one.write_text('"""A."""\n\n\ndef f(x):\n    """B."""\n    return x + 1\n')
    two.write_text('"""C."""\ndef f(x):\n    # D\n    return x + 1\n')
    three.write_text('"""A."""\n\n\ndef f(x):\n    return x + 2\n')
    assert records.source_of(one) == records.source_of(two)
    assert records.source_of(one) != records.source_of(three)
