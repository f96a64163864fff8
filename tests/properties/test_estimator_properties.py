"""Classifiers and detectors with any settings, and new samples from a code space."""

import pickle

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from public_calls import through_file
from sklearn.base import clone
from strategies import fitted, initializers, noises, optimizers, penalties, rngs, tables

import npae
from npae import AnomalyDetector, Autoencoder, Classifier

C, D = "npae.Classifier", "npae.AnomalyDetector"
LABELS = {
    "integers": np.array([7, -1, 3]),
    "texts": np.array(["b", "a", "ccc"]),
    "booleans": np.array([True, False]),
    "objects": np.array(["b", "a"], dtype=object),
}


@st.composite
def settings_of_classifiers(draw):
    return {
        "encoder": draw(st.sampled_from([None, [4], [npae.Dense(3, "relu"), 2], [npae.GaussianCode(2)]])),
        "noise": draw(noises),
        "penalty": draw(penalties),
        "init": draw(st.one_of(st.none(), initializers)),
        "scale": draw(st.sampled_from(["auto", "common", None])),
        "optimizer": draw(optimizers),
        "epochs": draw(st.integers(1, 3)),
        "batch_size": draw(st.sampled_from([None, 4])),
        "dtype": draw(st.sampled_from(["float64", "float32"])),
        "random_state": draw(st.integers(0, 99)),
        "threads": 1,
    }


@st.composite
def labelled(draw):
    """Return X and labels of at least two kinds."""
    X, labels = draw(tables(least=8)), LABELS[draw(st.sampled_from([*LABELS]))]
    return X, labels[np.arange(len(X)) % len(labels)]


@property_of(
    C,
    *(f"{C}.{name}" for name in ("fit", "encode", "predict", "predict_proba", "predict_log_proba", "score", "summary")),
    few=4,
    data=labelled(),
    params=settings_of_classifiers(),
    rng=rngs,
)
def test_probabilities_add_up_to_1_and_the_most_probable_label_is_predicted(data, params, rng):
    X, y = data
    model = fitted(X, Classifier, y, **params)
    p, dtype = model.predict_proba(X), np.dtype(params["dtype"])
    eps = np.finfo(dtype).eps
    assert p.shape == (len(X), len(model.classes_)) and p.dtype == dtype and (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=8 * eps)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), p, rtol=1e3 * eps, atol=eps)
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    predicted = model.predict(X)
    np.testing.assert_array_equal(predicted, model.classes_[p.argmax(axis=1)])
    assert model.score(X, y) == (predicted == y).mean()
    assert len(model.encode(X)) == len(X) and model.summary().n_parameters == model.theta_.size
    order = rng.permutation(len(X))
    np.testing.assert_allclose(model.predict_proba(X[order]), p[order], rtol=1e4 * eps, atol=1e2 * eps)


@property_of(
    *(f"{C}.fit", f"{C}.save", f"{C}.get_params", f"{C}.set_params", f"{C}.partial_fit"),
    data=labelled(),
    params=settings_of_classifiers(),
)
def test_a_classifier_is_the_same_after_a_file_a_pickle_a_clone_and_other_names(data, params):
    X, y = data
    model = fitted(X, Classifier, y, **params)
    cloned, text = clone(model), repr(Classifier(**params))
    assert repr(cloned) == repr(model) == text
    renamed = np.unique(y, return_inverse=True)[1] + 100  # in the same order
    others = [through_file(model), pickle.loads(pickle.dumps(model)), cloned.fit(X, y)]
    for other in others:
        np.testing.assert_array_equal(other.theta_, model.theta_)
        np.testing.assert_array_equal(other.predict(X), model.predict(X))
        np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(fitted(X, Classifier, renamed, **params).theta_, model.theta_)
    for name, value in model.get_params().items():
        model.set_params(**{name: value})
    assert repr(model) == text
    epochs = model.n_epochs_
    assert model.partial_fit(X, y).n_epochs_ == epochs + 1


@property_of(C, f"{C}.fit", data=labelled(), seed=st.integers(0, 9))
def test_a_start_lends_its_weights_and_keeps_them(data, seed):
    X, y = data
    ae = fitted(X, encoder=[3, 2], optimizer="adam", epochs=2, random_state=seed)
    theta = ae.theta_.copy()
    still = npae.GradientDescent(1e-300)
    model = fitted(X, Classifier, y, start=ae, optimizer=still, epochs=1, random_state=seed)
    np.testing.assert_array_equal(ae.theta_, theta)
    np.testing.assert_allclose(model.encode(X), ae.encode(X), rtol=1e-9, atol=1e-12)


detectors = st.fixed_dictionaries(
    {
        "autoencoder": st.sampled_from(
            [
                None,
                Autoencoder([1], optimizer="adam", epochs=2, threads=1),
                Autoencoder([2], scale="columns", epochs=2, optimizer="adam", dtype="float32"),
            ]
        ),
        "contamination": st.sampled_from(["auto", 0.1, 0.25, 0.5]),
        "random_state": st.integers(0, 9),
    }
)


