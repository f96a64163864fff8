import math
import tracemalloc

import numpy as np
import pytest
from looped import in_one_test

from npae import metrics
from npae.metrics import METRICS


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, (6, 4, 3)).astype(float), rng.random((6, 4, 3))


def test_pixel_errors_equal_the_slow_count(pair):
    original, reconstruction = pair
    for threshold in (0.3, 0.5):
        expected = [
            sum((a > threshold) != (b > threshold) for a, b in zip(x.ravel(), y.ravel(), strict=True))
            for x, y in zip(original, reconstruction, strict=True)
        ]
        errors = metrics.pixel_errors(original, reconstruction, threshold)
        np.testing.assert_array_equal(errors, expected)
        assert np.issubdtype(errors.dtype, np.integer)


@pytest.mark.parametrize("original", [0.0, 1.0])
def test_a_pixel_that_is_not_a_number_is_wrong(original):
    np.testing.assert_array_equal(metrics.pixel_errors([[original, 1.0]], [[math.nan, 1.0]]), [1])


@pytest.mark.parametrize("original", [0.0, 1.0])
def test_a_pixel_that_is_not_a_number_is_not_accurate(original):
    assert metrics.binary_accuracy([[original, 1.0]], [[math.nan, 1.0]]) == 0.5


def test_no_samples_have_no_errors():
    assert metrics.pixel_errors(np.empty((0, 35)), np.empty((0, 35))).shape == (0,)


def test_binary_accuracy_is_the_share_of_right_pixels(pair):
    wrong = metrics.pixel_errors(*pair).sum()
    np.testing.assert_allclose(metrics.binary_accuracy(*pair), 1 - wrong / pair[0].size, rtol=1e-15)
    assert metrics.binary_accuracy([[1, 0]], [[0.9, 0.1]]) == 1
    assert metrics.binary_accuracy([[1, 0]], [[0.1, 0.9]]) == 0


def test_mse_is_the_mean_of_squares(pair):
    original, reconstruction = pair
    squares = [(a - b) ** 2 for a, b in zip(original.ravel(), reconstruction.ravel(), strict=True)]
    np.testing.assert_allclose(metrics.mse(original, reconstruction), sum(squares) / len(squares), rtol=1e-14)


def test_max_error_is_the_largest_difference(pair):
    original, reconstruction = pair
    largest = max(abs(a - b) for a, b in zip(original.ravel(), reconstruction.ravel(), strict=True))
    assert metrics.max_error(original, reconstruction) == largest


def test_accuracy_counts_the_rows_whose_largest_entry_is_the_right_one():
    p = np.random.default_rng(0).random((50, 4))
    labels = np.arange(50) % 4
    right = sum(max(range(4), key=row.__getitem__) == label for row, label in zip(p.tolist(), labels, strict=True))
    assert metrics.accuracy(np.eye(4)[labels], p) == right / 50


@in_one_test(
    ("metric", "expected"), [(metrics.mse, 255.0**2), (metrics.max_error, 255.0), (metrics.binary_accuracy, 0.0)]
)
def test_bytes_do_not_wrap_around(metric, expected):
    """0 - 255 is -255, not 1."""
    assert metric(np.zeros((2, 3), np.uint8), np.full((2, 3), 255, np.uint8)) == expected


@in_one_test("metric", [metrics.mse, metrics.max_error, metrics.binary_accuracy])
def test_boolean_images_can_be_compared_with_float32(metric):
    assert metric(np.ones((2, 3), bool), np.ones((2, 3), np.float32)) == float(metric is metrics.binary_accuracy)


def test_originals_are_not_changed(pair):
    before = pair[0].copy(), pair[1].copy()
    for metric in METRICS.values():
        metric(*pair)
    np.testing.assert_array_equal(pair[0], before[0])
    np.testing.assert_array_equal(pair[1], before[1])


@in_one_test(
    ("error", "peak", "decibels"), [(0.1, 1, 20), (0.01, 1, 40), (25.5, 255, 20), (1, 1, 0), (2, 1, -6.020599913)]
)
def test_psnr_is_ten_times_the_logarithm(error, peak, decibels):
    original = np.zeros((2, 3))
    np.testing.assert_allclose(metrics.psnr(original, original + error, peak), decibels, rtol=1e-9, atol=1e-12)


def test_psnr_of_a_perfect_reconstruction_is_infinite():
    assert metrics.psnr([[0.5]], [[0.5]]) == math.inf


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("value", [math.inf, 1e200])
def test_psnr_of_an_infinitely_bad_reconstruction_is_minus_infinity(value):
    assert metrics.psnr([[0.5]], [[value]]) == -math.inf


