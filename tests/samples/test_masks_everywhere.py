"""What `fit` takes, everything around it takes: a mask, in all that sees samples, and nothing forgets it in silence."""

import functools
import inspect
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import LSTM, AnomalyDetector, Autoencoder, Classifier, Conv1D, Dense, Flatten, GaussianCode, Network

RNG = np.random.default_rng(0)
SERIES = [RNG.random((length, 1)) for length in (4, 3, 6, 5, 6, 2, 5, 6)]
X, MASK = npae.series.pad(SERIES)
OTHER = np.where(MASK[:, :, None], X, 7e5)  # what stands in padding must not matter
Y = np.array(["up", "down"] * 4)
ESTIMATORS = (Autoencoder, Classifier, AnomalyDetector)
MODULES = (npae, npae.metrics, npae.plots, npae.explorer, npae.distributed, npae.series)
SAMPLES = {"X", "data", "original", "reconstruction", "patterns", "pixels", "sample", "start", "found", "values", "Z"}
NO_MASK = {  # takes samples or codes, and why no mask
    "Autoencoder.decode": "codes have no padding: what is decoded has all steps",
    "Autoencoder.inverse_transform": "as decode",
    "Network.decode": "as Autoencoder.decode",
    "Network.hessian": "exact products are for batches without padding; Refine takes differences of gradients instead",
    "Network.hessian_product": "as hessian",
    "npae.interpolate": "start and end are codes",
    "npae.metrics.accuracy": "rows of classes have no steps",
    "npae.metrics.nearest": "flat pictures (N, D) have no steps",
    "npae.plots.glyph": "one picture without a model: NaN leaves a pixel blank",
    "npae.plots.tile": "as glyph",
    "npae.plots.pictures": "pictures without a model: NaN leaves a pixel blank",
    "npae.plots.new_glyphs": "pictures without a model: NaN leaves a pixel blank",
    "npae.plots.discovery": "what discover found brings its mask along",
    "npae.series.overlap_mean": "windows of a recording have no padding",
}


def all_that_take_samples():
    """Yield (name, function) of the public functions and methods that have a parameter for samples or codes."""
    for module in MODULES:
        yield from ((f"{module.__name__}.{name}", getattr(module, name)) for name in module.__all__)
    for cls in (*ESTIMATORS, Network):
        yield from ((f"{cls.__name__}.{name}", getattr(cls, name)) for name in dir(cls) if not name.startswith("_"))


TAKING = {
    name: function
    for name, function in all_that_take_samples()
    if inspect.isfunction(function) and SAMPLES & set(inspect.signature(function).parameters)
}


@in_one_test("name", sorted(TAKING))
def test_what_takes_samples_takes_a_mask_or_has_a_reason(name):
    assert ("mask" in inspect.signature(TAKING[name]).parameters) is (name not in NO_MASK)


def test_every_reason_is_for_something_that_exists():
    assert set(NO_MASK) <= set(TAKING)


def ae(*layers, data=X, **params):
    params = {"epochs": 3, "random_state": 0, **params}
    return Autoencoder(list(layers or (LSTM(4), Dense(2))), **params).fit(data, mask=MASK)


def classifier(data=X, **params):
    params = {"encoder": [LSTM(3)], "epochs": 3, "random_state": 0, **params}
    return Classifier(**params).fit(data, Y, mask=MASK)


def detector(data=X):
    return AnomalyDetector(Autoencoder([LSTM(3)], epochs=3), random_state=0).fit(data, mask=MASK)


@functools.cache
def known(kind):
    """Return a fitted model that no test changes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.PosteriorCollapse)
        return (
            ae(LSTM(3), GaussianCode(2))
            if kind == "variational"
            else {"ae": ae, "cl": classifier, "ad": detector}[kind]()
        )


def drawn(picture):
    """Return the pixels of a figure or of the figure of Axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    picture.figure.set_dpi(20)
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def page(tmp_path, data):
    model = ae(Conv1D(2, 3, activation="tanh"), Flatten(), 2)
    npae.explorer.write(model, tmp_path / "page.html", data, labels=Y, shape=(6, 1), mask=MASK)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def found(data):
    return npae.discover(known("ae"), data, n=2, least_crispness=0, least_distance=0, candidates=100, mask=MASK)


