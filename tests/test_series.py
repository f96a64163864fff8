import itertools

import numpy as np
import pytest
from looped import in_one_test

from npae.samples.masks import check_mask
from npae.series import ChannelScaler, pad, windows
from npae.settings.description import describe, restore


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@in_one_test("steps, length, stride", itertools.product(range(1, 13), range(1, 13), range(1, 6)))
def test_windows_are_slices_and_none_is_left_out(steps, length, stride):
    if length > steps:
        return
    recording = np.arange(2.0 * steps).reshape(steps, 2)
    expected = [recording[start : start + length] for start in range(0, steps - length + 1, stride)]
    np.testing.assert_array_equal(windows(recording, length, stride), expected)


def test_windows_of_one_channel_have_a_channel_axis():
    assert windows(np.arange(10.0), 4, 3)[:, :, 0].tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]


def test_windows_share_memory_and_are_read_only(rng):
    recording = rng.standard_normal((20, 3))
    cut = windows(recording, 5)
    assert np.shares_memory(cut, recording)
    with pytest.raises(ValueError, match="read-only"):
        cut[0] = 0


@in_one_test(
    ("arguments", "message"),
    [
        ((np.ones((5, 2)), 6), "length must be at most the recording's 5 steps, got 6"),
        ((np.ones((5, 2)), 0), "length must be an integer of at least 1, got 0"),
        ((np.ones((5, 2)), 2, 0), "stride must be an integer of at least 1, got 0"),
        (
            (np.ones((0, 2)), 1),
            r"recording must be numbers .* at least one step and channel, got float64 of .* \(0, 2\)",
        ),
        ((np.ones((5, 0)), 1), "recording must be numbers"),
        ((np.ones((5, 2, 1)), 1), r"recording must be numbers \(T, C\) or \(T,\)"),
        ((["a", "b"], 1), "recording must be numbers"),
    ],
    ids=["long", "length 0", "stride 0", "no steps", "no channels", "3-D", "strings"],
)
def test_windows_that_cannot_be_cut_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        windows(*arguments)


def test_padded_series_are_the_series_and_zeros(rng):
    series = [rng.standard_normal((length, 2)) for length in (3, 7, 1)]
    X, mask = pad(series)
    assert X.shape == (3, 7, 2) and mask.dtype == bool
    assert mask.sum(axis=1).tolist() == [3, 7, 1]
    for padded, real, one in zip(X, mask, series, strict=True):
        np.testing.assert_array_equal(padded[real], one)
        np.testing.assert_array_equal(padded[~real], 0)
        np.testing.assert_array_equal(np.flatnonzero(real), np.arange(len(one)))


def test_padding_can_be_as_long_as_other_series_need():
    X, mask = pad([[1, 2], [3]], steps=4)
    assert X[:, :, 0].tolist() == [[1, 2, 0, 0], [3, 0, 0, 0]]
    assert mask.tolist() == [[True, True, False, False], [True, False, False, False]]


@in_one_test(
    ("dtypes", "expected"),
    [((np.float32, np.float32), np.float32), ((np.float32, np.float64), np.float64), ((np.int64,), np.float64)],
    ids=str,
)
def test_padding_keeps_single_precision(dtypes, expected):
    assert pad([np.ones((2, 1), dtype) for dtype in dtypes])[0].dtype == expected


@in_one_test(
    ("series", "steps", "message"),
    [
        ([], None, "series must be a list of at least one series, got none"),
        ([np.ones((3, 2)), np.ones((0, 2))], None, r"series\[1\] must be numbers .* at least one step"),
        (
            [np.ones((3, 2)), np.ones((3, 1))],
            None,
            r"series\[1\] must have 2 channels and at most 3 steps, got \(3, 1\)",
        ),
        ([np.ones((3, 2))], 2, r"series\[0\] must have 2 channels and at most 2 steps, got \(3, 2\)"),
        ([np.ones((3, 2))], 0, "steps must be an integer of at least 1, got 0"),
        ([["a"]], None, r"series\[0\] must be numbers"),
    ],
    ids=["none", "empty", "channels", "long", "no steps", "strings"],
)
def test_series_that_cannot_be_padded_are_refused(series, steps, message):
    with pytest.raises(ValueError, match=message):
        pad(series, steps)


def test_a_mask_is_returned_unchanged_and_none_as_none():
    mask = np.ones((2, 3), bool)
    assert check_mask(mask, np.ones((2, 3, 1))) is mask
    assert check_mask(None, np.ones((2, 3))) is None


