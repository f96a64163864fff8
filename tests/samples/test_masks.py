"""Series of different lengths through the estimator: padding is never looked at."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import LSTM, Autoencoder, Checkpoint, Conv1D, Flatten
from npae.series import pad

RNG = np.random.default_rng(0)
SERIES = [RNG.standard_normal((length, 2)) for length in (5, 3, 6, 4, 6, 2, 5, 6)]
X, MASK = pad(SERIES)


def fitted(data, mask, **params):
    params = {"encoder": [LSTM(5)], "epochs": 8, "random_state": 0, **params}
    return Autoencoder(**params).fit(data, mask=mask)


def nonsense_in_padding():
    spoilt = X.copy()
    spoilt[~MASK] = 1e3
    return spoilt


@in_one_test(
    "params",
    [
        {},
        {"batch_size": 3},
        {"threads": 2},
        {"batch_size": 3, "threads": 2},
        {"optimizer": None, "refine": npae.Refine("CG", max_iterations=3), "epochs": 2},
        {"refine": npae.Refine("trust-ncg", 2, 2, sample=5), "epochs": 2},
        {"validation_fraction": 0.25, "callbacks": [npae.Record(["mse", "val_mse"])]},
        {"encoder": [Conv1D(3, 3, activation="identity"), Conv1D(2, 3, 2, activation="identity"), Flatten(), 3]},
    ],
    ids=str,
)
def test_what_stands_in_padding_does_not_matter(params):
    one, other = fitted(X, MASK, **params), fitted(nonsense_in_padding(), MASK, **params)
    np.testing.assert_array_equal(one.theta_, other.theta_)
    for name in set(one.history_) - {"seconds", "refinements"}:
        np.testing.assert_array_equal(one.history_[name], other.history_[name])
    np.testing.assert_array_equal(one.encode(X, mask=MASK), other.encode(nonsense_in_padding(), mask=MASK))
    np.testing.assert_array_equal(one.code_mean_, other.code_mean_)
    assert (fitted(X, None, **params).theta_ != one.theta_).any()


@in_one_test("nonsense", [np.nan, -np.inf, 1e300])
@in_one_test("loss", ["mse", "bce"])
def test_padding_need_be_no_number_and_no_target_of_the_loss(loss, nonsense):
    grey = 1 / (1 + np.exp(-X)) * MASK[:, :, None]
    spoilt, params = np.where(MASK[:, :, None], grey, nonsense), {"loss": loss, "dtype": "float32"}
    one, other = (Autoencoder([LSTM(5)], epochs=3, random_state=0, **params) for _ in range(2))
    one.fit(grey, mask=MASK)
    other.fit(spoilt, mask=MASK, validation_data=(spoilt, MASK))
    np.testing.assert_array_equal(one.theta_, other.theta_)
    for name in ("encode", "reconstruct", "score_samples", "threshold", "score"):
        assert np.isfinite(getattr(one, name)(spoilt, mask=MASK)).all()
    assert (one.partial_fit(grey, mask=MASK).theta_ == other.partial_fit(spoilt, mask=MASK).theta_).all()
    assert np.isnan(spoilt).any() == np.isnan(nonsense)


def test_codes_with_a_distribution_do_not_look_at_padding_either():
    spoilt = np.where(MASK[:, :, None], X, np.nan)
    ae = fitted(spoilt, MASK, encoder=[LSTM(5), npae.GaussianCode(2)])
    for name in ("posterior", "sample_posterior", "elbo", "log_likelihood"):
        np.testing.assert_array_equal(getattr(ae, name)(X, mask=MASK), getattr(ae, name)(spoilt, mask=MASK))


def test_what_is_not_finite_before_the_padding_is_refused():
    spoilt = X.copy()
    spoilt[0, 2, 1] = np.nan
    with pytest.raises(ValueError, match=r"X must be finite, got NaN at \[0, 2, 1\] and 1 such value"):
        fitted(spoilt, MASK)


def test_fit_transform_gives_the_codes_of_the_masked_series():
    ae = Autoencoder([LSTM(5)], epochs=2, random_state=0)
    codes = ae.fit_transform(nonsense_in_padding(), mask=MASK)
    np.testing.assert_array_equal(codes, ae.encode(X, mask=MASK))
    np.testing.assert_array_equal(ae.transform(nonsense_in_padding(), mask=MASK), codes)


def test_the_score_is_a_mean_over_real_steps():
    ae = fitted(X, MASK)
    expected = -np.mean((ae.reconstruct(X, mask=MASK) - X)[MASK] ** 2)
    np.testing.assert_allclose(ae.score(nonsense_in_padding(), mask=MASK), expected, rtol=1e-12)


def test_a_padded_series_has_the_code_and_the_reconstruction_of_itself_alone():
    ae = fitted(X, MASK)
    codes, rebuilt = ae.encode(X, mask=MASK), ae.reconstruct(X, mask=MASK)
    for i, one in enumerate(SERIES):
        network = npae.Network([LSTM(5)], ae.network_.decoder.layers, in_shape=one.shape, scaling=ae.network_.scaling)
        np.testing.assert_allclose(codes[i], network.encode(ae.theta_, one[None])[0], rtol=1e-10)
        np.testing.assert_allclose(rebuilt[i, : len(one)], ae.decode(codes[i : i + 1])[0, : len(one)], rtol=1e-10)


def test_the_loss_and_metrics_are_means_over_real_steps():
    ae = fitted(X, MASK, callbacks=[npae.Record(["mse"])])
    error = (ae.reconstruct(X, mask=MASK) - X)[MASK]
    np.testing.assert_allclose(ae.history_["loss"][-1], np.mean(error**2), rtol=1e-10)
    np.testing.assert_allclose(ae.history_["mse"][-1], np.mean(error**2), rtol=1e-10)


def test_shards_of_a_masked_batch_add_up_to_the_whole():
    np.testing.assert_allclose(fitted(X, MASK, threads=2).theta_, fitted(X, MASK, threads=1).theta_, rtol=1e-8)


def test_validation_data_bring_their_own_mask():
    ae = Autoencoder([LSTM(5)], epochs=4, random_state=0)
    ae.fit(X[:6], mask=MASK[:6], validation_data=(X[6:], MASK[6:]))
    other = Autoencoder([LSTM(5)], epochs=4, random_state=0, validation_fraction=0.25).fit(X, mask=MASK)
    assert ae.history_["val_loss"] == other.history_["val_loss"]


def test_partial_fit_and_checkpoints_know_the_mask(tmp_path):
    whole, parts = fitted(X, MASK, epochs=3), Autoencoder([LSTM(5)], random_state=0)
    for _ in range(3):
        parts.partial_fit(X, mask=MASK)
    np.testing.assert_allclose(parts.theta_, whole.theta_, rtol=1e-12)
    callbacks = [Checkpoint(tmp_path / "training.npz")]
    fitted(X, MASK, callbacks=callbacks)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with data"):
        fitted(X, np.ones_like(MASK), callbacks=callbacks)


@in_one_test("mask", [MASK[:, :4], MASK.astype(float), MASK[:3], np.zeros_like(MASK)])
def test_a_mask_that_cannot_be_is_refused(mask):
    with pytest.raises(ValueError, match="mask must (be bools of shape|leave at least one step)"):
        fitted(X, mask)


def test_a_mask_without_series_is_refused():
    with pytest.raises(ValueError, match="mask must be None where X is not series"):
        fitted(X[:, :, 0], MASK, encoder=[2])


def test_longer_series_get_more_threads():
    """What a parameter costs depends on how often it acts."""
    dense = Autoencoder([5], epochs=1).fit(X[:, :, 0]).network_
    recurrent = fitted(X, MASK, epochs=1).network_
    convolution = Autoencoder([Conv1D(3, 3, activation="relu"), Flatten(), 2], epochs=1).fit(X).network_
    assert dense.cost_per_sample == dense.n_parameters
    assert recurrent.cost_per_sample == 6 * recurrent.n_parameters
    assert convolution.n_parameters < convolution.cost_per_sample < 6 * convolution.n_parameters
