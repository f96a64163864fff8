"""Every function that draws pictures shows the values, colours and shapes of the data, whatever form they come in."""

import functools
import inspect

import numpy as np
import pandas as pd
import pytest
from looped import in_one_test
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import npae
from npae import plots

H, W, N = 6, 5, 10
RNG = np.random.default_rng(0)
LETTERS = npae.datasets.load_font("capitals")


@functools.cache
def model(in_shape, low=0.0, high=1.0):
    """Return an autoencoder that has hardly seen samples of this shape and range."""
    layers = [npae.Flatten(), 4, 2] if len(in_shape) > 1 else [4, 2]
    return npae.Autoencoder(layers, epochs=1, random_state=0).fit(samples(in_shape, low, high))


@functools.cache
def samples(in_shape, low=0.0, high=1.0):
    """Return N samples; the first contains both ends of the range, and few values in all."""
    X = low + (high - low) * np.random.default_rng(0).integers(0, 17, (N, *in_shape)) / 16
    X[0].flat[:2] = low, high
    return X


def new_axes():
    return Figure(figsize=(3, 3)).subplots()


def draw_tile(ae, X, **shape):
    ax = new_axes()
    plots.tile(ax, X, **shape)
    return ax


# How each function draws the data (N, ...), of which `one` is the first sample. One table for all tests.
DRAW = {
    "glyph": lambda ae, X, one, **shape: plots.glyph(one, **shape),
    "tile": lambda ae, X, one, **shape: draw_tile(ae, one, **shape),
    "pictures": lambda ae, X, one, **shape: plots.pictures(X, **shape),
    "reconstructions": lambda ae, X, one, **shape: plots.reconstructions(ae, X, n=2, **shape),
    "denoising": lambda ae, X, one, **shape: plots.denoising(ae, X, npae.GaussianNoise(0.1), n=2, **shape),
    "new_glyphs": lambda ae, X, one, **shape: plots.new_glyphs(X, X, "A" * len(X), [0] * len(X), **shape),
    "discovery": lambda ae, X, one, **shape: plots.discovery(discovered(X), **shape),
    "interpolation": lambda ae, X, one, **shape: plots.interpolation(ae, one, one, n=3, **shape),
    "traversal": lambda ae, X, one, **shape: plots.traversal(ae, sample=one, n=3, **shape),
    "manifold": lambda ae, X, one, **shape: plots.manifold(ae, data=X, n=3, **shape),
}


def discovered(X):
    """Return a Discovery whose new pictures are the known ones."""
    n = len(X)
    zeros = np.zeros(n)
    return npae.Discovery(np.zeros((n, 2)), X, zeros, np.arange(n), zeros, X)


HAS_NO_BAR = "tile"  # a part of figures, whose limits are its caller's
DECODED_ONLY = {"interpolation", "traversal", "manifold"}  # which draw no sample itself


def test_every_function_that_draws_pictures_is_in_the_table():
    functions = {name: getattr(plots, name) for name in plots.__all__ if callable(getattr(plots, name))}
    assert set(DRAW) == {name for name, draw in functions.items() if "shape" in inspect.signature(draw).parameters}


def figure_of(drawn):
    return getattr(drawn, "figure", drawn)


def bars(drawn):
    """Return (lowest, highest, extend) of each colour bar."""
    found = [ax._colorbar for ax in figure_of(drawn).axes if hasattr(ax, "_colorbar")]
    return [(bar.vmin, bar.vmax, bar.extend) for bar in found]


def pictures(drawn):
    """Return the greys or colours of each picture, and the values: [(values, colours)]."""
    found = []
    for ax in figure_of(drawn).axes:
        if not hasattr(ax, "_colorbar"):
            found += [mesh for mesh in ax.collections if isinstance(mesh, QuadMesh)] + list(ax.images)
    return [(np.ma.filled(one.get_array(), np.nan), one.to_rgba(one.get_array())[..., :3]) for one in found]


