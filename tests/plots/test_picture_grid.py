"""A grid of pictures: where each stands, what stands above it, and one range for all."""

import numpy as np
import pytest
from looped import in_one_test
from matplotlib.figure import Figure

import npae
from npae import plots

LETTERS = npae.datasets.load_font("capitals")
RNG = np.random.default_rng(0)


def corners(ax):
    """Return the upper left corner of each picture, in order."""
    return [tuple(mesh.get_coordinates()[0, 0]) for mesh in ax.collections]


def test_pictures_stand_in_rows_and_do_not_overlap():
    ax = plots.pictures(RNG.random((7, 12)), (3, 4), columns=3)
    (first, second, third, fourth, *_), places = corners(ax), corners(ax)
    assert len(places) == 7 and first == (0, 0)
    assert second[0] >= 5 and second[1] == 0 and third[0] == 2 * second[0]
    assert fourth[0] == 0 and fourth[1] >= 4
    (left, right), (below, above) = ax.get_xlim(), ax.get_ylim()
    assert left <= 0 and right >= third[0] + 4 and above <= 0 and below >= places[-1][1] + 3


@in_one_test(
    "data, shape, columns",
    [(LETTERS, None, 8), (RNG.random((3, 64)), (8, 8), 3), (RNG.random((40, 8, 8)), None, 8), (np.eye(1), (1, 1), 1)],
    ids=["a font", "few", "many", "one"],
)
def test_a_grid_without_columns_is_wider_than_high(data, shape, columns):
    places = corners(plots.pictures(data, shape))
    assert sum(top == places[0][1] for _, top in places) == columns


def test_a_font_brings_its_labels_and_titles_stand_above_their_pictures():
    ax = plots.pictures(LETTERS, columns=10)
    assert [text.get_text() for text in ax.texts] == list(LETTERS.labels)
    for text, (left, top) in zip(ax.texts, corners(ax), strict=True):
        x, y = text.get_position()
        assert left < x < left + 5 and top - 3 < y < top
    assert not plots.pictures(LETTERS.pixels, LETTERS.shape).texts
    assert [t.get_text() for t in plots.pictures(np.eye(4), (2, 2), titles=[1.5, "$a$", 3, 4]).texts][:2] == [
        "1.5",
        "$a$",
    ]


def test_titles_keep_clear_of_the_pictures_above_on_axes_of_ones_own():
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = plots.pictures(LETTERS.pixels, LETTERS.shape, 8, LETTERS.labels, figure.subplots())
    assert ax.figure is figure
    figure.draw_without_rendering()
    tops = [text.get_window_extent().y1 for text in ax.texts[8:16]]
    above = ax.transData.transform([(0, top + 7) for _, top in corners(ax)[:1]])[0, 1]
    assert max(tops) <= above + 1


def test_one_range_holds_for_all_and_a_bar_names_it():
    X = np.array([[0.0, 1.0], [0.0, 5.0]])
    ax = plots.pictures(X, (1, 2))
    assert {mesh.get_clim() for mesh in ax.collections} == {(0, 5)}
    assert len(ax.figure.axes) == 2
    narrow = plots.pictures(X, (1, 2), limits=(0, 1))
    assert {mesh.get_clim() for mesh in narrow.collections} == {(0, 1)} and len(narrow.figure.axes) == 1


def test_pictures_in_colour():
    ax = plots.pictures(RNG.random((4, 3, 3, 3)))
    assert len(ax.collections) == 4


@in_one_test(
    "arguments, message",
    [
        ((np.empty((0, 4)), (2, 2)), r"data must be samples, at least one, got shape \(0, 4\)"),
        ((np.ones((3, 4)), (2, 3)), "shape"),
        ((np.ones((3, 4)), (2, 2), 0), "columns must be"),
        ((np.ones((3, 4)), (2, 2), None, ["a"]), "titles must be as many as the pictures, 3, got 1"),
        ((np.ones((3, 4)), (2, 2), None, []), "titles must be as many as the pictures, 3, got 0"),
    ],
    ids=["none", "shape", "columns", "titles", "no titles"],
)
def test_what_makes_no_grid_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.pictures(*arguments)


def test_the_public_names_are_those_that_are_offered():
    assert sorted(dir(plots)) == sorted(plots.__all__)
    assert not [name for name in plots.__all__ if not hasattr(plots, name)]
