"""A model that fills gaps worse than the means of their features says so."""

import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder
from npae.estimators.hidden_entries import fill_errors
from npae.network.completion import completed
from npae.samples import Samples

RNG = np.random.default_rng(1)
FULL = RNG.standard_normal((120, 2)) @ RNG.standard_normal((2, 8)) * np.arange(1, 9) + 3
X = np.where(RNG.random(FULL.shape) < 0.15, np.nan, FULL)
HARDLY = {"optimizer": "adam", "refine": None, "epochs": 1}
MATCH = r"gaps must be filled better than by the means of their features, got .* of hidden numbers that is [\d.]+ times"


def fitted(data=X, encoder=(8,), **params):
    return Autoencoder([*encoder], missing="ignore", random_state=0, **{**HARDLY, **params}).fit(data)


def said(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    return npae.FillsWorseThanMean in [warning.category for warning in caught]


@in_one_test("epochs", [1, 5])
def test_a_model_that_is_hardly_trained_says_that_the_means_fill_better(epochs):
    with pytest.warns(npae.FillsWorseThanMean, match=MATCH) as seen:
        ae = fitted(epochs=epochs)
    warning = next(one for one in seen if one.category is npae.FillsWorseThanMean)
    assert warning.filename == __file__
    assert str(warning.message) in ae.history_["notes"]
    hidden = np.isnan(X)
    errors = [np.mean((fills - FULL)[hidden] ** 2) for fills in (ae.reconstruct(X), np.nanmean(X, axis=0) + 0 * FULL)]
    assert errors[0] > errors[1]  # of what really was not observed


def test_a_model_that_fills_well_says_nothing():
    assert not said(lambda: Autoencoder([2], missing="ignore", random_state=0).fit(X))


def test_columns_that_have_nothing_in_common_are_filled_best_by_their_means():
    noise = np.where(np.isnan(X), np.nan, RNG.standard_normal(X.shape))
    assert said(lambda: Autoencoder([6], missing="ignore", random_state=0).fit(noise))


@in_one_test(
    "fit",
    [
        lambda: fitted(FULL),
        lambda: Autoencoder([8], random_state=0, **HARDLY).fit(FULL),
        lambda: Autoencoder([8], missing="ignore", random_state=0, **HARDLY).fit(X, target=FULL),
        lambda: Autoencoder([8], missing="ignore", optimizer="adam", random_state=0).partial_fit(X),
        lambda: fitted(X[:4]),
    ],
)
def test_what_is_not_judged(fit):
    """No gaps, pairs, a stream, and too few numbers."""
    assert not said(fit)


def test_the_errors_are_those_of_what_fills_numbers_that_are_known():
    ae = fitted()
    ours, means = fill_errors(ae.network_, ae.theta_, Samples(X, gaps=True))
    hidden = ~np.isnan(X) & (np.random.default_rng(0).random(X.shape) < 0.1)
    filled = completed(ae.network_, ae.theta_, Samples(np.where(hidden, np.nan, X), gaps=True)).X
    unit = ae.network_.scaling.unit
    np.testing.assert_allclose(ours, np.mean(((filled - X) / unit)[hidden] ** 2))
    np.testing.assert_allclose(means, np.mean(((ae.network_.fill - X) / unit)[hidden] ** 2))


def test_errors_follow_weights():
    """Samples of weight 0 do not count, and a weight of 2 counts as two samples with the same hidden numbers."""
    ae = fitted()

    def errors(weights):
        return np.array(fill_errors(ae.network_, ae.theta_, Samples(X, gaps=True, weights=weights)))

    first = np.arange(120) < 60
    whole, one, other = errors(None), errors(first.astype(float)), errors((~first).astype(float))
    assert np.all((np.minimum(one, other) <= whole) & (whole <= np.maximum(one, other)))
    np.testing.assert_allclose(errors(np.full(120, 7.0)), whole)
    assert (errors(1.0 + first) != whole).all()


def test_padding_is_not_hidden_and_no_sample_loses_its_last_number():
    ae = Autoencoder([npae.LSTM(3)], missing="ignore", optimizer="adam", epochs=1, random_state=0)
    series, mask = RNG.random((200, 5, 2)), np.arange(5) < RNG.integers(1, 6, 200)[:, None]
    series[RNG.random(series.shape) < 0.2] = np.nan
    series[0] = np.nan
    series[0, 0, 0] = 0.5
    model = ae.fit(series, mask=mask)
    errors = []
    for padding in (0.0, 1e6):
        padded = np.where(mask[..., None], series, padding)
        errors.append(fill_errors(model.network_, model.theta_, Samples(padded, mask=mask, gaps=True)))
    np.testing.assert_allclose(errors[0], errors[1])
    lonely = np.full((1000, 6), np.nan)
    lonely[:, 0] = RNG.random(1000)
    model = fitted(X[:, :6])
    assert fill_errors(model.network_, model.theta_, Samples(lonely, gaps=True)) is None


def test_judging_changes_no_bit_of_the_model(monkeypatch):
    judged = fitted(epochs=3, noise=npae.GaussianNoise(0.1)).theta_
    monkeypatch.setattr("npae.estimators.verdict.fill_errors", lambda *_: None)
    np.testing.assert_array_equal(judged, fitted(epochs=3, noise=npae.GaussianNoise(0.1)).theta_)


@in_one_test(("rows", "scale"), [(29, "common"), (30, "columns")])
@in_one_test("weight", [None, 1.0, 2.0, 100.0])
def test_a_first_chunk_is_counted_in_rows_whatever_they_weigh(rows, scale, weight):
    """Weights are relative: a common factor changes nothing, so that no sum of weights can stand for a count."""
    some, labels = FULL[:rows], np.arange(rows) % 2
    weights = None if weight is None else np.full(rows, weight)
    model = npae.Classifier([2], random_state=0).partial_fit(some, labels, sample_weight=weights)
    assert model.network_.scaling.kind == scale
