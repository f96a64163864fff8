"""scikit-learn's metadata routing: what a method takes besides X and y reaches it, or an error says how."""

import inspect
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import LSTM, AnomalyDetector, Autoencoder, Classifier, Dense
from npae.estimators.metadata_requests import METHODS, metadata_of

pytest.importorskip("sklearn")
import sklearn
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline

RNG = np.random.default_rng(0)
X, MASK = npae.series.pad([3 + 0.2 * RNG.standard_normal((n, 1)) for n in RNG.integers(2, 7, 12)])
Y = np.array(["up", "down"] * 6)
FOLDS = KFold(3)
ESTIMATORS = {
    "ae": Autoencoder([LSTM(3), Dense(2)], epochs=2, random_state=0),
    "cl": Classifier([LSTM(3)], epochs=2, random_state=0),
    "ad": AnomalyDetector(Autoencoder([LSTM(3)], epochs=2), random_state=0),
}
CASES = [
    (kind, method)
    for kind, estimator in ESTIMATORS.items()
    for method in METHODS
    if metadata_of(type(estimator), method)
]


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def by_hand(estimator):
    """Return the scores of the folds with each fold's mask."""
    pairs = list(FOLDS.split(X))
    models = [clone(estimator).fit(X[train], Y[train], mask=MASK[train]) for train, _ in pairs]
    return [m.score(X[test], Y[test], mask=MASK[test]) for m, (_, test) in zip(models, pairs, strict=True)]


def requesting(estimator, *methods):
    """Return a copy that requests masks for some methods."""
    copy = clone(estimator)
    for method in methods:
        getattr(copy, f"set_{method}_request")(mask=True)
    return copy


@in_one_test(("kind", "method"), CASES)
def test_every_argument_of_every_method_can_be_requested(kind, method, routing):
    estimator = clone(ESTIMATORS[kind])
    names = metadata_of(type(estimator), method)
    set_request = getattr(estimator, f"set_{method}_request")
    for name in names:
        assert getattr(estimator.get_metadata_routing(), method).requests[name] is None
        for value in (True, False, "other_name", None):
            assert set_request(**{name: value}) is estimator
            assert getattr(estimator.get_metadata_routing(), method).requests[name] == value
    with pytest.raises(TypeError, match=f"set_{method}_request must name arguments of {method}.*got 'depth'"):
        set_request(depth=True)
    with pytest.raises(ValueError, match="alias"):
        set_request(**{names[0]: "no name"})


def test_what_can_be_requested_follows_from_the_signature(routing):
    class Weighing(Autoencoder):
        def fit(self, X, y=None, *, ages=None, **others):
            return super().fit(X, y)

    assert metadata_of(Weighing, "fit") == ["ages"]
    assert Weighing().set_fit_request(ages=True).get_metadata_routing().fit.requests == {"ages": True}
    assert "mask" in metadata_of(Autoencoder, "fit")
    assert not hasattr(Autoencoder, "set_inverse_transform_request")
    assert not hasattr(Autoencoder, "set_predict_proba_request")
    for kind, method in CASES:
        signature = inspect.signature(getattr(type(ESTIMATORS[kind]), method)).parameters
        assert set(metadata_of(type(ESTIMATORS[kind]), method)) < set(signature)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_search_scores_with_the_mask(kind, routing):
    estimator, grid = ESTIMATORS[kind], {"random_state": [0]}
    model = requesting(estimator, "fit", "score")
    search = GridSearchCV(model, grid, cv=FOLDS, error_score="raise").fit(X, Y, mask=MASK)
    assert search.cv_results_["mean_test_score"][0] == np.mean(by_hand(estimator))
    scores = cross_validate(model, X, Y, cv=FOLDS, params={"mask": MASK}, error_score="raise")["test_score"]
    assert scores.tolist() == by_hand(estimator)
    np.testing.assert_array_equal(search.score(X, Y, mask=MASK), search.best_estimator_.score(X, Y, mask=MASK))


@in_one_test("kind", ESTIMATORS)
def test_without_routing_a_search_has_no_score_rather_than_one_of_padding(kind):
    search = GridSearchCV(ESTIMATORS[kind], {"random_state": [0]}, cv=FOLDS, refit=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, Y, mask=MASK)
    assert np.isnan(search.cv_results_["mean_test_score"]).all()
    assert any("set_score_request(mask=True)" in str(warning.message) for warning in caught)
    with pytest.raises(ValueError, match=r"mask must be given for X where fit had one.*enable_metadata_routing=True"):
        search.set_params(error_score="raise").fit(X, Y, mask=MASK)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_mask_that_nobody_requested_is_refused(kind, routing):
    with pytest.raises(UnsetMetadataPassedError, match="mask"):
        GridSearchCV(ESTIMATORS[kind], {"random_state": [0]}, cv=FOLDS).fit(X, Y, mask=MASK)
    with pytest.raises(UnsetMetadataPassedError, match="score"):
        GridSearchCV(requesting(ESTIMATORS[kind], "fit"), {"random_state": [0]}, cv=FOLDS).fit(X, Y, mask=MASK)


def test_a_score_without_the_mask_of_fit_is_refused_though_it_was_asked_for(routing):
    model = requesting(ESTIMATORS["ae"], "fit").set_score_request(mask=False)
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        GridSearchCV(model, {"epochs": [2]}, cv=FOLDS, error_score="raise").fit(X, mask=MASK)


