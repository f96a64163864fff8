"""A second table is looked at as carefully as the first: every method that takes samples, and everything wrong."""

import inspect
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Classifier, Dense, GaussianCode
from npae.distributed.parts import _common_names

pandas = pytest.importorskip("pandas")

RNG = np.random.default_rng(0)
FRAME = pandas.DataFrame(RNG.random((40, 4)), columns=list("abcd"))
Y = np.arange(40) % 2
QUICK = {"epochs": 2, "optimizer": "gradient_descent", "random_state": 0}
FEW = 6  # rows of the second table


def plain(**options):
    return Autoencoder([2], **{**QUICK, **options})


def variational(**options):
    return Autoencoder([GaussianCode(2)], **{**QUICK, **options})


def classifier(**options):
    return Classifier([3], **{**QUICK, **options})


def detector(**options):
    return AnomalyDetector(plain(**options), contamination=0.1)


def call(name, labels=False, **options):
    """Return a function of a model and a table that calls a method, with labels if it wants some."""
    return lambda model, X: getattr(model, name)(X, *([Y[: getattr(X, "shape", [0])[0]]] if labels else []), **options)


PLAIN = [
    "encode", "transform", "reconstruct", "predict", "score", "score_samples", "threshold", "partial_fit",
]  # fmt: skip
VARIATIONAL = ["posterior", "sample_posterior", "elbo", "log_likelihood"]
DETECTING = ["predict", "decision_function", "score_samples", "score", "explain", "worst_features"]
CLASSIFYING = ("predict", "predict_proba", "predict_log_proba", "encode")
METHODS = {  # what takes a second table: a function that makes the model, and one that hands the table over
    **{f"Autoencoder.{name}": (plain, call(name)) for name in PLAIN},
    **{f"Autoencoder.{name}": (variational, call(name)) for name in VARIATIONAL},
    **{f"Classifier.{name}": (classifier, call(name)) for name in CLASSIFYING},
    **{f"Classifier.{name}": (classifier, call(name, labels=True)) for name in ("score", "partial_fit")},
    **{f"AnomalyDetector.{name}": (detector, call(name)) for name in DETECTING},
}
FITTING = {  # what looks at two tables in one call: the training data and the validation data
    "Autoencoder.fit": lambda X, V: plain().fit(X, validation_data=V),
    "Autoencoder.fit_transform": lambda X, V: plain().fit_transform(X, validation_data=V),
    "Classifier.fit": lambda X, V: classifier().fit(X, Y, validation_data=(V, Y[: len(V)])),
    "Classifier(start).fit": lambda X, V: Classifier(start=plain().fit(X), **QUICK).fit(V, Y[: len(V)]),
}
FIRST_ONLY = {  # methods that begin from scratch, whatever a former fit has seen
    "AnomalyDetector.fit", "AnomalyDetector.fit_predict",
}  # fmt: skip
CODES = {"Autoencoder.decode", "Autoencoder.inverse_transform"}  # which take codes

DEFECTS = {  # what may be wrong with a second table, and what the message says
    "another order": (lambda X: X[list("badc")], r"must be in the same order.*\nUse .*\[model\.feature_names_in_\]"),
    "a new name": (lambda X: X.rename(columns={"b": "x"}), "unseen at fit time:\n- x\n.*now missing:\n- b"),
    "a column less": (lambda X: X.drop(columns="c"), "seen at fit time, yet now missing:\n- c"),
    "a column more": (lambda X: X.assign(e=0.5), "unseen at fit time:\n- e"),
    "text": (lambda X: X.assign(a="old"), "text in column 'a'"),
    "dates": (lambda X: X.assign(d=pandas.Timestamp("2026-11-28")), "dates in column 'd'"),
    "a gap": (lambda X: X.assign(b=np.where(X.index == 1, np.nan, X.b)), "must be finite"),
    "infinity": (lambda X: X.replace(X.iloc[0, 0], np.inf), "must be finite"),
    "beyond the dtype": (lambda X: X * 1e300, r"must fit into float32"),
    "a key": (lambda X: X.assign(a=2**53 + 1), "integers that float64 can tell apart"),
    "no rows": (lambda X: X[:0], "must hold samples, got 0"),
    "another shape": (lambda X: X.to_numpy().reshape(-1, 2, 2), r"must have samples of shape \(4,\)"),
}
DEFECTS_OF_ARRAYS = {
    "features": (lambda X: X.to_numpy()[:, :3], "has 3 features, but .* is expecting 4 features"),
    "dimensions": (lambda X: X.to_numpy()[0], "must be at least 2-D"),
    "shape": (lambda X: X.to_numpy().reshape(-1, 2, 2), r"must have samples of shape \(4,\)"),
    "sparse": (lambda X: pytest.importorskip("scipy.sparse").csr_matrix(X), "must be a dense array"),
}


