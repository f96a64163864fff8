"""Autoencoders with any settings: shapes, dtypes, what does not change their results, copies and files."""

import pickle

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from public_calls import through_file
from sklearn.base import clone
from strategies import fitted, rngs, settings_of_autoencoders, tables

import npae
from npae import Autoencoder

plain = settings_of_autoencoders(variational=st.just(False))
variational = settings_of_autoencoders(variational=st.just(True))
A = "npae.Autoencoder"
METHODS = ("encode", "reconstruct", "predict", "score_samples", "transform")


def assert_same(one, other, X):
    """Assert that two models are the same to the bit."""
    np.testing.assert_array_equal(one.theta_, other.theta_)
    for name in METHODS:
        np.testing.assert_array_equal(getattr(one, name)(X), getattr(other, name)(X))
    np.testing.assert_array_equal(one.code_mean_, other.code_mean_)


def without_seconds(history):
    """Return a history without what differs from run to run."""
    records = [
        {key: value for key, value in record.items() if key not in ("seconds", "curve")}
        for record in history["refinements"]
    ]
    return {**{k: v for k, v in history.items() if k != "seconds"}, "refinements": records}


@property_of(
    "npae.History.copy",
    *(A, "npae.History", *(f"{A}.{name}" for name in (*METHODS, "fit", "decode", "inverse_transform", "sample"))),
    *(f"{A}.{name}" for name in ("score", "threshold", "fit_transform", "get_feature_names_out", "summary")),
    X=tables(),
    params=settings_of_autoencoders(),
    n=st.integers(1, 5),
)
def test_results_have_their_shapes_and_the_models_dtype(X, params, n):
    before = X.copy()
    ae = fitted(X, **params)
    Z, dtype = ae.encode(X), np.dtype(params["dtype"])
    assert Z.shape == ae.transform(X).shape == (len(X), len(ae.code_mean_))
    assert ae.get_feature_names_out().shape == (Z.shape[1],)
    for prediction in (ae.reconstruct(X), ae.predict(X), ae.decode(Z), ae.inverse_transform(Z)):
        assert prediction.shape == X.shape and prediction.dtype == dtype
    assert ae.sample(n, 0).shape == (n, X.shape[1]) and ae.score_samples(X).shape == (len(X),)
    assert ae.score_samples(X, features=True).shape == X.shape
    assert Z.dtype == ae.theta_.dtype == ae.sample(n, 0).dtype == ae.score_samples(X).dtype == dtype
    assert type(ae.score(X)) is float and ae.score(X) <= 0
    assert ae.summary().n_parameters == ae.theta_.size
    columns = {name: values for name, values in ae.history_.items() if name not in ("refinements", "notes")}
    assert {len(values) for values in columns.values()} == {ae.n_epochs_} == {params["epochs"]}
    assert len(ae.history_["refinements"]) == (params["epochs"] if params["refine"] else 0)
    assert ae.history_ == dict(ae.history_) and ae.history_.copy() == ae.history_
    np.testing.assert_array_equal(X, before)


@property_of(
    *(f"{A}.{name}" for name in ("score", "score_samples", "threshold")),
    "npae.metrics.mse",
    X=tables(),
    params=settings_of_autoencoders(),
    quantile=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
)
def test_scores_are_those_of_the_reconstructions_and_a_threshold_is_one_of_them(X, params, quantile):
    ae, rtol = fitted(X, **params), 1e-9 if params["dtype"] == "float64" else 1e-3
    np.testing.assert_allclose(-ae.score(X), npae.metrics.mse(X, ae.reconstruct(X)), rtol=1e-12)
    scores = ae.score_samples(X)
    np.testing.assert_allclose(scores, ae.score_samples(X, features=True).mean(axis=1), rtol=rtol)
    if params["scale"] != "columns":
        np.testing.assert_allclose(scores.mean(), -ae.score(X), rtol=rtol)
    bound = ae.threshold(X, quantile)
    assert bound in scores and (scores <= bound).mean() >= quantile
    assert ae.threshold(X, 0.5 * quantile) <= bound


@property_of(*(f"{A}.{name}" for name in METHODS), X=tables(), params=settings_of_autoencoders(), rng=rngs)
def test_a_samples_results_do_not_depend_on_the_others(X, params, rng):
    ae, order = fitted(X, **params), rng.permutation(len(X))
    tolerance = {"rtol": 1e-9, "atol": 1e-12} if params["dtype"] == "float64" else {"rtol": 1e-3, "atol": 1e-5}
    for name in METHODS:
        method = getattr(ae, name)
        np.testing.assert_allclose(method(X[order]), method(X)[order], **tolerance)
        np.testing.assert_allclose(method(X[:1]), method(X)[:1], **tolerance)


@property_of(
    *(f"{A}.fit", f"{A}.save", "npae.load", A, "npae.History"), few=4, X=tables(), params=settings_of_autoencoders()
)
def test_the_same_seed_a_file_and_a_pickle_give_the_same_bits(X, params):
    ae = fitted(X, **params)
    again = fitted(X, **params)
    assert without_seconds(again.history_) == without_seconds(ae.history_)
    loaded, copied = through_file(ae), pickle.loads(pickle.dumps(ae))
    for other in (again, loaded, copied):
        assert_same(other, ae, X)
    for other in (loaded, copied):
        assert other.history_ == ae.history_ and type(other.history_) is npae.History
        assert (other.n_epochs_, other.stop_reason_) == (ae.n_epochs_, ae.stop_reason_)
        np.testing.assert_array_equal(other.sample(3, 1), ae.sample(3, 1))
    assert repr(loaded) == repr(copied) == repr(ae)


