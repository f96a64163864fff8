"""Sentences of the docstrings of npae.datasets and npae.series, each taken as a claim that can be false."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import datasets, series

RNG = np.random.default_rng(2)


@in_one_test(("frequencies", "amplitudes"), [((1, 5), (0.5, 1)), ((2.5, 2.5), (3, 7))])
def test_sines_are_drawn_evenly_between_their_limits(frequencies, amplitudes):
    made = datasets.sines(2000, 2, frequencies=frequencies, amplitudes=amplitudes)
    limits = (made.frequencies, frequencies), (made.amplitudes, amplitudes), (made.phases, (0, 2 * np.pi))
    for drawn, (low, high) in limits:
        quantiles = np.quantile(drawn, np.linspace(0, 1, 11))
        np.testing.assert_allclose(quantiles, np.linspace(low, high, 11), atol=0.04 * (high - low) + 1e-12)


def test_sines_have_an_int_a_generator_or_none_as_their_source():
    rng = np.random.default_rng(0)
    one, other = (datasets.sines(2, random_state=rng).values for _ in range(2))
    np.testing.assert_array_equal(one, datasets.sines(2).values)  # 0 by default
    assert (one != other).any()
    assert (datasets.sines(2, random_state=None).values != datasets.sines(2, random_state=None).values).any()


def test_a_font_is_fitted_and_drawn_as_its_pixels():
    font = datasets.load_font("symbols").select(["space", "!", '"'])
    assert font.samples is font.pixels and font.picture_shape == font.shape == (7, 5)
    assert np.shares_memory(font.images, font.pixels) and font.images.shape == (3, 7, 5)
    assert font.select('"!').labels == ('"', "!")
    one, other = (npae.Autoencoder([2], epochs=2, random_state=0).fit(data) for data in (font, font.pixels))
    np.testing.assert_array_equal(one.theta_, other.theta_)
    assert not font.pixels[0].any()  # 0 is off


def test_pictures_are_grey_only_if_all_files_are(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    Image.new("L", (3, 2), 128).save(tmp_path / "b.png")
    assert datasets.load_folder(tmp_path).pictures.shape == (1, 2, 3)
    assert datasets.load_folder(tmp_path, grey=False).pictures.shape == (1, 2, 3, 3)
    Image.new("RGB", (3, 2), (255, 0, 0)).save(tmp_path / "a.png")
    both = datasets.load_folder(tmp_path)
    assert [path.name for path in both.paths] == ["a.png", "b.png"] and both.labels == ("", "")
    assert both.picture_shape == (2, 3, 3) and both.samples is both.pictures
    assert both.pictures[0, 0, 0].tolist() == [1, 0, 0]


def test_half_transparent_pixels_are_laid_on_white(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    Image.new("RGBA", (2, 2), (0, 0, 0, 102)).save(tmp_path / "a.png")
    np.testing.assert_allclose(datasets.load_folder(tmp_path).pictures, 0.6, atol=1 / 255)


@in_one_test(("length", "stride"), [(1, 1), (7, 3), (20, 1), (6, 6)])
def test_the_mean_of_windows_is_the_recording_as_far_as_they_reach(length, stride):
    recording = RNG.random((20, 2))
    cut = series.windows(recording, length, stride)
    assert len(cut) == 1 + (20 - length) // stride
    back = series.overlap_mean(cut, stride)
    np.testing.assert_allclose(back, recording[: (len(cut) - 1) * stride + length], rtol=1e-12)


@in_one_test(
    ("make", "message"),
    [
        (lambda: series.overlap_mean(np.ones(3)), "values must have shape"),
        (lambda: series.overlap_mean(np.ones((0, 3))), "values must have shape"),
        (lambda: series.overlap_mean(np.ones((2, 3)), 4), "stride must be at most the 3 steps"),
        (lambda: series.windows(np.ones(3), 4), "length must be at most"),
        (lambda: series.windows(np.ones((3, 2, 2)), 2), "recording must be numbers"),
        (lambda: series.pad([]), "at least one series, got none"),
        (lambda: series.pad([np.ones(0)]), r"series\[0\] must be numbers"),
        (lambda: series.pad([np.ones(3)], 2), "at most 2 steps"),
        (lambda: series.ChannelScaler.fit(np.ones((2, 3))), "X must be series"),
        (lambda: series.ChannelScaler.fit(np.ones((2, 3, 1))), "channel 0 must vary"),
        (lambda: series.ChannelScaler.fit(np.ones((2, 3, 1)), np.ones((2, 2), bool)), "mask must"),
    ],
)
def test_the_errors_that_series_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_pad_returns_is_what_estimators_take():
    X, mask = series.pad([RNG.random((n, 2)) for n in (3, 5, 2, 4)])
    ae = npae.Autoencoder([npae.LSTM(2)], optimizer="adam", epochs=1, random_state=0).fit(X, mask=mask)
    assert ae.encode(X, mask=mask).shape == (4, 2)