def shades(drawn):
    """Return the grey of each value that is drawn, over all pictures, or fail if one value has two greys."""
    greys = {}
    for values, colours in pictures(drawn):
        for value, grey in zip(values.ravel(), colours.reshape(-1, 3), strict=True):
            if np.isfinite(value):
                assert greys.setdefault(value, tuple(grey)) == tuple(grey)
    return greys


RANGES = {"digits": (0, 16), "signed": (-1, 1), "bytes": (0, 255), "negative": (-9, -5), "small": (0.0, 1.5)}


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("kind", RANGES)
def test_greys_follow_the_range_of_the_data_and_a_bar_says_so(name, kind):
    low, high = RANGES[kind]
    ae, X = model((H, W), low, high), samples((H, W), low, high)
    drawn = DRAW[name](ae, X, X[0])
    assert [bar[:2] for bar in bars(drawn)] == [(low, high)][name == HAS_NO_BAR :]
    if name not in DECODED_ONLY:
        greys = shades(drawn)
        seen = np.unique(X[0])
        assert len({greys[value] for value in seen}) == len(seen)
        assert (greys[low], greys[high]) == ((1, 1, 1), (0, 0, 0))


@in_one_test("name", DRAW)
def test_data_from_0_to_1_is_white_to_black_without_a_bar(name):
    X = 0.2 + 0.5 * samples((H, W))
    drawn = DRAW[name](model((H, W)), X, X[0])
    assert bars(drawn) == []
    figure = figure_of(drawn)
    clims = [mesh.get_clim() for ax in figure.axes for mesh in ax.collections if isinstance(mesh, QuadMesh)]
    assert {*clims, *[image.get_clim() for ax in figure.axes for image in ax.images]} <= {(0, 1), (0, 2)}


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("form", ["axes", "flat", "height and width"])
def test_colours_are_drawn_as_they_are(name, channels, form):
    in_shape = (H * W * channels,) if form == "flat" else (H, W, channels)
    X = samples(in_shape)
    shape = {"axes": {}, "flat": {"shape": (H, W, channels)}, "height and width": {"shape": (H, W)}}[form]
    drawn = DRAW[name](model(in_shape), X, X[0], **shape)
    assert bars(drawn) == []
    colours = X[0].reshape(H, W, channels)
    expected = colours[..., :3] if channels == 3 else 1 - colours[..., 3:] * (1 - colours[..., :3])
    shown = [values for values, _ in pictures(drawn)]
    assert {values.shape[-1] for values in shown} == {3}
    if name not in DECODED_ONLY:
        assert any(np.allclose(values, expected) for values in shown)


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("dtype, limits", [("uint8", (0, 255)), ("float64", (-4, 250))])
def test_colours_beyond_0_to_1_share_one_range(name, dtype, limits):
    X = samples((H, W, 3), *((16, 240) if dtype == "uint8" else limits)).astype(dtype)
    drawn = DRAW[name](model((H, W, 3), 16, 240), X, X[0])
    assert [bar[:2] for bar in bars(drawn)] == [limits][name == HAS_NO_BAR :]
    if name not in DECODED_ONLY:
        expected = (X[0] - limits[0]) / (limits[1] - limits[0])
        assert any(np.allclose(values, expected) for values, _ in pictures(drawn))


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("in_shape", [(H, W), (H, W, 1)])
def test_the_shape_is_found_in_the_samples(name, in_shape):
    X = samples(in_shape)
    values, _ = pictures(DRAW[name](model(in_shape), X, X[0]))[0]
    assert values.shape == ((3 * (H + 1), 3 * (W + 1)) if name == "manifold" else (H, W))


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("in_shape", [(35,), (7, 5, 1)])
def test_a_font_brings_its_shape_along(name, in_shape):
    ae = npae.Autoencoder([npae.Flatten(), 4, 2] if len(in_shape) > 1 else [4, 2], epochs=1, random_state=0)
    ae.fit(LETTERS.pixels.reshape(-1, *in_shape))
    drawn = DRAW[name](ae, LETTERS, LETTERS.select("A"))
    assert bars(drawn) == []
    assert pictures(drawn)[0][0].shape == (24, 18) if name == "manifold" else (7, 5)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("name", sorted(DRAW.keys() - {"glyph", "tile"}))
