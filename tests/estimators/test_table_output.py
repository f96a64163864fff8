"""Codes as a DataFrame, where a user or scikit-learn's configuration asks for one."""

import pickle

import numpy as np
import pytest

import npae
from npae import AnomalyDetector, Autoencoder, Classifier, Conv1D, GaussianCode

pytest.importorskip("sklearn")
pytest.importorskip("pandas")
import pandas
import sklearn
from looped import in_one_test
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

VALUES = np.random.default_rng(0).random((20, 4))
X = pandas.DataFrame(VALUES, columns=list("abcd"), index=[f"row{i}" for i in range(20)])
Y = np.array(["up", "down"] * 10)


class VAE(Autoencoder):
    pass


MODELS = {
    "autoencoder": lambda: Autoencoder([2], epochs=2, random_state=0),
    "vae": lambda: VAE([GaussianCode(2)], epochs=40, loss="bce", random_state=0),
}
pytestmark = pytest.mark.filterwarnings("ignore:posterior collapse")


def check(table, values, own, index=X.index):
    assert isinstance(table, pandas.DataFrame)
    assert list(table) == [f"{own}{i}" for i in range(values.shape[1])]
    assert list(table.index) == list(index)
    np.testing.assert_array_equal(table.to_numpy(), values)


@in_one_test("own", MODELS)
@in_one_test("how", ["set_output", "config"])
def test_codes_become_a_data_frame_with_names_and_the_index_of_x(own, how):
    values = MODELS[own]().fit_transform(X)
    assert isinstance(values, np.ndarray)
    model = MODELS[own]()
    if how == "set_output":
        assert model.set_output(transform="pandas") is model
    with sklearn.config_context(transform_output="pandas" if how == "config" else "default"):
        check(model.fit_transform(X), values, own)
        check(model.transform(X), values, own)
        check(model.transform(X.iloc[3:5]), model.encode(X.iloc[3:5]), own, X.index[3:5])
        assert isinstance(model.encode(X), np.ndarray)
        assert isinstance(model.reconstruct(X), np.ndarray)
        table = model.transform(X)
        np.testing.assert_array_equal(model.inverse_transform(table), model.decode(values))
    with sklearn.config_context(transform_output="default"):
        assert isinstance(model.transform(X), np.ndarray) is (how == "config")


def test_what_set_output_says_wins_and_none_changes_nothing():
    model = MODELS["autoencoder"]().fit(X).set_output(transform="default").set_output(transform=None)
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(model.transform(X), np.ndarray)


def test_an_array_gets_a_plain_index_and_codes_with_axes_are_flattened():
    series = np.random.default_rng(0).random((6, 4, 2))
    model = Autoencoder([Conv1D(3, 2, activation="tanh")], epochs=2, random_state=0).set_output(transform="pandas")
    table = model.fit_transform(series)
    check(table, model.encode(series).reshape(6, -1), "autoencoder", range(6))


def test_the_setting_survives_cloning_and_pickling():
    model = MODELS["autoencoder"]().set_output(transform="pandas")
    for copy in (clone(model), pickle.loads(pickle.dumps(model))):
        assert isinstance(copy.fit_transform(X), pandas.DataFrame)
    assert isinstance(MODELS["autoencoder"]().fit_transform(X), np.ndarray)


def test_an_unknown_container_is_refused_at_once():
    with pytest.raises(ValueError, match="transform must be one of 'default', 'pandas', 'polars', got 'arrow'"):
        Autoencoder().set_output(transform="arrow")
    with sklearn.config_context(transform_output="arrow"), pytest.raises(ValueError, match="transform must be one of"):
        MODELS["autoencoder"]().fit_transform(X)


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    model = MODELS["autoencoder"]().fit(X).set_output(transform="polars")
    with pytest.raises(ImportError, match="transform='polars' must have polars, got none"):
        model.transform(X)


