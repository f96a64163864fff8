"""Sentences of the docstrings of npae.plots, each taken as a claim that can be false."""

import functools
import math

import numpy as np
import pytest
from looped import in_one_test
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

import npae
from npae import Autoencoder, plots
from npae.plots.code_grid import bounds_of
from npae.plots.shades import GREYS

RNG = np.random.default_rng(5)
FONT = npae.datasets.load_font("capitals").select("ABCDE")
SOME = {"optimizer": "adam", "refine": None, "epochs": 3, "random_state": 0}


@functools.cache
def model(code=2, features=35):
    X = FONT.pixels if features == 35 else RNG.random((20, features))
    return Autoencoder([code], **SOME).fit(X)


@functools.cache
def refined():
    return Autoencoder([2], optimizer="adam", refine=npae.Refine("CG", every=2, max_iterations=3), epochs=4).fit(FONT)


def own_axes():
    return Figure(figsize=(3, 3)).subplots()


def meshes(ax):
    return [mesh for mesh in ax.collections if isinstance(mesh, QuadMesh)]


def numbers(ax):
    """Return the values of each picture, flat."""
    return [np.ma.filled(mesh.get_array(), np.nan).ravel() for mesh in meshes(ax)]


# The drawing of a network


def fronts(ax):
    """Return the width of the front of each array."""
    corners = [patch.get_xy()[:4] for patch in ax.patches if patch.get_zorder() == 3]
    return [np.ptp(xy[:, 0]) for xy in corners if len({*xy[:, 0]}) == len({*xy[:, 1]}) == 2]


def test_the_thickness_of_images_are_their_channels():
    encoder = [npae.Conv2D(channels, 1) for channels in (300, 1000, 3000)]
    network = npae.Network(encoder, [npae.Conv2D(3, 1)], in_shape=(4, 4, 3))
    widths = fronts(plots.architecture(network))
    np.testing.assert_allclose(np.array(widths[1:4]) / np.log1p([300, 1000, 3000]), widths[1] / math.log1p(300))
    np.testing.assert_allclose(widths[0], widths[4])  # a body of 3 channels is as thin as any
    assert widths[0] < widths[1]


def test_a_series_is_a_sheet_of_its_steps():
    network = npae.Network([npae.Dense(2)], [npae.Dense(3)], in_shape=(7, 3))
    ax = plots.architecture(network)
    upright = [line for line in ax.lines if len({*line.get_xdata()}) == 1 and line.get_zorder() == 3]
    assert len(upright) == 3 * 6  # input, code and output, with lines between their 7 steps


def test_the_drawing_is_as_wide_as_the_network_is_deep():
    def width(encoder):
        return plots.architecture(Autoencoder(encoder), 6).figure.get_figwidth()

    widths = [width([4] * depth + [2]) for depth in range(5)]
    np.testing.assert_allclose(np.diff(widths), widths[1] - widths[0])
    assert widths[1] - widths[0] > 1


# Codes


def test_codes_of_one_number_lie_along_a_line():
    ax = plots.latent_space(model(1), FONT, ax=own_axes())
    places = np.array([note.xy for note in ax.texts])
    np.testing.assert_allclose(places[:, :1], model(1).encode(FONT))
    assert len({*places[:, 1]}) == 1


@in_one_test(
    ("labels", "written"),
    [
        ([f"{i}" for i in range(150)], 150),
        ([f"{i}" for i in range(151)], 0),
        ([f"{i % 9}" for i in range(20)], 20),
        ([f"{i % 8}" for i in range(20)], 0),
    ],
)
def test_strings_are_written_if_they_are_not_too_many(labels, written, monkeypatch):
    monkeypatch.setattr("npae.plots.label_placement.place_labels", lambda anchors, boxes, *_: np.full_like(boxes, 9.0))
    X = RNG.random((len(labels), 35))
    assert len(plots.latent_space(model(), X, labels, own_axes()).texts) == written


@in_one_test(
    ("codes", "expected"),
    [([2e-6, 0, 1e-6], (-1e-7, 2.1e-6)), ([5e6, 5e6], (5e6 - 5e3, 5e6 + 5e3)), ([0.0], (-1e-3, 1e-3))],
)
@in_one_test("dtype", [np.float32, np.float64])
def test_a_manifold_keeps_5_percent_of_any_range_free_and_a_little_around_a_point(codes, expected, dtype):
    found = bounds_of(None, np.array(codes, dtype)[:, None], 1)
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


