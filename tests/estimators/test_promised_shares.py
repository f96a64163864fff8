"""A share that is promised is the share that is had: for few samples, for equal ones, and for shares with rounding."""

import numpy as np
from looped import in_one_test

import npae
from npae.estimators.cutoff import between, cutoff

RNG = np.random.default_rng(5)
QUICK = npae.Autoencoder([1], activation="identity", epochs=3, random_state=0)
SHARES = [0.1, 1 - 0.9, 0.2, 1 - 0.8, 0.3, 1 - 0.7, 0.1 * 3, 1 / 3, 0.5]
FEW = RNG.integers(0, 2, (6, 4)).astype(float)
REPEATED = FEW[RNG.integers(0, 6, 60)]  # errors that tie, sixty of six kinds


@in_one_test("share", SHARES)
@in_one_test("count", [1, 2, 3, 5, 10, 100])
def test_as_many_different_errors_as_the_share_makes_lie_above_the_cutoff(count, share):
    errors = RNG.permutation(np.arange(1.0, count + 1))
    assert (errors > cutoff(errors, share)).sum() == int(share * count + 1e-9)


@in_one_test("share", SHARES)
@in_one_test("errors", [[1, 1, 1, 1, 1], [1, 2, 2, 2, 2], [1, 1, 1, 1, 9], [3, 3, 7, 7, 7, 7, 7, 7, 7, 9]])
def test_no_more_than_the_share_of_equal_errors_lies_above_the_cutoff(errors, share):
    errors = np.array(errors, float)
    for rounded in (errors, errors * (1 + 1e-14 * RNG.standard_normal(len(errors)))):
        assert (rounded > between(errors, share, precision=1e-12)).mean() <= share + 1e-9


@in_one_test("dtype", ["float32", "float64"])
@in_one_test("share", [0.05, 0.2, 0.4])
def test_equal_training_samples_are_judged_alike_together_and_alone(share, dtype):
    fitted = npae.AnomalyDetector(QUICK, contamination=share).set_params(autoencoder__dtype=dtype).fit(REPEATED)
    alone = np.concatenate([fitted.predict(x[None]) for x in REPEATED])
    np.testing.assert_array_equal(alone, fitted.predict(REPEATED))
    np.testing.assert_array_equal(alone == -1, fitted.labels_ == 1)
    assert (alone == -1).mean() <= share
    assert len({(*x, label) for x, label in zip(map(tuple, REPEATED), alone, strict=True)}) == len(
        np.unique(FEW, axis=0)
    )


@in_one_test(("quantile", "sevenths"), [(0.1 * 7, 7), (0.7, 7), (1 - 0.3, 7), (0.7 + 1e-6, 8), (0.0, 1)])
def test_rounding_of_a_quantile_does_not_move_the_threshold(quantile, sevenths):
    X = RNG.standard_normal((10, 4))
    ae = npae.Autoencoder([1], activation="identity", epochs=2, random_state=0).fit(X)
    assert ae.threshold(X, quantile) == np.sort(ae.score_samples(X))[sevenths - 1]


@in_one_test("count", [5, 20])
@in_one_test("quantile", [0.5, 0.9, 0.99])
def test_the_rate_of_false_alarms_is_what_the_docstring_of_threshold_says(count, quantile):
    """Of N + 1 scores in random order, the last one exceeds the k-th of the others with probability 1 - k / (N + 1)."""
    X = RNG.standard_normal((count, 4))
    ae = npae.Autoencoder([1], activation="identity", epochs=2, random_state=0).fit(X)
    rank = 1 + np.searchsorted(np.sort(ae.score_samples(X)), ae.threshold(X, quantile))
    rate = 1 - rank / (count + 1)
    assert abs(rate - (1 - quantile)) <= 1 / (count + 1) and rate >= 1 / (count + 1) - 1e-12


@in_one_test("features", [1, 2, 5, 50])
def test_of_normally_distributed_errors_0_3_to_2_per_cent_lie_beyond_the_fence(features):
    errors = np.square(RNG.standard_normal((100_000, features))).mean(axis=1)
    assert 0.003 <= (errors > cutoff(errors, "auto")).mean() <= 0.02
