"""Sines: the series follow from their parameters, and bad numbers are refused."""

import numpy as np
import pytest
from looped import in_one_test

from npae.datasets import sines


def test_every_value_is_the_sum_of_its_waves():
    data = sines(3, 7, channels=2, waves=4, random_state=1)
    assert data.values.shape == (3, 7, 2)
    for n, t, c in np.ndindex(3, 7, 2):
        waves = zip(data.amplitudes[n, c], data.frequencies[n, c], data.phases[n, c], strict=True)
        expected = sum(a * np.sin(2 * np.pi * f * t / 7 + phase) for a, f, phase in waves)
        np.testing.assert_allclose(data.values[n, t, c], expected, rtol=1e-12, atol=1e-14)


def test_frequencies_are_periods_per_series():
    data = sines(5, 64, waves=1, frequencies=(3, 3), amplitudes=(2, 2))
    spectrum = np.abs(np.fft.rfft(data.values[:, :, 0], axis=1)) / 32
    np.testing.assert_allclose(spectrum[:, 3], 2, rtol=1e-12)
    np.testing.assert_allclose(np.delete(spectrum, 3, axis=1), 0, atol=1e-12)


def test_parameters_lie_within_their_limits():
    data = sines(500, 2, frequencies=(2, 4), amplitudes=(0.1, 0.2))
    for values, low, high in [(data.frequencies, 2, 4), (data.amplitudes, 0.1, 0.2), (data.phases, 0, 2 * np.pi)]:
        assert low <= values.min() < low + 0.05 * (high - low) and high - 0.05 * (high - low) < values.max() <= high


def test_equal_seeds_give_equal_series_and_others_do_not():
    np.testing.assert_array_equal(sines(random_state=3).values, sines(random_state=np.random.default_rng(3)).values)
    assert (sines(random_state=3).values != sines(random_state=4).values).all()


def test_repr_names_the_sizes():
    data = sines(4, 9, channels=2, waves=3)
    assert len(data) == 4 and repr(data) == "Sines(4 series of 9 steps, 2 channels, 3 waves each)"


@in_one_test(
    ("options", "message"),
    [
        ({"n": 0}, "n must be an integer of at least 1, got 0"),
        ({"steps": 2.0}, "steps must be an integer of at least 1, got 2.0"),
        ({"channels": None}, "channels must be an integer of at least 1, got None"),
        ({"waves": -1}, "waves must be an integer of at least 1, got -1"),
        ({"frequencies": 3}, r"frequencies must be two positive numbers \(least, most\), got 3"),
        ({"frequencies": (0, 3)}, r"the first of frequencies must be a number in \]0, inf\[, got 0"),
        ({"amplitudes": (2, 1)}, r"the second of amplitudes must be a number in \[2, inf\[, got 1"),
        ({"amplitudes": (1, np.inf)}, r"the second of amplitudes must be a number in \[1, inf\[, got inf"),
    ],
    ids=str,
)
def test_numbers_that_make_no_waves_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        sines(**options)