def test_a_mask_may_go_by_another_name(routing):
    model = clone(ESTIMATORS["ae"]).set_fit_request(mask="real").set_score_request(mask="real")
    search = GridSearchCV(model, {"epochs": [2]}, cv=FOLDS, error_score="raise").fit(X, real=MASK)
    assert search.cv_results_["mean_test_score"][0] == np.mean(by_hand(ESTIMATORS["ae"]))


def test_a_pipeline_encodes_with_the_mask(routing):
    from sklearn.linear_model import LogisticRegression

    ae = requesting(ESTIMATORS["ae"], "fit", "transform")
    pipeline = make_pipeline(ae, LogisticRegression()).fit(X, Y, mask=MASK)
    codes = clone(ae).fit(X, mask=MASK).transform(X, mask=MASK)
    head = LogisticRegression().fit(codes, Y)
    np.testing.assert_array_equal(pipeline.predict(X, mask=MASK), head.predict(codes))


def test_a_search_scores_a_pipeline_with_the_mask(routing):
    from sklearn.linear_model import LogisticRegression

    pytest.importorskip("sklearn", minversion="1.8")  # which routes to the score of a pipeline
    ae = requesting(ESTIMATORS["ae"], "fit", "transform")
    search = GridSearchCV(make_pipeline(ae, LogisticRegression()), {"autoencoder__epochs": [2]}, cv=FOLDS)
    search.set_params(error_score="raise").fit(X, Y, mask=MASK)
    assert 0 <= search.best_score_ <= 1


def test_a_pipeline_without_routing_does_not_encode_padding():
    from sklearn.linear_model import LogisticRegression

    pipeline = make_pipeline(ESTIMATORS["ae"], LogisticRegression()).fit(X, Y, autoencoder__mask=MASK)
    with pytest.raises(ValueError, match="mask must be given for X, whose series . ends in zeros"):
        pipeline.predict(X)


def judged_elsewhere():
    """Return what scikit-learn does with an estimator without routing to its predictions."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import StackingClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict, cross_val_score

    options = {"cv": FOLDS, "params": {"mask": MASK}}
    return {
        "cross_val_predict": lambda m: cross_val_predict(m, X, Y, **options),
        "a scorer by name": lambda m: cross_val_score(m, X, Y, scoring="accuracy", error_score="raise", **options),
        "stack": lambda m: StackingClassifier([("a", m)], LogisticRegression(), cv=2).fit(X, Y, mask=MASK),
        "vote": lambda m: VotingClassifier([("a", m)]).fit(X, Y, mask=MASK).predict(X),
        "calibration": lambda m: CalibratedClassifierCV(m, cv=2).fit(X, Y, mask=MASK),
    }


@pytest.mark.parametrize("name", judged_elsewhere())
def test_where_scikit_learn_routes_nothing_padding_is_refused(name, routing):
    model = requesting(ESTIMATORS["cl"], "fit", "score", "predict", "predict_proba")
    with pytest.raises(ValueError, match="mask must be given for X, whose series . ends in zeros"):
        judged_elsewhere()[name](model)


def test_requests_survive_cloning_and_pickling_and_are_the_estimator_s_own(routing):
    model = requesting(ESTIMATORS["cl"], "fit", "predict").set_score_request(mask="real")
    for copy in (clone(model), pickle.loads(pickle.dumps(model))):
        routed = copy.get_metadata_routing()
        assert (routed.fit.requests["mask"], routed.score.requests["mask"]) == (True, "real")
    changed = clone(model).set_fit_request(mask=False)
    assert model.get_metadata_routing().fit.requests["mask"] is True
    assert changed.get_metadata_routing().predict.requests["mask"] is True
    assert Classifier().get_metadata_routing().fit.requests["mask"] is None


def test_without_the_switch_a_request_is_refused_by_name():
    with pytest.raises(RuntimeError, match=r"Call sklearn.set_config\(enable_metadata_routing=True\) first"):
        Autoencoder().set_fit_request(mask=True)


def test_without_scikit_learn_a_request_says_so_and_all_else_works(monkeypatch):
    ae, classifier = clone(ESTIMATORS["ae"]).set_output(transform="default"), clone(ESTIMATORS["cl"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="set_fit_request must have scikit-learn, got none. Install it"):
        ae.set_fit_request(mask=True)
    assert "Autoencoder" in ae._repr_html_()
    np.testing.assert_array_equal(ae.fit_transform(X, mask=MASK), ae.encode(X, mask=MASK))
    assert isinstance(classifier.fit(X, Y, mask=MASK).score(X, Y, mask=MASK), float)


@pytest.mark.slow
def test_a_process_without_scikit_learn_has_all_but_requests():
    code = """
import sys
sys.modules["sklearn"] = None
import numpy as np, npae
X = np.random.default_rng(0).random((9, 3))
ae = npae.Autoencoder([2], epochs=2).set_output(transform="default")
assert ae.fit_transform(X).shape == (9, 2) and "Autoencoder" in ae._repr_html_()
assert npae.Classifier([2], epochs=2).fit(X, X[:, 0] > 0.5).predict(X).shape == (9,)
try:
    ae.set_fit_request(mask=True)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60)
    expected = "set_fit_request must have scikit-learn, got none. Install it: pip install scikit-learn.\n"
    assert (done.stdout, done.returncode) == (expected, 0)