CALLS = {
    "Classifier.fit": lambda X: classifier(X).theta_,
    "Classifier.fit, flat": lambda X: classifier(X, encoder=[4], batch_size=3).theta_,
    "Classifier.fit, by default": lambda X: classifier(X, encoder=None).theta_,
    "Classifier.fit, start": lambda X: classifier(X, encoder=None, start=ae(data=X)).theta_,
    "Classifier.fit, held out": lambda X: classifier(X, validation_fraction=0.25).history_["val_loss"],
    "Classifier.fit, accuracy": lambda X: classifier(
        X, callbacks=[npae.Record(["accuracy"]), npae.UnitReport()]
    ).history_["accuracy"],
    "Classifier.fit, refined": lambda X: classifier(X, optimizer=None, refine=npae.Refine(max_iterations=2)).theta_,
    "Classifier.partial_fit": lambda X: classifier().partial_fit(X, Y, mask=MASK).theta_,
    **{
        f"Classifier.{name}": lambda X, name=name: getattr(known("cl"), name)(X, mask=MASK)
        for name in ("encode", "predict", "predict_proba", "predict_log_proba")
    },
    "Classifier.score": lambda X: known("cl").score(X, Y, mask=MASK),
    **{
        f"AnomalyDetector.{name}": lambda X, name=name: getattr(known("ad"), name)(X, mask=MASK)
        for name in ("predict", "decision_function", "score_samples", "score", "explain", "worst_features")
    },
    "AnomalyDetector.fit": lambda X: detector(X).decision_scores_,
    **{
        f"metrics.{name}": lambda X, name=name: getattr(npae.metrics, name)(X, OTHER / 2 + 0.1, mask=MASK)
        for name in ("mse", "pixel_errors", "binary_accuracy", "max_error", "psnr", "squared_errors")
    },
    "metrics.crispness": lambda X: npae.metrics.crispness(X, mask=MASK),
    "plots.latent_space": lambda X: drawn(npae.plots.latent_space(known("ae"), X, Y, mask=MASK)),
    "plots.manifold": lambda X: drawn(npae.plots.manifold(known("ae"), (6, 1), n=3, data=X, mask=MASK)),
    "plots.reconstructions": lambda X: drawn(npae.plots.reconstructions(known("ae"), X, n=4, mask=MASK)),
    "plots.reconstructions, binary": lambda X: drawn(
        npae.plots.reconstructions(known("ae"), np.where(X < 2, X > 0.5, X).astype(float), mask=MASK)
    ),
    "plots.denoising": lambda X: drawn(
        npae.plots.denoising(known("ae"), X, npae.GaussianNoise(0.1), n=4, random_state=0, mask=MASK)
    ),
    "plots.interpolation": lambda X: drawn(npae.plots.interpolation(known("ae"), X, shape=(6, 1), n=3, mask=MASK)),
    "plots.interpolation, ends": lambda X: drawn(
        npae.plots.interpolation(known("ae"), X[0], X[1], shape=(6, 1), n=3, mask=MASK[:2])
    ),
    "plots.traversal": lambda X: drawn(npae.plots.traversal(known("ae"), (6, 1), X[0], n=3, mask=MASK[0])),
    "plots.discovery": lambda X: drawn(npae.plots.discovery(found(X), (6, 1))),
    "discover": lambda X: np.append(found(X).codes, found(X).distance[:, None], axis=1),
    "check_gradients": lambda X: npae.check_gradients(known("ae").network_, X, mask=MASK, entries=9).error,
    "Network.outputs": lambda X: [y.sum() for *_, y in known("ae").network_.outputs(known("ae").theta_, X, mask=MASK)],
    "UnitReport": lambda X: (
        [
            ae(Dense(3, "relu"), Flatten(), 2, data=X, callbacks=[npae.UnitReport()]).history_[f"{what} encoder.0"]
            for what in ("dead", "saturated")
        ]
    ),
}


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("name", CALLS)
def test_what_stands_in_padding_does_not_matter(name):
    np.testing.assert_array_equal(CALLS[name](X), CALLS[name](OTHER))


def test_the_explorer_page_has_the_codes_of_the_masked_series_and_encodes_its_samples_to_them(tmp_path):
    assert page(tmp_path, X) == page(tmp_path, OTHER)
    from npae.explorer.write import _checked_samples

    model = ae(Conv1D(2, 3, activation="tanh"), Flatten(), 2)
    as_shown = _checked_samples(OTHER, model.network_, MASK)
    np.testing.assert_allclose(
        model.network_.encode(model.theta_, as_shown), model.encode(X, mask=MASK), rtol=1e-12, atol=1e-12
    )