def test_a_font_in_place_of_a_shape_is_its_shape(name):
    X = LETTERS.pixels
    ae = npae.Autoencoder([4, 2], epochs=1, random_state=0).fit(X)
    assert pictures(DRAW[name](ae, X, X[0], shape=LETTERS))


def test_a_column_called_pixels_makes_no_font():
    names = ["pixels", "labels", "shape", "name", *(f"x{i}" for i in range(H * W - 4))]
    frame = pd.DataFrame(samples((H * W,)), columns=names)
    ae = npae.Autoencoder([4, 2], epochs=1, random_state=0).fit(frame)
    for name, draw in DRAW.items():
        drawn = draw(ae, frame, frame.iloc[[0]], shape=(H, W))
        assert pictures(drawn)[0][0].shape == ((3 * (H + 1), 3 * (W + 1)) if name == "manifold" else (H, W)), name
    assert plots.latent_space(ae, frame).has_data()


@in_one_test("name", DRAW)
def test_a_shape_that_is_not_known_is_asked_for(name):
    X = samples((36,))
    rule = r"H \* W = 36, \(H, W, 3\) with H \* W = 12 or \(H, W, 4\) with H \* W = 9, got None\. Give "
    with pytest.raises(ValueError, match=rf"{rule}.*shape=\(H, W\), or shape=font\.$"):
        DRAW[name](model((36,)), X, X[0])


def test_a_shape_that_is_asked_for_may_come_with_the_data():
    """As after fit(font): the message names the argument that brings it, and that argument works."""
    ae = npae.Autoencoder([4, 2], epochs=1, random_state=0).fit(LETTERS)
    with pytest.raises(ValueError, match=r"Give data=font, shape=\(H, W\), or shape=font"):
        plots.manifold(ae, n=2)
    with pytest.raises(ValueError, match=r"Give sample=font\.select\('A'\), shape=\(H, W\)"):
        plots.traversal(ae, n=2)
    with pytest.raises(ValueError, match=r"Give start as a Font, shape=\(H, W\)"):
        plots.interpolation(ae, LETTERS.pixels[0], LETTERS.pixels[1], n=2)
    assert plots.manifold(ae, n=2, data=LETTERS).images
    plots.traversal(ae, n=2, sample=LETTERS.select("A"))
    plots.interpolation(ae, LETTERS.select("A"), LETTERS.select("B"), n=2)


@in_one_test("name", DRAW)
@in_one_test("shape", [(3, 4), (6, 2, 3, 1), (0, 36), 36, "66", (6.0, 6.0), np.eye(2)])
def test_a_shape_that_does_not_fit_is_refused(name, shape):
    X = samples((36,))
    with pytest.raises(ValueError, match=r"shape must be \(H, W\) with H \* W = 36, .*, got .*[^.]\.$"):
        DRAW[name](model((36,)), X, X[0], shape=shape)