def test_crispness_is_that_of_the_least_certain_pixel():
    images = np.array([[[0.0, 1.0], [1.0, 0.0]], [[0.25, 1.0], [0.0, 0.0]], [[0.5, 0.9], [1.0, 0.0]]])
    np.testing.assert_allclose(metrics.crispness(images), [1, 0.5, 0], rtol=1e-15)


def test_nearest_equals_the_slow_search():
    rng = np.random.default_rng(0)
    patterns, library = rng.random((9, 12)), rng.integers(0, 2, (5, 12))
    index, distance = metrics.nearest(patterns, library)
    for i, pattern in enumerate(patterns):
        differing = [sum(int(a > 0.5) != b for a, b in zip(pattern, entry, strict=True)) for entry in library]
        assert (index[i], distance[i]) == (differing.index(min(differing)), min(differing))


def test_nearest_compares_piece_by_piece(monkeypatch):
    """The first entry of several equally near ones is found across pieces too."""
    rng = np.random.default_rng(0)
    patterns, library = rng.random((23, 4)), rng.integers(0, 2, (31, 4))
    whole = metrics.nearest(patterns, library)
    monkeypatch.setattr("npae.metrics.pixels.COMPARED", 5)
    np.testing.assert_array_equal(metrics.nearest(patterns, library), whole)
    assert [array.dtype.kind for array in whole] == ["i", "i"]


def test_nearest_of_nothing_is_nothing_and_in_nothing_is_refused():
    index, distance = metrics.nearest(np.empty((0, 3)), np.eye(3))
    assert index.shape == distance.shape == (0,)
    with pytest.raises(ValueError, match="library must hold at least one entry, got none"):
        metrics.nearest(np.eye(3), np.empty((0, 3)))


def test_nearest_needs_memory_for_neither_all_pairs_nor_their_pixels():
    patterns, library = np.zeros((3000, 50), np.float32), np.zeros((20_000, 50), np.float32)
    tracemalloc.start()
    metrics.nearest(patterns[:300], library)
    few = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    metrics.nearest(patterns, library)
    many = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert few < 300 * 20_000 * 50 / 5
    assert many < 3000 * 20_000 * 4


def test_every_entry_of_a_library_is_its_own_nearest():
    library = np.eye(6)
    index, distance = metrics.nearest(library, library)
    np.testing.assert_array_equal(index, np.arange(6))
    np.testing.assert_array_equal(distance, 0)


@in_one_test("metric", METRICS.values(), ids=METRICS)
@in_one_test("shape", [(2, 4), (3, 3), (6,), (1, 3)])
def test_unequal_shapes_are_refused_even_if_they_would_broadcast(metric, shape):
    message = r"original and reconstruction must have the same shape, got \(2, 3\) and "
    with pytest.raises(ValueError, match=message):
        metric(np.zeros((2, 3)), np.zeros(shape))


@in_one_test(("successes", "trials"), [(0, 10), (10, 10), (57, 60), (1, 1), (500, 1000)])
def test_the_wilson_interval_ends_where_the_score_test_rejects(successes, trials):
    """Each end p solves |rate - p| = z sqrt(p (1 - p) / trials)."""
    z, rate = 1.96, successes / trials
    for end in metrics.wilson_interval(successes, trials, z):
        np.testing.assert_allclose(abs(rate - end), z * math.sqrt(max(end * (1 - end), 0) / trials), atol=1e-8)
    low, high = metrics.wilson_interval(successes, trials)
    assert 0 <= low <= rate <= high <= 1


@in_one_test(("successes", "trials"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_success_counts_are_refused(successes, trials):
    with pytest.raises(ValueError, match="successes must lie between 0 and trials >= 1, got "):
        metrics.wilson_interval(successes, trials)


@in_one_test("trials", [1, 3, 20, 49, 1000])
def test_the_interval_of_a_rate_holds_the_rate_in_spite_of_rounding(trials):
    for successes in (0, 1, trials):
        low, high = metrics.wilson_interval(successes, trials)
        assert 0 <= low <= successes / trials <= high <= 1


@in_one_test(("peak", "decibels"), [(1e200, 4000), (-1e-200, -4000), (1e-300, -6000)])
def test_psnr_takes_a_peak_whose_square_is_beyond_float64(peak, decibels):
    np.testing.assert_allclose(metrics.psnr([[0.0, 0.0]], [[1.0, -1.0]], peak), decibels, rtol=1e-12)