def test_scaled_training_data_have_mean_0_and_deviation_1(rng):
    X = rng.standard_normal((9, 5, 3)) * [1, 100, 0.01] + [0, 5, -7]
    scaled = ChannelScaler.fit(X).transform(X)
    np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1)


def test_test_data_are_scaled_by_the_numbers_of_the_training_data(rng):
    train, test = rng.standard_normal((2, 4, 5, 2))
    scaler = ChannelScaler.fit(train)
    expected = (test - train.mean(axis=(0, 1))) / train.std(axis=(0, 1))
    np.testing.assert_allclose(scaler.transform(test), expected, rtol=1e-12)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(test)), test, rtol=1e-12)


def test_padding_does_not_count_in_scaling(rng):
    series = [rng.standard_normal((length, 2)) for length in (3, 7)]
    X, mask = pad(series)
    X[~mask] = np.nan
    together = ChannelScaler.fit(np.concatenate(series)[None])
    np.testing.assert_allclose(ChannelScaler.fit(X, mask).means, together.means)
    np.testing.assert_allclose(ChannelScaler.fit(X, mask).deviations, together.deviations)


def test_scaling_keeps_single_precision(rng):
    X = rng.standard_normal((4, 5, 2)).astype(np.float32)
    scaler = ChannelScaler.fit(X)
    assert scaler.transform(X).dtype == scaler.inverse(X).dtype == np.float32
    assert scaler.transform([[1, 2]]).dtype == np.float64


def test_a_scaler_is_plain_data(rng):
    scaler = ChannelScaler.fit(rng.standard_normal((4, 5, 2)))
    assert restore(describe(scaler)) == scaler and hash(scaler) == hash(restore(describe(scaler)))


GAPS = np.array([[[1.0, 2.0], [np.nan, 4.0], [5.0, 6.0]]])


@in_one_test(
    ("X", "message"),
    [
        (GAPS * [np.nan, 1], "channel 0 must be finite at every step, got nothing but NaN"),
        (GAPS, "channel 0 must be finite at every step, got nan in 1 steps. Fill the gaps or leave it out"),
        (np.nan_to_num(GAPS) * [1, np.inf], "channel 1 must be finite at every step, got inf in 3 steps"),
        (GAPS[:, :, 1:] * 0 + 5, "channel 0 must vary, got 5 at every step. Leave it out"),
        (np.ones((3, 2)), r"X must be series \(N, T, C\), at least one number, got shape \(3, 2\)"),
        (np.ones((3, 0, 2)), r"X must be series \(N, T, C\), at least one number, got shape \(3, 0, 2\)"),
    ],
    ids=["all NaN", "gap", "infinite", "constant", "2-D", "no steps"],
)
def test_channels_that_cannot_be_scaled_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        ChannelScaler.fit(X)


@pytest.mark.parametrize("method", ["transform", "inverse"])
def test_other_channels_than_were_fitted_are_refused(method):
    scaler = ChannelScaler((0.0, 1.0), (1.0, 2.0))
    with pytest.raises(ValueError, match=r"X must have 2 channels along its last axis, got shape \(4, 3\)"):
        getattr(scaler, method)(np.ones((4, 3)))


@in_one_test(
    ("means", "deviations"), [((0.0,), (0.0,)), ((0.0,), (1.0, 1.0)), ((np.nan,), (1.0,)), (0.0, 1.0)], ids=str
)
def test_a_scaler_of_numbers_that_do_not_scale_is_refused(means, deviations):
    with pytest.raises(ValueError, match="means and deviations must be C numbers each, the deviations positive, got "):
        ChannelScaler(means, deviations)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_difference_beyond_the_dtype_is_scaled_all_the_same(dtype):
    top = float(np.finfo(dtype).max)
    X = np.array([[[-top], [top], [top]]], dtype)
    scaler = ChannelScaler.fit(X)
    scaled = scaler.transform(X)
    np.testing.assert_allclose(scaled.ravel(), [-(2**0.5), 0.5**0.5, 0.5**0.5], rtol=1e-3)
    assert scaled.dtype == dtype
    assert ChannelScaler((0.0,), (1e-60,)).transform(np.zeros((1, 1), dtype)).item() == 0


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_channels_whose_squares_are_beyond_float64_are_scaled(size):
    X = size * np.array([[[1.0], [2.0], [4.0]]])
    np.testing.assert_allclose(
        ChannelScaler.fit(X).transform(X), ChannelScaler.fit(X / size).transform(X / size), rtol=1e-12
    )