@pytest.fixture(scope="module")
def fitted():
    """Models of each kind that were fitted to the frame, in float32; a method that trains gets a fresh one."""
    cache = {}

    def model(make, data=FRAME, **options):
        key = (make, data is FRAME, str(options))
        if key not in cache:
            cache[key] = trained(make, data, **options)
        return cache[key]

    return model


def trained(make, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        model = make(dtype="float32", **options)
        return model.fit(data, Y[: len(data)]) if make is classifier else model.fit(data)


def takes_samples(kind):
    """Return the public methods of an estimator whose first argument is X."""
    for name, method in inspect.getmembers(kind, callable):
        if not name.startswith("_") and list(inspect.signature(method).parameters)[1:2] in (["X"], ["Z"]):
            yield f"{kind.__name__}.{name}"


@in_one_test("kind", [Autoencoder, Classifier, AnomalyDetector])
def test_no_method_that_takes_samples_is_forgotten_here(kind):
    assert set(takes_samples(kind)) <= {*METHODS, *FITTING, *FIRST_ONLY, *CODES}


@pytest.mark.filterwarnings("ignore:.*does not have valid feature names")
@in_one_test("defect", DEFECTS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_what_is_wrong_with_a_second_table(method, defect, fitted):
    (make, use), (spoil, message) = METHODS[method], DEFECTS[defect]
    model, table = fitted(make), spoil(FRAME[:FEW])
    with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
        use(model, table)


@in_one_test("defect", DEFECTS_OF_ARRAYS)
@in_one_test("method", METHODS)
def test_every_method_refuses_what_is_wrong_with_a_second_array(method, defect, fitted):
    (make, use), (spoil, message) = METHODS[method], DEFECTS_OF_ARRAYS[defect]
    with pytest.raises((ValueError, TypeError), match=message):
        use(fitted(make, FRAME.to_numpy()), spoil(FRAME[:FEW]))


@pytest.mark.filterwarnings("ignore:.*does not have valid feature names", "ignore::npae.TrainingWarning")
@in_one_test("defect", DEFECTS)
@in_one_test("method", FITTING)
def test_validation_data_and_the_data_after_start_are_compared_with_those_of_this_fit(method, defect):
    spoil, message = DEFECTS[defect]
    if defect == "beyond the dtype":
        pytest.skip("float64 holds it")
    table = spoil(FRAME[:FEW])
    with pytest.raises((ValueError, TypeError), match=f"(?s){message}"):
        FITTING[method](FRAME, table)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize(("make", "pair"), [(plain, False), (classifier, True)])
def test_a_second_fit_compares_validation_data_with_its_own_data_alone(make, pair):
    def fit(model, X, V):
        labels = [Y[: len(X)]] if pair else []
        return model.fit(X, *labels, validation_data=(V, Y[: len(V)]) if pair else V)

    other = FRAME[["d", "b"]].rename(columns={"d": "z"})
    model = fit(make(), FRAME, FRAME[:FEW])
    with pytest.raises(ValueError, match="validation_data: The feature names"):
        fit(model, other, FRAME[:FEW])
    assert list(model.feature_names_in_) == list("abcd")  # a fit that was refused leaves the model as it was
    assert list(fit(model, other, other[:FEW]).feature_names_in_) == ["z", "b"]
    assert not hasattr(fit(model, other.to_numpy(), other.to_numpy()[:FEW]), "feature_names_in_")
    with pytest.raises(ValueError, match="validation_data has 4 features"):
        fit(model, other.to_numpy(), FRAME.to_numpy())


@in_one_test("method", METHODS)
def test_a_table_without_names_after_one_with_names_warns_once_and_so_does_the_reverse(method, fitted):
    """As scikit-learn does: its own words, a UserWarning that points at the caller's line."""
    make, use = METHODS[method]
    owner = method.partition(".")[0]
    named, nameless = (trained(make, data) for data in (FRAME, FRAME.to_numpy()))
    for model, table, text in (
        (named, FRAME[:FEW].to_numpy(), f"X does not have valid feature names, but {owner} was fitted with feature"),
        (nameless, FRAME[:FEW], f"X has feature names, but {owner} was fitted without feature names"),
    ):
        with pytest.warns(UserWarning, match=text) as caught:
            use(model, table)
        assert [w.filename == __file__ for w in caught] == [True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(named, FRAME[:FEW])
        use(nameless, FRAME[:FEW].to_numpy())


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize("kind", ["numbers", "several levels"])
def test_labels_that_are_no_texts_are_compared_too(kind):
    labels = list(range(4)) if kind == "numbers" else pandas.MultiIndex.from_product([["x", "y"], [1, 2]])
    frame = FRAME.set_axis(labels, axis=1)
    ae = plain().fit(frame)
    assert not hasattr(ae, "feature_names_in_")
    ae.encode(frame)
    ae.encode(frame.to_numpy())
    with pytest.raises(ValueError, match="must be in the same order"):
        ae.encode(frame[frame.columns[::-1]])
    with pytest.raises(ValueError, match="validation_data: The feature names"):
        ae.fit(frame, validation_data=frame[frame.columns[::-1]])
    ae.encode(frame.set_axis(range(4), axis=1))  # numbered as an array's columns are: no labels of its own


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_the_names_that_an_arrow_table_has_are_compared():
    class Table:  # as much of pyarrow's as matters: its columns are arrays
        column_names, columns = list("abcd"), [FRAME[name].to_numpy() for name in "abcd"]

        def __array__(self, dtype=None, copy=None):
            return FRAME.to_numpy()

    ae = plain().fit(Table())
    assert list(ae.feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="must be in the same order"):
        ae.encode(FRAME[list("dcba")])


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_scikit_learn_finds_the_names_consistent():
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    for estimator in (plain(), classifier()):
        checks.check_dataframe_column_names_consistency(type(estimator).__name__, estimator)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_pictures_pages_and_discoveries_compare_names_and_do_not_warn(tmp_path):
    ae = plain().fit(FRAME)
    turned = FRAME[list("dcba")]
    for draw in (
        lambda data: npae.plots.latent_space(ae, data),
        lambda data: npae.plots.manifold(ae, (2, 2), n=2, data=data),
        lambda data: npae.plots.reconstructions(ae, data[:3], (2, 2)),
        lambda data: npae.plots.denoising(ae, data[:3], npae.GaussianNoise(0.1), (2, 2)),
        lambda data: npae.plots.interpolation(ae, data[:2], shape=(2, 2), n=2),
        lambda data: npae.plots.traversal(ae, (2, 2), sample=data[:1], n=2),
        lambda data: npae.explorer.write(ae, tmp_path / "page.html", data),
        lambda data: npae.discover(ae, data, n=1),
    ):
        draw(FRAME)
        with pytest.raises(ValueError, match="feature names should match"):
            draw(turned)
    npae.plots.interpolation(ae, FRAME.iloc[0], FRAME.iloc[1], shape=(2, 2), n=2)


@pytest.mark.filterwarnings("ignore:.*does not have valid feature names")
def test_a_search_compares_its_validation_data_before_the_first_trial():
    pytest.importorskip("optuna")
    for spoiled, message in ((FRAME[list("dcba")], "same order"), (FRAME.to_numpy()[:, :2], "has 2 features")):
        with pytest.raises(ValueError, match=f"(?s)validation_data.*{message}"):
            npae.study.search(plain(), FRAME, {"encoder": [[1], [2]]}, validation_data=spoiled, executor="serial")


def test_parts_on_a_cluster_must_have_the_same_columns_in_the_same_order():
    assert list(_common_names([["a", "b"]] * 3)) == ["a", "b"]
    assert _common_names([None, None]) is None
    for other in (["b", "a"], ["a", "c"], None):
        with pytest.raises(
            ValueError, match=r"parts of X must have the same columns.*\['a', 'b'\] of part 0, got.*in part 2"
        ):
            _common_names([["a", "b"], ["a", "b"], other])


SERIES, MASK = RNG.random((6, 5, 2)), np.arange(5) < np.array([5, 2, 4, 5, 3, 5])[:, None]
MASKS = {
    "another shape": (MASK[:, :3], "mask must be bools of shape"),
    "no bools": (MASK * 1.0, "mask must be bools"),
    "nothing left": (np.zeros_like(MASK), "mask must leave at least one step"),
}


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@in_one_test("defect", MASKS)
def test_masks_of_a_second_table_are_looked_at_too(defect):
    mask, message = MASKS[defect]
    ae = Autoencoder([Dense(3, "tanh"), Dense(2)], **QUICK).fit(SERIES, mask=MASK)
    for name in PLAIN:
        with pytest.raises(ValueError, match=message):
            getattr(ae, name)(SERIES, mask=mask)
    with pytest.raises(ValueError, match="^validation_data"):
        ae.fit(SERIES, mask=MASK, validation_data=(SERIES, mask))
    with pytest.raises(ValueError, match="mask must be None where X is not series"):
        plain().fit(FRAME).encode(FRAME, mask=np.ones((40, 4), bool))


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_the_range_that_a_loss_wants_is_wanted_of_a_second_table():
    ae = plain(loss="bce").fit(FRAME)
    with pytest.raises(ValueError, match=r"validation_data must suit the loss: targets must lie in \[0, 1\]"):
        ae.fit(FRAME, validation_data=255 * FRAME)
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\]"):
        ae.partial_fit(255 * FRAME)
    vae = variational(loss="bce").fit(FRAME)
    for name in ("elbo", "log_likelihood"):
        with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\]"):
            getattr(vae, name)(1.5 * FRAME)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_samples_on_quite_another_scale_than_the_loss_had_warn(tmp_path):
    """Raw pixels instead of shares. A little beyond is a noisy or strange sample, and welcome."""
    ae = plain(loss="bce").fit(FRAME)
    ae.save(tmp_path / "model.npz")
    for model in (ae, npae.load(tmp_path / "model.npz")):
        for name in ("encode", "reconstruct", "score", "score_samples", "threshold"):
            with pytest.warns(UserWarning, match=r"X should be scaled as in fit.*\[0, 1\], got values from .* to 25\d"):
                getattr(model, name)(255 * FRAME)
            getattr(model, name)(3 * FRAME - 1)
    plain().fit(FRAME).encode(255 * FRAME)


class TestTargetsAreTablesToo:
    OTHER = FRAME[FRAME.columns[::-1]]

    @pytest.mark.parametrize("target", [None, FRAME.copy()], ids=["without", "itself"])
    def test_columns_of_targets_are_those_of_the_samples_where_fit_had_no_others(self, target):
        model = npae.Autoencoder([2], optimizer="adam", epochs=2, random_state=0)
        model.fit(FRAME, target=target)
        for method in (model.score, model.score_samples, model.threshold, model.partial_fit):
            with pytest.raises(ValueError, match="target: The feature names should match"):
                method(FRAME + 1, target=self.OTHER)
        with pytest.raises(ValueError, match=r"validation_data\[1\]: The feature names should match"):
            model.fit(FRAME, target=target, validation_data=(FRAME + 1, self.OTHER))

    def test_an_array_in_place_of_a_table_of_targets_is_a_warning(self):
        model = npae.Autoencoder([2], optimizer="adam", epochs=2, random_state=0).fit(FRAME, target=FRAME + 1)
        with pytest.warns(UserWarning, match="target does not have valid feature names, but Autoencoder was fitted"):
            model.score(FRAME, target=(FRAME + 1).to_numpy())


def test_pictures_say_that_an_array_stands_where_fit_had_names(tmp_path):
    model, data = npae.Autoencoder([2], epochs=2, optimizer="adam", random_state=0).fit(FRAME), FRAME.to_numpy()
    for draw in (
        lambda: npae.plots.reconstructions(model, data, shape=(1, 4)),
        lambda: npae.plots.denoising(model, data, npae.GaussianNoise(0.1), shape=(1, 4)),
        lambda: npae.explorer.write(model, tmp_path / "page.html", data=data, shape=(1, 4)),
    ):
        with pytest.warns(UserWarning, match="data does not have valid feature names, but Autoencoder was fitted with"):
            draw()


def test_pictures_of_texts_are_refused_as_fit_refuses_them():
    model = npae.Autoencoder([2], epochs=2, optimizer="adam", random_state=0).fit(FRAME)
    with pytest.raises(ValueError, match="data must be an array of numbers, got .*texts? in column 'a'|data must be"):
        npae.plots.reconstructions(model, FRAME.assign(a="x"), shape=(1, 4))