def test_polars_gets_its_own_data_frame():
    polars = pytest.importorskip("polars")
    model = MODELS["autoencoder"]().set_output(transform="polars")
    for table in (polars.DataFrame(VALUES, schema=list("abcd")), X):
        codes = model.fit_transform(table)
        assert isinstance(codes, polars.DataFrame)
        assert codes.columns == ["autoencoder0", "autoencoder1"]
        np.testing.assert_array_equal(codes.to_numpy(), model.encode(table))
    with sklearn.config_context(transform_output="polars"):
        assert isinstance(make_pipeline(StandardScaler(), MODELS["autoencoder"]()).fit_transform(X), polars.DataFrame)


def test_pipelines_unions_and_column_transformers_pass_the_setting_on():
    pipeline = make_pipeline(StandardScaler(), MODELS["autoencoder"]()).set_output(transform="pandas")
    codes = pipeline.fit_transform(X)
    check(codes, pipeline[1].encode(pipeline[0].transform(X)), "autoencoder")
    assert list(pipeline.get_feature_names_out()) == list(codes)
    union = FeatureUnion([("codes", MODELS["autoencoder"]()), ("z", StandardScaler())]).set_output(transform="pandas")
    assert list(union.fit_transform(X))[:3] == ["codes__autoencoder0", "codes__autoencoder1", "z__a"]
    columns = make_column_transformer((MODELS["autoencoder"](), ["a", "b", "c"]), remainder="passthrough")
    columns = columns.set_output(transform="pandas").fit_transform(X)
    assert list(columns) == ["autoencoder__autoencoder0", "autoencoder__autoencoder1", "remainder__d"]
    assert list(columns.index) == list(X.index)
    assert ColumnTransformer([("c", MODELS["autoencoder"](), ["a", "b"])]).fit_transform(X).shape == (20, 2)


def test_targets_are_encoded_and_predictions_decoded():
    model = TransformedTargetRegressor(LinearRegression(), transformer=MODELS["autoencoder"](), check_inverse=False)
    with sklearn.config_context(transform_output="pandas"):
        model.fit(VALUES, VALUES)
    ae = model.transformer_
    straight = LinearRegression().fit(VALUES, ae.encode(VALUES)).predict(VALUES)
    np.testing.assert_allclose(model.predict(VALUES), ae.decode(straight), rtol=1e-6)


def test_a_classifier_stands_in_a_stack():
    stack = StackingClassifier([("npae", Classifier([3], epochs=3, random_state=0))], LogisticRegression(), cv=2)
    assert stack.fit(X, Y).predict_proba(X).shape == (20, 2)
    assert cross_validate(stack, X, Y, cv=2, error_score="raise")["test_score"].shape == (2,)


@pytest.mark.parametrize("estimator", [Classifier, AnomalyDetector])
def test_what_does_not_transform_has_no_output_to_set(estimator):
    assert not hasattr(estimator(), "set_output")
    assert not hasattr(estimator(), "transform")


@in_one_test("estimator", [Autoencoder([2]), Classifier([2]), AnomalyDetector()], ids=repr)
def test_a_notebook_shows_scikit_learn_s_diagram_where_it_shows_its_own(estimator):
    with sklearn.config_context(display="diagram"):
        assert type(estimator).__name__ in estimator._repr_html_()
        assert type(estimator).__name__ in make_pipeline(StandardScaler(), estimator)._repr_html_()
    with sklearn.config_context(display="text"):
        assert estimator._repr_html_() is None


def test_the_tags_say_what_an_estimator_takes():
    tags = {kind: sklearn.utils.get_tags(kind()) for kind in (Autoencoder, Classifier, AnomalyDetector)}
    assert [tag.estimator_type for tag in tags.values()] == [None, "classifier", "outlier_detector"]
    assert all(tag.input_tags.three_d_array for tag in tags.values())
    assert tags[Autoencoder].transformer_tags is not None
    assert sklearn.base.is_classifier(Classifier())
    assert sklearn.base.is_outlier_detector(AnomalyDetector())


def test_a_clone_of_a_detector_has_a_clone_of_its_autoencoder():
    detector = AnomalyDetector(npae.Autoencoder([1], epochs=2).fit(X))
    copy = clone(detector)
    assert copy.autoencoder is not detector.autoencoder
    assert not hasattr(copy.autoencoder, "theta_")