@in_one_test("code", [1, 2])
def test_the_outermost_pictures_of_a_manifold_lie_at_its_bounds(code):
    def centres(**where):
        (image,) = plots.manifold(model(code), FONT.shape, n=5, ax=own_axes(), **where).images
        left, right = image.get_extent()[:2]
        half = (right - left) / 5 / 2
        return left + half, right - half

    np.testing.assert_allclose(centres(), (-1, 1))
    codes = model(code).encode(FONT)[:, 0]
    more = 0.05 * np.ptp(codes)
    np.testing.assert_allclose(centres(data=FONT), (codes.min() - more, codes.max() + more))
    bounds = ((0.25, 0.5), (1, 2))[:code]
    np.testing.assert_allclose(centres(bounds=bounds), (0.25, 0.5))
    np.testing.assert_allclose(centres(data=FONT, bounds=bounds), (0.25, 0.5))


def test_an_arc_is_the_path_of_interpolate():
    first, last = model().encode(FONT)[:2]
    ax = plots.interpolation(model(), *FONT.pixels[:2], FONT.shape, n=4, spherical=True, ax=own_axes())
    expected = model().decode(npae.interpolate(first, last, 4, spherical=True))
    np.testing.assert_allclose(numbers(ax), expected)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0 %", "100 %"]  # no picture is in the middle


def test_an_interpolation_has_9_pictures_in_the_range_of_its_two_ends():
    X = 3 * FONT.pixels
    ax = plots.interpolation(model(), 2 * X[0], X[1], FONT.shape, ax=own_axes())
    assert [mesh.get_clim() for mesh in meshes(ax)] == 9 * [(0, 6)]


def test_a_traversal_moves_ten_entries_of_a_sample_around_the_mean_of_the_codes():
    ae, sample = model(12, 13), RNG.random(13)
    code, mean = ae.encode(sample[None])[0], ae.code_mean_
    ax = plots.traversal(ae, (1, 13), sample, ax=own_axes())
    expected = np.tile(code, (10, 9, 1))
    for entry in range(10):
        expected[entry, :, entry] = mean[entry] + np.linspace(-3, 3, 9) * np.sqrt(ae.code_variance_[entry])
    np.testing.assert_allclose(numbers(ax), ae.decode(expected.reshape(90, 12)), rtol=1e-6)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [str(i) for i in range(1, 11)]


def test_a_traversal_has_a_row_for_each_entry_that_was_named():
    ae = model(12, 13)
    ax = plots.traversal(ae, (1, 13), entries=[11, 2], n=3, limit=1, ax=own_axes())
    codes = np.tile(ae.code_mean_, (2, 3, 1))
    for row, entry in enumerate((11, 2)):
        codes[row, :, entry] += np.array([-1, 0, 1]) * np.sqrt(ae.code_variance_[entry])
    np.testing.assert_allclose(numbers(ax), ae.decode(codes.reshape(6, 12)), rtol=1e-6)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["12", "3"]


# The course of training


def test_refinements_have_ticks_at_the_lower_edge_and_lines_in_their_colour():
    ax = plots.history(refined(), own_axes())
    (ticks,) = (line for line in ax.lines if line.get_label() == "refinement")
    curves = [line for line in ax.lines if line.get_label().startswith("_")]
    assert len(curves) == 2 and {line.get_color() for line in curves} == {ticks.get_color()}
    (loss,) = (line for line in ax.lines if line.get_label() == "loss")
    assert loss.get_color() != ticks.get_color()
    heights = ax.transAxes.inverted().transform(ticks.get_transform().transform(ticks.get_xydata()))[:, 1]
    assert (heights < 0.1).all() and (heights > 0).all()


