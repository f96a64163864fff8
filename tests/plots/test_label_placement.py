"""Labels: near their points, clear of each other, and readable on any background."""

import copy
import pickle

import numpy as np
import pytest
from looped import in_one_test
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from npae.plots import label_placement

FRAME = np.array([[0.0, 0.0], [400.0, 300.0]])


def axes_of(points=((0.5, 0.5),), image=None, size=4.0):
    """Return Axes from 0 to 1, over an image if its grey is given, and points as an array."""
    ax = Figure(figsize=(size, size)).add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(0, 1))
    ax.set_axis_off()
    if image is not None:
        ax.imshow([[image]], cmap="gray", vmin=0, vmax=1, extent=(0, 1, 0, 1))
    return ax, np.array(points, dtype=float)


def overlaps(centres, boxes):
    """Count the pairs of boxes that have an inner point in common."""
    near = (np.abs(centres[:, None] - centres) < (boxes[:, None] + boxes) / 2).all(axis=2)
    return (np.count_nonzero(near) - len(centres)) // 2


def test_the_counter_of_overlaps_finds_them():
    assert overlaps(np.array([[0, 0], [9, 0], [18, 9], [18, 21]]), np.full((4, 2), 10)) == 2


def test_a_single_label_is_as_close_as_possible():
    box = np.array([[10.0, 8.0]])
    moves = label_placement.place_labels(np.array([[200.0, 150.0]]), box, label_placement.AROUND, FRAME)
    np.testing.assert_allclose(np.hypot(*(moves / (1 + box / (2 * 3))).T), 3)


@in_one_test(("anchor", "away"), [((399, 150), (-1, 0)), ((200, 299), (0, -1)), ((1, 1), (1, 1))])
def test_a_label_stays_inside_the_frame(anchor, away):
    box = np.array([[30.0, 10.0]])
    move = label_placement.place_labels(np.array([anchor], dtype=float), box, label_placement.AROUND, FRAME)
    assert (np.abs(anchor + move - FRAME.mean(axis=0)) <= (FRAME[1] - FRAME[0] - box) / 2).all()
    assert (move * away >= 0).all() and move @ away > 0


@in_one_test("seed", range(3))
def test_48_labels_in_a_crowd_do_not_overlap(seed):
    rng = np.random.default_rng(seed)
    anchors = FRAME.mean(axis=0) + rng.normal(0, 21, (48, 2))
    boxes = np.full((48, 2), [7.5, 8.6])
    moves = label_placement.place_labels(anchors, boxes, label_placement.AROUND, FRAME)
    assert overlaps(anchors + moves, boxes) == 0
    assert overlaps(anchors + np.array([6.75, 0]), boxes) > 25  # as it would be without moving any


def test_each_label_has_one_of_the_offered_gaps():
    anchors, boxes = np.random.default_rng(0).uniform(50, 90, (20, 2)), np.full((20, 2), 10.0)
    gaps = np.hypot(*label_placement.AROUND.T)
    moves = label_placement.place_labels(anchors, boxes, label_placement.AROUND, FRAME)
    left = np.hypot(*moves.T) - 5
    np.testing.assert_allclose(np.abs(left[:, None] - gaps).min(axis=1), 0, atol=1e-9)


def test_labels_are_written_verbatim_at_their_points():
    ax, points = axes_of([(0.2, 0.2), (0.8, 0.3)])
    label_placement.write_labels(ax, points, ["$x$", "block"], label_placement.AROUND)
    assert [note.get_text() for note in ax.texts] == ["$x$", "block"]
    assert not any(note.get_parse_math() for note in ax.texts)
    np.testing.assert_array_equal([note.xy for note in ax.texts], points)


def test_only_a_distant_label_has_a_line_to_its_point():
    ax, points = axes_of([(0.5, 0.5), (0.1, 0.1)])
    label_placement.write_labels(ax, points[:1], ["A"], np.array([[60.0, 0.0]]))
    label_placement.write_labels(ax, points[1:], ["B"], np.array([[4.0, 0.0]]))
    assert [note.arrow_patch is not None for note in ax.texts] == [True, False]


@in_one_test("dpi", [72, 100, 130])
@in_one_test("label", ["_", "|", "I"])
def test_a_thin_label_over_an_image_is_seen_in_blue_with_a_white_rim(label, dpi):
    ax, points = axes_of(image=0.6, size=0.8)
    label_placement.write_labels(ax, points, [label], label_placement.AROUND)
    ax.figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    red, _, blue, _ = np.moveaxis(np.asarray(canvas.buffer_rgba()).astype(int), -1, 0)
    assert (blue - red).max() > 60
    assert np.minimum(red, blue).max() > 240


def test_without_an_image_labels_are_plain():
    ax, points = axes_of()
    label_placement.write_labels(ax, points, ["A"], label_placement.AROUND)
    assert (ax.texts[0].get_weight(), ax.texts[0].get_path_effects()) == ("normal", [])


def test_points_without_labels_are_all_alike():
    ax, points = axes_of([(0.2, 0.2), (0.8, 0.3)])
    label_placement.draw_points(ax, points)
    (dots,) = ax.collections
    np.testing.assert_array_equal(dots.get_offsets(), points)
    assert ax.get_legend() is None and not ax.texts


@pytest.mark.parametrize(("given", "written"), [(["a", "b"] * 5, 0), (list("abcdefghij"), 10), (list(range(10)), 0)])
def test_strings_that_differ_are_written(given, written):
    ax, points = axes_of(np.random.default_rng(0).uniform(size=(10, 2)))
    label_placement.draw_points(ax, points, given)
    assert len(ax.texts) == written


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_title_of_the_axes_stands_above_the_legend(layout, when):
    figure = Figure(figsize=(5, 4), layout=layout)
    FigureCanvasAgg(figure)
    ax, points = figure.subplots(), np.random.default_rng(0).random((9, 2))
    for _ in range(2):
        if when == "before":
            ax.set_title("What the codes say")
        label_placement.draw_points(ax, points, [0, 1, 2] * 3)
        ax.set_title("What the codes say")
    figure.canvas.draw()
    legend, title = ax.get_legend().get_window_extent(), ax.title.get_window_extent()
    assert title.y0 >= legend.y1
    assert title.y1 <= figure.bbox.y1
    copy.deepcopy(pickle.loads(pickle.dumps(figure))).canvas.draw()


@in_one_test(
    "labels, classes",
    [
        (np.arange(200) % 10, 10),
        (np.arange(200) % 2 == 0, 2),
        ([f"class {i % 10}" for i in range(200)], 10),
        (np.arange(200) % 11, 0),
        (np.arange(200) % 9 / 2, 0),
        (np.arange(200) % 8 / 2, 8),
    ],
    ids=["ten ints", "bools", "ten texts", "eleven ints", "nine decimals", "eight decimals"],
)
def test_few_classes_have_a_colour_and_a_marker_each_and_many_a_scale(labels, classes):
    ax = Figure(figsize=(6.5, 6), layout="constrained").subplots()
    label_placement.draw_points(ax, np.random.default_rng(0).random((200, 2)), labels)
    marks = ax.collections if classes else []
    assert len({(tuple(dots.get_facecolor()[0]), dots.get_paths()[0].vertices.tobytes()) for dots in marks}) == classes
    assert len({tuple(dots.get_facecolor()[0]) for dots in marks}) == classes
    assert (ax.get_legend() is not None) == (classes > 0) and (len(ax.figure.axes) == 2) == (classes == 0)
    if classes:
        ax.figure.draw_without_rendering()
        assert ax.get_legend().get_window_extent().x1 <= ax.figure.bbox.x1