@property_of(f"{A}.get_params", f"{A}.set_params", A, params=settings_of_autoencoders(), X=tables())
def test_parameters_go_in_and_out_and_a_clone_learns_the_same(params, X):
    ae = Autoencoder(**params)
    assert all(ae.get_params(deep=False)[name] is value for name, value in params.items())
    text, deep = repr(ae), ae.get_params()
    for name, value in deep.items():
        ae.set_params(**{name: value})
    assert repr(ae) == text and repr(Autoencoder().set_params(**ae.get_params(deep=False))) == text
    assert repr(clone(ae)) == text
    assert_same(fitted(X, **clone(ae).get_params(deep=False)), fitted(X, **params), X)


@property_of(f"{A}.partial_fit", X=tables(), params=plain, epochs=st.integers(1, 3))
def test_chunks_of_a_stream_count_as_epochs_and_a_second_model_follows_to_the_bit(X, params, epochs):
    models = [Autoencoder(**params) for _ in range(2)]
    for model in models:
        for _ in range(epochs):
            model.partial_fit(X)
    one, other = models
    assert_same(one, other, X)
    assert one.n_epochs_ == epochs == len(one.history_["loss"])


@property_of(f"{A}.fit", X=tables(), params=plain, weight=st.sampled_from([1e-200, 0.5, 7.0]))
def test_equal_weights_are_none_to_the_bit(X, params, weight):
    weighed = Autoencoder(**params).fit(X, sample_weight=np.full(len(X), weight))
    assert_same(weighed, fitted(X, **params), X)


LAYOUTS = {
    "by columns": np.asfortranarray,
    "every second number": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": lambda X: X[::-1].copy()[::-1],
    "big-endian": lambda X: X.astype(">f8"),
    "lists": lambda X: X.tolist(),
}


@property_of(f"{A}.fit", f"{A}.encode", few=5, X=tables(), params=plain, name=st.sampled_from([*LAYOUTS]))
def test_how_numbers_lie_in_memory_changes_nothing(X, params, name):
    given = LAYOUTS[name](X)
    ae, other = fitted(X, **params), fitted(given, **params)
    np.testing.assert_array_equal(other.theta_, ae.theta_)
    np.testing.assert_array_equal(other.reconstruct(given), ae.reconstruct(X))


@property_of(f"{A}.fit", X=tables(), params=plain, factor=st.sampled_from([2.0**-20, 0.5, 2.0**20]))
def test_a_unit_of_the_data_changes_nothing_but_the_unit(X, params, factor):
    """By powers of 2, which round nothing, and without noise and penalties, which have units of their own."""
    params |= {"loss": "mse", "scale": "columns", "noise": None, "penalty": None, "dtype": "float64"}
    ae, other = fitted(X, **params), fitted(factor * X, **params)
    np.testing.assert_array_equal(other.encode(factor * X), ae.encode(X))
    np.testing.assert_array_equal(other.reconstruct(factor * X), factor * ae.reconstruct(X))


@property_of(f"{A}.from_sizes", inner=st.lists(st.integers(1, 9), min_size=1, max_size=5), width=st.integers(1, 9))
def test_sizes_end_as_they_begin_and_the_narrowest_is_the_code(inner, width):
    ae = Autoencoder.from_sizes([width, *inner, width])
    assert [*ae.encoder, *ae.decoder] == [*inner, width] and ae.encoder[-1] == min(inner)
    summary = ae.summary(width)
    assert summary.in_shape == summary.out_shape == (width,) and summary.code_shape == (min(inner),)


@property_of(
    "npae.Network.posterior",
    *(f"{A}.{name}" for name in ("posterior", "sample_posterior", "elbo", "log_likelihood")),
    "npae.GaussianCode",
    X=tables(),
    params=variational,
    n=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_a_variational_code_is_a_gaussian_around_what_encode_returns(X, params, n, seed):
    ae = fitted(X, **params)
    mean, deviation = ae.posterior(X)
    np.testing.assert_array_equal(mean, ae.encode(X))
    assert (deviation > 0).all() and deviation.shape == mean.shape
    drawn, again = (ae.sample_posterior(X, n, seed) for _ in range(2))
    assert drawn.shape == (len(X), n, mean.shape[1])
    np.testing.assert_array_equal(drawn, again)
    bound, estimate = ae.elbo(X, n, seed), ae.log_likelihood(X, n, seed)
    assert bound.shape == estimate.shape == (len(X),) and np.isfinite([bound, estimate]).all()
    np.testing.assert_array_equal(ae.elbo(X, n, seed), bound)
    if params["loss"] == "bce":
        assert (bound <= 0).all()


@property_of(f"{A}.set_output", X=tables(), params=plain, seed=st.integers(0, 9))
def test_codes_in_a_data_frame_are_the_codes(X, params, seed):
    ae = fitted(X, **params)
    frame = ae.set_output(transform="pandas").transform(X)
    np.testing.assert_array_equal(frame.to_numpy(), ae.encode(X))
    assert frame.columns.tolist() == ae.get_feature_names_out().tolist()


@property_of(f"{A}.fit", "npae.History.to_pandas", X=tables(least=8), params=plain)
def test_rows_that_are_held_out_are_those_of_validation_data(X, params):
    held = fitted(X, **params, validation_fraction=0.25)
    count = round(0.25 * len(X))
    given = Autoencoder(**params).fit(X[:-count], validation_data=X[-count:])
    assert_same(held, given, X)
    assert held.history_["val_loss"] == given.history_["val_loss"]
    table = held.history_.to_pandas()
    assert table["epoch"].tolist() == [*range(1, held.n_epochs_ + 1)]
    np.testing.assert_array_equal(table["loss"], held.history_["loss"])