def test_a_classifier_sees_the_codes_of_the_masked_autoencoder_that_it_starts_from():
    still, start = npae.GradientDescent(1e-300), ae()
    model = Classifier(start=start, optimizer=still, epochs=1, random_state=0).fit(OTHER, Y, mask=MASK)
    np.testing.assert_array_equal(model.encode(OTHER, mask=MASK), start.encode(X, mask=MASK))


def test_validation_data_of_a_classifier_bring_their_own_mask():
    given = Classifier([LSTM(3)], epochs=3, random_state=0)
    given.fit(X[:6], Y[:6], mask=MASK[:6], validation_data=(OTHER[6:], Y[6:], MASK[6:]))
    held = classifier(validation_fraction=0.25)
    assert given.history_["val_loss"] == held.history_["val_loss"]


def test_the_logarithms_of_probabilities_are_theirs_and_stay_finite():
    model = classifier()
    expected = np.log(model.predict_proba(X, mask=MASK))
    np.testing.assert_allclose(model.predict_log_proba(X, mask=MASK), expected, rtol=1e-9)
    model.theta_ = model.theta_ * 1e4
    assert model.predict_proba(X, mask=MASK).min() == 0
    assert np.isfinite(model.predict_log_proba(X, mask=MASK)).all()


def test_metrics_with_a_mask_are_those_of_the_real_steps():
    rebuilt = X + 0.1 * RNG.standard_normal(X.shape)
    real = npae.metrics.mse(X[MASK], rebuilt[MASK])
    assert npae.metrics.mse(X, rebuilt, mask=MASK) == real
    assert npae.metrics.max_error(X, rebuilt, mask=MASK) == np.abs(X - rebuilt)[MASK].max()
    ones = npae.metrics.pixel_errors(np.ones_like(X), np.zeros_like(X), mask=MASK)
    assert ones.tolist() == MASK.sum(axis=1).tolist()
    assert npae.metrics.binary_accuracy(np.ones_like(X), np.ones_like(X), mask=MASK) == 1
    assert npae.metrics.crispness(np.where(MASK[:, :, None], 1.0, 0.5), mask=MASK).tolist() == [1.0] * len(X)


@in_one_test("mask", [MASK[:3], MASK.astype(int), np.zeros_like(MASK), MASK[:, :, None]], ids=str)
def test_a_mask_that_does_not_fit_is_refused_by_metrics(mask):
    with pytest.raises(ValueError, match="mask must be bools of shape"):
        npae.metrics.mse(X, X, mask=mask)


LOOKING = {
    "ae": ("encode", "transform", "reconstruct", "predict", "score_samples", "threshold"),
    "variational": ("posterior", "sample_posterior", "elbo", "log_likelihood"),
    "cl": ("encode", "predict", "predict_proba", "predict_log_proba"),
    "ad": ("predict", "decision_function", "score_samples", "explain", "worst_features"),
}


@in_one_test(("kind", "name"), [(kind, name) for kind, names in LOOKING.items() for name in names])
def test_a_model_that_was_fitted_with_a_mask_does_not_take_plain_padding_for_data(kind, name):
    look = getattr(known(kind), name)
    rule = r"mask must be given for X, whose series 0 ends in zeros, where fit had one.*set_score_request\(mask=True\)"
    with pytest.raises(ValueError, match=rule):
        look(X)
    look(X, mask=np.ones_like(MASK))
    look(np.where(MASK[:, :, None], X, 0.5))  # series of the full length need none


@pytest.mark.parametrize("data", [X, OTHER], ids=["zeros", "anything"])
def test_nothing_is_learned_or_judged_by_padding(data, tmp_path):
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        known("ae").partial_fit(data)
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        known("cl").partial_fit(data, Y)
    with pytest.raises(ValueError, match="validation_data must fit its mask: mask must be given"):
        Autoencoder([LSTM(3)], epochs=1).fit(X, mask=MASK, validation_data=data)
    with pytest.raises(ValueError, match="validation_data must fit its mask: mask must be given"):
        Classifier([LSTM(3)], epochs=1).fit(X, Y, mask=MASK, validation_data=(data, Y))
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        Classifier(start=known("ae"), epochs=1).fit(data, Y)
    for kind in ("ae", "cl", "ad"):
        known(kind).save(tmp_path / "model.npz")
        for model in (known(kind), npae.load(tmp_path / "model.npz")):
            with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
                model.score(data, Y)


def test_a_second_fit_forgets_the_mask_of_the_first():
    model = ae()
    model.fit(X)
    assert model.encode(X).shape == (8, 2)