def test_channels_that_are_no_colours_are_named():
    X = samples((H, W, 2))
    with pytest.raises(ValueError, match=r"got None\. The samples' own shape \(6, 5, 2\) is no picture of 1, 3 or 4"):
        plots.reconstructions(model((H, W, 2)), X)
    assert plots.reconstructions(model((H, W, 2)), X, shape=(H, 2 * W)).axes


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("value, limits", [(7, (7, 8)), (-2.5, (-2.5, -1.5)), (0.3, None), (2.0**60, None)])
def test_a_constant_picture_is_drawn(name, value, limits):
    X = np.full((N, H, W), float(value))
    drawn = DRAW[name](model((H, W)), X, X[0])
    if limits:
        assert [bar[:2] for bar in bars(drawn)] == [limits][name == HAS_NO_BAR :]
    figure_of(drawn).draw_without_rendering()


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("draw", [plots.glyph, lambda picture: draw_tile(None, picture)])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_what_is_no_number_is_pale_and_the_rest_keeps_its_range(draw, channels):
    picture = np.array([[np.nan, np.inf], [-2, 3]])
    picture = np.repeat(picture[..., None], channels[0], axis=-1) if channels else picture
    drawn = draw(picture)
    ((_, colours),) = pictures(drawn)
    np.testing.assert_allclose(colours[0, 0], to_rgb("#DCE6F0"), atol=0.01)
    assert [bar[:2] for bar in bars(drawn)] in ([(-2, 3)], [])  # a tile has no bar
    figure_of(drawn).draw_without_rendering()
    assert bars(draw(np.full_like(picture, np.nan))) == []


def test_decoded_values_beyond_the_data_are_clipped_and_arrows_say_so(monkeypatch):
    ae, X = model((H, W), 0, 16), samples((H, W), 0, 16)
    monkeypatch.setattr(ae, "reconstruct", lambda X: 3 * X - 10, raising=False)
    figure = plots.reconstructions(ae, X, n=2)
    assert bars(figure) == [(0, 16, "both")]


@pytest.mark.parametrize("values, limits", [((-0.1, 1.1), None), ((-0.1, 0.1), (-0.1, 0.1)), ((-1, 1), (-1, 1))])
@pytest.mark.parametrize("draw", [plots.manifold, plots.traversal])
def test_without_data_a_small_overshoot_is_no_range(draw, values, limits, monkeypatch):
    ae = model((H, W))
    monkeypatch.setattr(ae, "sample", lambda n, random_state: np.resize(values, (n, H, W)), raising=False)
    assert [bar[:2] for bar in bars(draw(ae, n=3))] == ([limits] if limits else [])


def test_interpolation_goes_from_the_first_to_the_last_of_several_samples():
    ae, X = model((H, W)), samples((H, W))
    several, two = plots.interpolation(ae, X, n=3), plots.interpolation(ae, X[0], X[-1], n=3)
    for (one, _), (other, _) in zip(pictures(several), pictures(two), strict=True):
        np.testing.assert_array_equal(one, other)


MANY = {
    "glyph": lambda ae: plots.glyph(LETTERS),
    "interpolation": lambda ae: plots.interpolation(ae, LETTERS, LETTERS),
    "traversal": lambda ae: plots.traversal(ae, sample=LETTERS),
}


@in_one_test("name", MANY)
def test_one_sample_is_wanted_and_a_font_of_many_is_refused(name):
    ae = npae.Autoencoder([4, 2], epochs=1, random_state=0).fit(LETTERS.pixels)
    with pytest.raises(ValueError, match=r"must be one sample, got a Font of 32\. Choose one, such as font\.sel"):
        MANY[name](ae)
    with pytest.raises(ValueError, match=r"start must be two samples or more where end is None, got .* \(35,\)"):
        plots.interpolation(ae, LETTERS.pixels[0], shape=(7, 5))


def test_lines_between_pixels_are_drawn_only_in_black_and_white_pictures():
    """They would hide small differences between greys."""
    letters, ax = npae.datasets.load_font("capitals"), Figure().subplots()
    grey = np.linspace(0, 1, 35)

    def has_lines(*args, **options):
        npae.plots.tile(ax, *args, **options)
        return ax.collections[-1 if not options else -2].get_linewidth()[0] == 0.3

    assert has_lines(letters.pixels[0], (7, 5))
    assert has_lines(1.0 * letters.pixels[0], (7, 5))
    assert not has_lines(grey, (7, 5))
    assert not has_lines(np.linspace(0, 1, 64), (8, 8))
    assert has_lines(grey, (7, 5), original=letters.pixels[0])  # beside its black-and-white original