def test_a_batch_is_an_evaluation_and_so_is_each_in_a_refinement():
    settings = {"batch_size": 2, "optimizer": "adam", "epochs": 2, "random_state": 0}
    ae = Autoencoder([2], refine=npae.Refine("CG", every=2, max_iterations=2), **settings).fit(FONT)
    (record,) = ae.history_["refinements"]
    plain = Autoencoder([2], refine=None, **settings).fit(FONT).history_["evaluations"]
    assert plain[1] - plain[0] == 3  # batches of 2, 2 and 1 samples
    with_refinement = np.diff(ae.history_["evaluations"])[0]
    assert with_refinement >= 3 + record["evaluations"]
    (loss, *_) = plots.history(ae, own_axes(), "evaluations").lines
    assert loss.get_xdata()[-1] == ae.history_["evaluations"][-1]


def test_a_dot_is_the_end_of_a_training():
    lost = {"loss": [3.0, 2.0, 1.0], "seconds": [1.0, 2.0, 5.0], "refinements": []}
    ax = plots.compare({"one": refined(), "other": lost}, ax=own_axes())
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [len(dot.get_xdata()) for dot in dots] == [1, 1]
    assert dots[0].get_xydata().tolist() == [[refined().history_["seconds"][-1], refined().history_["loss"][-1]]]
    assert dots[1].get_xydata().tolist() == [[5, 1]]
    assert [dot.get_color() for dot in dots] == [line.get_color() for line in ax.lines if line.get_marker() != "o"]


def test_values_that_are_zero_or_not_finite_leave_a_gap():
    record = {"loss": [3.0, 0.0, 2.0, np.inf, 1.0], "seconds": [1, 2, 3, 4, 5], "refinements": []}
    (line, _) = plots.compare({"one": record}, ax=own_axes()).lines
    np.testing.assert_array_equal(line.get_xydata(), [[1, 3], [2, np.nan], [3, 2], [4, np.nan], [5, 1]])


def test_only_the_loss_has_iterations():
    recorded = Autoencoder([2], refine=npae.Refine("CG", max_iterations=3), callbacks=[npae.Record(["mse"])], epochs=2)
    history = recorded.fit(FONT).history_
    (line, _) = plots.compare({"one": history}, "evaluations", "mse", own_axes()).lines
    np.testing.assert_array_equal(line.get_xydata(), np.transpose([history["evaluations"], history["mse"]]))


def test_a_history_without_what_it_is_drawn_over_is_refused():
    with pytest.raises(ValueError, match="x must be a column of the history, got 'seconds'"):
        plots.compare({"one": {"loss": [1.0], "refinements": []}}, "seconds")


UNFITTED = {
    "architecture": lambda ae: plots.architecture(ae),
    "architecture of a classifier": lambda ae: plots.architecture(npae.Classifier([2])),
    "compare": lambda ae: plots.compare({"one": ae}),
    "compare a detector": lambda ae: plots.compare({"one": npae.AnomalyDetector(ae)}),
    "denoising": lambda ae: plots.denoising(ae, FONT, npae.FlipPixels(2)),
    "history": lambda ae: plots.history(ae),
    "interpolation": lambda ae: plots.interpolation(ae, FONT),
    "latent_space": lambda ae: plots.latent_space(ae, FONT),
    "manifold": lambda ae: plots.manifold(ae, FONT.shape),
    "reconstructions": lambda ae: plots.reconstructions(ae, FONT),
    "traversal": lambda ae: plots.traversal(ae, FONT.shape),
}


@in_one_test("name", UNFITTED)
def test_an_unfitted_model_is_refused_by_the_error_that_is_named(name):
    """It is scikit-learn's own class where that is loaded."""
    with pytest.raises(ValueError, match="must be fitted") as caught:
        UNFITTED[name](Autoencoder([2]))
    assert caught.type.__name__ == "NotFittedError"


# Pictures


def test_what_is_not_a_number_is_pale_blue():
    red, green, blue = GREYS(np.nan)[:3]
    assert blue > max(red, green) > 0.7
    assert all(len({*GREYS(grey)[:3]}) == 1 for grey in (0.0, 0.3, 1.0))


def test_the_range_of_the_original_counts_and_its_middle_decides_what_is_wrong():
    ax = plots.glyph([0.0, 4.0, 6.0, 0.0], (2, 2), original=[0.0, 10.0, 10.0, 4.0], ax=own_axes())
    assert [mesh.get_clim() for mesh in meshes(ax)] == [(0, 10)]
    assert ax.get_xlabel() == "1 wrong"  # 4 where 10 should be


