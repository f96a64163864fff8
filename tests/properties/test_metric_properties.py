"""Metrics: identities, bounds and symmetries."""

import math

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import rngs

from npae import metrics

shapes = st.sampled_from([(1, 1), (3, 4), (2, 3, 2), (2, 2, 3, 1)])
sizes = st.sampled_from([1e-100, 1.0, 1e100])
BY_NAME = tuple(f"npae.metrics.{name}" for name in metrics.METRICS)


@property_of(
    *BY_NAME,
    "npae.metrics.METRICS",
    "npae.metrics.HIGHER_IS_BETTER",
    few=6,
    name=st.sampled_from([*metrics.METRICS]),
    shape=shapes,
    rng=rngs,
)
def test_nothing_is_better_than_the_original_itself(name, shape, rng):
    metric, (one, other) = metrics.METRICS[name], rng.random((2, *shape))
    one, other = (one > 0.5, other > 0.5) if name in ("pixel_errors", "binary_accuracy") else (one, other)
    perfect, worse = (float(np.sum(metric(one, rebuilt))) for rebuilt in (one, other))
    if name in metrics.HIGHER_IS_BETTER:
        assert perfect >= worse
    else:
        assert 0 == perfect <= worse


@property_of(*BY_NAME, few=6, name=st.sampled_from([*metrics.METRICS]), shape=shapes, rng=rngs)
def test_the_order_of_samples_does_not_matter(name, shape, rng):
    metric, (one, other), order = metrics.METRICS[name], rng.random((2, *shape)), rng.permutation(shape[0])
    before, after = (np.asarray(metric(a, b)) for a, b in ((one, other), (one[order], other[order])))
    np.testing.assert_allclose(after, before[order] if before.ndim else before, rtol=1e-12)


@property_of(
    *("npae.metrics.mse", "npae.metrics.squared_errors", "npae.metrics.max_error"), shape=shapes, size=sizes, rng=rngs
)
def test_errors_are_means_of_squares_symmetric_and_homogeneous(shape, size, rng):
    one, other = size * rng.standard_normal((2, *shape))
    value = metrics.mse(one, other)
    assert value == metrics.mse(other, one) and 0 <= value <= metrics.max_error(one, other) ** 2 * (1 + 1e-12)
    errors = metrics.squared_errors(one, other)
    np.testing.assert_allclose(errors.mean(), value, rtol=1e-12)
    np.testing.assert_allclose(metrics.squared_errors(one, other, features=True).mean(), value, rtol=1e-12)
    np.testing.assert_allclose(metrics.mse(2 * one, 2 * other), 4 * value, rtol=1e-12)
    if len(shape) == 3:
        np.testing.assert_allclose(metrics.squared_errors(one, other, steps=True).mean(axis=1), errors, rtol=1e-12)


@property_of(
    *("npae.metrics.mse", "npae.metrics.squared_errors", "npae.metrics.max_error", "npae.metrics.psnr"),
    *("npae.metrics.binary_accuracy", "npae.metrics.pixel_errors", "npae.metrics.crispness"),
    rng=rngs,
    steps=st.integers(1, 5),
)
def test_what_padding_holds_does_not_count(rng, steps):
    one, other = rng.random((2, 3, steps, 2))
    mask = np.arange(steps) < rng.integers(1, steps + 1, 3)[:, None]
    padded = other.copy()
    padded[~mask] = 1e3
    for metric in (metrics.mse, metrics.max_error, metrics.psnr, metrics.binary_accuracy, metrics.pixel_errors):
        np.testing.assert_array_equal(metric(one, padded, mask=mask), metric(one, other, mask=mask))
    np.testing.assert_array_equal(metrics.crispness(padded, mask=mask), metrics.crispness(other, mask=mask))
    for options in ({}, {"steps": True}, {"features": True}):
        one_way, other_way = (metrics.squared_errors(one, rebuilt, mask, **options) for rebuilt in (padded, other))
        np.testing.assert_array_equal(one_way, other_way)


@property_of("npae.metrics.psnr", shape=shapes, rng=rngs, peak=st.sampled_from([1e-200, 1.0, 255.0, 1e200]))
def test_psnr_falls_by_20_decibels_for_ten_times_the_error(shape, rng, peak):
    one, difference = rng.random((2, *shape))
    near, far = (metrics.psnr(one, one + factor * difference, peak) for factor in (1, 10))
    np.testing.assert_allclose(near - far, 20, rtol=1e-9)
    decibels = 20 * math.log10(peak) - 10 * math.log10(np.square(difference).mean())
    np.testing.assert_allclose(near, decibels, rtol=1e-9, atol=1e-9)


@property_of("npae.metrics.pixel_errors", "npae.metrics.binary_accuracy", "npae.metrics.nearest", rng=rngs)
def test_wrong_pixels_are_a_distance_and_the_nearest_entry_has_the_least(rng):
    library, patterns = rng.integers(0, 2, (5, 6)), rng.integers(0, 2, (4, 6))
    apart = np.array([[metrics.pixel_errors([p], [q])[0] for q in library] for p in patterns])
    between = np.array([[metrics.pixel_errors([p], [q])[0] for q in patterns] for p in patterns])
    assert (between == between.T).all()
    assert (apart[:, None] <= between[:, :, None] + apart[None]).all(), "the triangle inequality must hold"
    index, distance = metrics.nearest(patterns, library)
    np.testing.assert_array_equal(distance, apart.min(axis=1))
    np.testing.assert_array_equal(index, apart.argmin(axis=1))
    wrong = metrics.pixel_errors(library[:4], patterns)
    np.testing.assert_allclose(metrics.binary_accuracy(library[:4], patterns), 1 - wrong.mean() / 6)


@property_of("npae.metrics.crispness", shape=shapes, rng=rngs)
def test_crispness_is_that_of_the_negative_and_grows_with_contrast(shape, rng):
    pixels = rng.random(shape)
    crisp = metrics.crispness(pixels)
    assert crisp.shape == shape[:1] and ((crisp >= 0) & (crisp <= 1)).all()
    np.testing.assert_allclose(metrics.crispness(1 - pixels), crisp, atol=1e-12)
    assert (metrics.crispness(0.5 + 2 * (pixels - 0.5)) >= crisp - 1e-12).all()
    assert (metrics.crispness(pixels > 0.5) == 1).all()


@property_of("npae.metrics.accuracy", rng=rngs, classes=st.integers(2, 5), count=st.integers(1, 9))
def test_accuracy_counts_the_rows_that_agree(rng, classes, count):
    truth, told = rng.integers(0, classes, (2, count))
    value = metrics.accuracy(np.eye(classes)[truth], 0.1 + np.eye(classes)[told])
    assert value == np.mean(truth == told)


@property_of(
    "npae.metrics.wilson_interval",
    trials=st.integers(1, 200),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    z=st.sampled_from([0.5, 1.96]),
)
def test_an_interval_holds_the_rate_mirrors_failures_and_shrinks(trials, share, z):
    successes = round(share * trials)
    low, high = metrics.wilson_interval(successes, trials, z)
    assert 0 <= low <= successes / trials <= high <= 1
    others = metrics.wilson_interval(trials - successes, trials, z)
    np.testing.assert_allclose(others, [1 - high, 1 - low], atol=1e-12)
    more = metrics.wilson_interval(4 * successes, 4 * trials, z)
    assert more[1] - more[0] <= high - low + 1e-12