def detector_of(X, params):
    return fitted(X, AnomalyDetector, **params)


@property_of(
    *(D, *(f"{D}.{name}" for name in ("fit", "predict", "decision_function", "score_samples", "score", "fit_predict"))),
    *(f"{D}.{name}" for name in ("explain", "worst_features", "threshold_", "labels_", "n_features_in_", "summary")),
    few=4,
    X=tables(least=8),
    params=detectors,
)
def test_anomalies_are_what_exceeds_the_threshold_and_no_more_than_their_share(X, params):
    detector = detector_of(X, params)
    scores, decided, predicted = (f(X) for f in (detector.score_samples, detector.decision_function, detector.predict))
    assert scores.shape == decided.shape == predicted.shape == (len(X),) and (scores <= 0).all()
    np.testing.assert_array_equal(decided, scores - detector.offset_)
    np.testing.assert_array_equal(predicted, np.where(decided < 0, -1, 1))
    np.testing.assert_array_equal(-scores, detector.decision_scores_)
    np.testing.assert_array_equal(detector.labels_, (predicted == -1).astype(int))
    assert detector.threshold_ == -detector.offset_ >= 0 and detector.n_features_in_ == X.shape[1]
    np.testing.assert_allclose(detector.score(X), scores.mean(), rtol=1e-12)
    if params["contamination"] != "auto":
        assert (predicted == -1).mean() <= params["contamination"]
    blamed = detector.explain(X)
    assert blamed.shape == X.shape and (blamed >= 0).all() and (detector.usual_errors_ > 0).all()
    worst = detector.worst_features(X, 2)
    np.testing.assert_array_equal(worst, np.argsort(-blamed, axis=1, kind="stable")[:, :2])
    assert detector.summary().n_parameters == detector.autoencoder_.theta_.size


@property_of(
    *(f"{D}.save", f"{D}.get_params", f"{D}.set_params", f"{D}.fit_predict"), X=tables(least=8), params=detectors
)
def test_a_detector_is_the_same_after_a_file_a_pickle_and_a_clone(X, params):
    detector, text = detector_of(X, params), repr(AnomalyDetector(**params))
    others = [through_file(detector), pickle.loads(pickle.dumps(detector)), detector_of(X, params)]
    for other in others:
        np.testing.assert_array_equal(other.score_samples(X), detector.score_samples(X))
        np.testing.assert_array_equal(other.predict(X), detector.predict(X))
        np.testing.assert_array_equal(other.explain(X), detector.explain(X))
    assert repr(clone(detector)) == repr(detector) == text
    copy = AnomalyDetector().set_params(**detector.get_params(deep=False))
    assert repr(copy) == text


@property_of(
    *("npae.discover", "npae.Discovery"),
    few=2,
    many=25,
    X=tables(least=8),
    binary=st.booleans(),
    crispness=st.sampled_from([0.0, 0.2]),
    distance=st.sampled_from([0.0, 0.01, 1.0]),
    seed=st.integers(0, 9),
)
def test_what_is_discovered_keeps_its_promises(X, binary, crispness, distance, seed):
    X = (X > 0.5).astype(float) if binary else X
    ae = fitted(X, encoder=[3, 2], loss="bce", optimizer="adam", epochs=3, random_state=seed)
    options = {"n": 4, "least_crispness": crispness, "least_distance": distance, "candidates": 300}
    found, again = (npae.discover(ae, X, **options, random_state=seed) for _ in range(2))
    assert len(found) <= 4 and found.samples.shape == (len(found), X.shape[1]) and len(found.labels) == len(found)
    assert (found.crispness >= crispness).all() and (np.diff(found.crispness) <= 0).all()
    assert (found.distance >= distance - 1e-9).all() and ((found.nearest >= 0) & (found.nearest < len(X))).all()
    np.testing.assert_array_equal(found.samples, again.samples)
    np.testing.assert_allclose(ae.decode(found.codes) if len(found) else found.samples, found.samples, atol=1e-12)
    assert repr(found).startswith("Discovery(")


@property_of(
    "npae.interpolate",
    start=tables(),
    n=st.integers(2, 7),
    spherical=st.booleans(),
    size=st.sampled_from([1e-200, 1.0, 1e200]),
)
def test_an_interpolation_goes_evenly_from_one_end_to_the_other(start, n, spherical, size):
    a, b = size * start[:2]
    there, back = npae.interpolate(a, b, n, spherical), npae.interpolate(b, a, n, spherical)
    assert there.shape == (n, len(a)) and np.isfinite(there).all()
    np.testing.assert_allclose(there[[0, -1]], [a, b], rtol=1e-12)
    np.testing.assert_allclose(there, back[::-1], rtol=1e-9)
    if not spherical:
        np.testing.assert_allclose(
            np.diff(there / size, axis=0), np.tile((b - a) / size / (n - 1), (n - 1, 1)), atol=1e-12
        )