def test_a_tile_takes_its_limits_and_their_middle():
    ax, pixels, original = own_axes(), [-3.0, 5.0, 7.0, 20.0], [3.0, 3.0, 7.0, 7.0]
    assert plots.tile(ax, pixels, (2, 2), original=original, limits=(0, 10)) == 0
    assert plots.tile(ax, pixels, (2, 2), original=original, limits=(0, 8)) == 1
    plots.tile(ax, pixels, (2, 2))
    plots.tile(ax, [0.25, 0.5, 0.5, 0.75], (2, 2))
    assert [mesh.get_clim() for mesh in meshes(ax)] == [(0, 10), (0, 8), (-3, 20), (0, 1)]
    shades = meshes(ax)[0].to_rgba(np.array(pixels))[:, 0]
    assert (shades[0], shades[3]) == (1, 0)  # beyond the limits, as white and black as the limits


def test_96_samples_are_drawn_or_all_if_there_are_fewer(monkeypatch):
    ae, X, drawn = model(2, 4), RNG.random((97, 4)), []
    monkeypatch.setattr("npae.plots.sample_pictures.sheet", lambda pictures, *_: drawn.append(pictures))
    for samples in (X, X[:5]):
        plots.reconstructions(ae, samples, (2, 2))
        plots.denoising(ae, samples, npae.GaussianNoise(0.1), (2, 2))
    assert [{*map(len, pictures.values())} for pictures in drawn] == [{96}, {96}, {5}, {5}]
    np.testing.assert_array_equal(drawn[0]["original"], X[:96])


def test_the_range_is_that_of_the_clean_samples_that_are_drawn():
    ae, X = model(2, 4), 5 * np.eye(4)
    X[3] = 100
    noise = npae.GaussianNoise(50.0)
    for figure in (plots.reconstructions(ae, X, (2, 2), n=3), plots.denoising(ae, X, noise, (2, 2), n=3)):
        assert {mesh.get_clim() for mesh in meshes(figure.axes[0])} == {(0, 5)}


def test_a_new_picture_stands_beside_the_known_one_in_the_range_of_those():
    new, known = 9 * RNG.random((3, 4)), 4 * np.eye(4)[:3]
    ax = plots.new_glyphs(new, known, "abc", [1, 2, 3], (2, 2)).axes[0]
    found = meshes(ax)
    assert {mesh.get_clim() for mesh in found} == {(0, 4)}
    corners = np.array([mesh.get_coordinates()[0, 0] for mesh in found])
    values = numbers(ax)
    for one, other in zip(new, known, strict=True):
        (here,), (there,) = (
            [i for i, value in enumerate(values) if np.array_equal(value, wanted)] for wanted in (one, other)
        )
        assert corners[here][1] == corners[there][1]
        apart = np.abs(corners[:, 0] - corners[here, 0]) + 1e3 * (corners[:, 1] != corners[here, 1])
        assert np.argsort(apart)[1] == there and corners[here, 0] < corners[there, 0]


@in_one_test("axes", [(2, 2), (2, 2, 1)])
def test_a_discovery_takes_the_shape_of_its_samples(axes):
    X = RNG.random((3, *axes))
    zeros = np.zeros(3)
    found = npae.Discovery(np.zeros((3, 2)), X, zeros, np.arange(3), zeros, X)
    assert [mesh.get_array().shape[:2] for mesh in meshes(plots.discovery(found).axes[0])] == 6 * [(2, 2)]


def test_nothing_found_is_refused():
    none = np.zeros(0)
    empty = npae.Discovery(np.zeros((0, 2)), np.zeros((0, 4)), none, none.astype(int), none, RNG.random((3, 4)))
    with pytest.raises(ValueError, match="at least one"):
        plots.discovery(empty, (2, 2))


def test_a_note_is_below_and_a_title_replaces_that_of_the_figure():
    figure = Figure(figsize=(3, 2), layout="constrained")
    figure.subplots()
    figure.suptitle("before")
    height = figure.get_figheight()
    assert plots.titled(figure, note="Seeds 0 to 4") is figure
    assert figure.get_suptitle() == "before" and figure.get_figheight() > height
    plots.titled(figure, "A finding")
    shown = [text.get_text() for text in figure.texts if text.get_text()]
    assert "A finding" in shown and "before" not in shown
