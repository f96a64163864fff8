"""Numbers at the edges: each estimator learns them to a stated tolerance, names them in a warning, or refuses them.

"right" is: all results are finite; the default recipe is no worse than principal component analysis, and an optimizer
no worse than the mean, to 1e-6 of the variance, and 1e-12 (1e-5 in float32) of the largest number or the least normal
number of the dtype. An optimizer may be 0.1 off where data vary by rounding alone, which have the unit 1. NumPy warns
of nothing, which would be an error. In float32, scores are infinite where squares are.
"""

import re
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Classifier, GaussianCode

RNG = np.random.default_rng(0)
TABLE = RNG.random((30, 4))
REFUSED = (ValueError, npae.TrainingDiverged)


def ill_conditioned(condition=1e12, rows=40, columns=6):
    """Return samples whose singular values go from 1 down to 1 / condition."""
    U, V = (np.linalg.qr(RNG.standard_normal((n, columns)))[0] for n in (rows, columns))
    return U @ np.diag(np.geomspace(1, 1 / condition, columns)) @ V.T


CASES = {
    "all 0": np.zeros((9, 3)),
    "all 0.1": np.full((9, 3), 0.1),
    "all 1e300": np.full((9, 3), 1e300),
    "all -1e-300": np.full((9, 3), -1e-300),
    "all denormal": np.full((9, 3), 5e-324),
    "one sample": TABLE[:1],
    "two samples": TABLE[:2],
    "one feature": TABLE[:, :1],
    "one number": TABLE[:1, :1],
    "denormals": np.float64(5e-324) * RNG.integers(0, 1000, (30, 4)),
    "1e-300": 1e-300 * TABLE,
    "1e-160": 1e-160 * TABLE,
    "1e-100": 1e-100 * TABLE,
    "1e-30": 1e-30 * TABLE,
    "1e-6": 1e-6 * TABLE,
    "1": TABLE,
    "1e6": 1e6 * TABLE,
    "1e30": 1e30 * TABLE,
    "1e100": 1e100 * TABLE,
    "1e150": 1e150 * TABLE,
    "1e200": 1e200 * TABLE,
    "1e300": 1e300 * TABLE,
    "near the largest": np.finfo(float).max * (2 * TABLE - 1),
    "ill-conditioned": ill_conditioned(),
    "an offset of 1e12": 1e12 + TABLE,
    "half precision": (6e4 * (2 * TABLE - 1)).astype(np.float16),
    "small in half precision": (6e-8 * RNG.integers(1, 30, (30, 4))).astype(np.float16),
    "one of 1e9 rows differs": np.vstack([np.zeros((29, 4)), np.ones((1, 4))]),
    "infinitesimal differences": 1 + np.finfo(float).eps * RNG.integers(0, 9, (30, 4)),
}
ADAM = {"optimizer": "adam", "epochs": 40, "random_state": 0}
MODELS = {
    "default": lambda: Autoencoder(random_state=0),
    "columns": lambda: Autoencoder(scale="columns", random_state=0),
    "single": lambda: Autoencoder(dtype="float32", random_state=0),
    "adam": lambda: Autoencoder(**ADAM),
    "adam in float32": lambda: Autoencoder(dtype="float32", **ADAM),
    "batches": lambda: Autoencoder(batch_size=8, scale="columns", **ADAM),
    "rmsprop": lambda: Autoencoder(**{**ADAM, "optimizer": npae.RMSprop(0.01)}),
    "kfac": lambda: Autoencoder(**{**ADAM, "optimizer": "kfac"}),
    "variational": lambda: Autoencoder([8, GaussianCode(2)], **ADAM),
    "detector": lambda: AnomalyDetector(random_state=0),
    "classifier": lambda: Classifier([8], epochs=40, random_state=0),
    "classifier in float32": lambda: Classifier([8], epochs=40, dtype="float32", random_state=0),
}
RECIPES = ("default", "columns", "single", "detector")
BY_COLUMN = ("columns", "batches", "detector")
FAST = ("adam", "classifier")
SINGLE = ("single", "adam in float32", "classifier in float32")
HUGE, TINY = ("1e200", "1e300", "near the largest"), ("denormals", "1e-300", "1e-160")
EXPECTED = {
    "refused": {
        *((name, case) for name in MODELS for case in HUGE),
        *((name, case) for name in SINGLE for case in ("all 1e300", "1e100", "1e150")),
        *(("batches", case) for case in ("one sample", "two samples", "one number")),
        *((name, case) for name in MODELS if "classifier" in name for case in ("one sample", "one number")),
        ("variational", "all 1e300"),
    },
    "named": {
        *((name, case) for name in MODELS for case in TINY),
        *((name, "1e-100") for name in SINGLE),
        *((name, "an offset of 1e12") for name in SINGLE),
        *(("variational", case) for case in CASES if case not in (*HUGE, "all 1e300", "two samples")),
    },
}


def learned(model, X):
    """Return the fitted model, and the kinds of its warnings; raise what it raises, with a message."""
    labels = np.arange(len(X)) % 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        warnings.simplefilter("always", npae.TrainingWarning)
        warnings.simplefilter("always", npae.PosteriorCollapse)
        fitted = model.fit(X, labels) if isinstance(model, Classifier) else model.fit(X)
    return fitted, {warning.category.__name__ for warning in caught}


def unit_of(X, name):
    """Return the largest number, overall or by column."""
    top = np.abs(X).max(axis=0) if name in BY_COLUMN else np.full(X.shape[1], np.abs(X).max())
    return np.where(top > 0, top, 1.0)


@np.errstate(over="ignore", invalid="ignore")
def excess(model, X, name):
    """Return by how much of the tolerance the squared error of a model exceeds what it must reach; right is 0."""
    ae, X = getattr(model, "autoencoder_", model), np.asarray(X, float)
    if np.array_equal(ae.reconstruct(X), X):
        return 0.0
    unit, by_column = unit_of(X, name), name in BY_COLUMN
    x, rebuilt = X / unit, np.asarray(ae.reconstruct(X), float) / unit
    centred = x - x.mean(axis=0)
    deviation = np.sqrt(np.square(centred).mean(axis=0)) if by_column else np.ones(X.shape[1])
    deviation = np.where(deviation > 1e-14, deviation, 1.0)
    error = np.square((rebuilt - x) / deviation).mean()
    values = np.linalg.svd(centred / deviation, compute_uv=False) ** 2 / x.size
    exact = name in RECIPES
    least = values[len(ae.code_mean_) :].sum() if exact else (1 + 1e-6) * values.sum()
    digits = 1e-5 if ae.dtype == "float32" else 1e-12
    absolute = digits + np.finfo(ae.dtype).tiny / unit.min()
    if not exact and values.sum() < 1e-24:  # what varies by rounding alone has the unit 1
        absolute = 0.1 / unit.min()
    share = error / (least * (1 + 1e-6) + (absolute / deviation.min()) ** 2)
    return np.inf if np.isnan(share) else max(0.0, share - 1)


def check_classifier(model, X):
    p = model.predict_proba(X)
    assert np.isfinite(p).all() and np.isfinite(model.predict_log_proba(X)).all() and np.isfinite(model.encode(X)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert set(model.predict(X)) <= set(model.classes_)


def outcome(name, case):
    """Return "right", "refused", "named", or for what is none of these "wrong", each with what is said about it."""
    X = CASES[case]
    try:
        model, caught = learned(MODELS[name](), X)
    except REFUSED as error:
        return "refused", str(error)
    ae = getattr(model, "autoencoder_", model)
    assert np.isfinite(ae.theta_).all() and np.isfinite(ae.encode(X)).all()
    said = sorted(caught - {"NotConverged", "TrainingWarning"})
    if isinstance(model, Classifier):
        check_classifier(model, X)
        return ("named" if said else "right"), said
    assert np.isfinite(ae.reconstruct(X)).all()
    top = float(np.abs(np.asarray(X, float)).max())
    squares = top**2 if top < 1e150 else np.inf
    assert np.isfinite(model.score_samples(X)).all() or squares > float(np.finfo(ae.dtype).max)
    too_much = excess(model, X, name)
    if said:
        return "named", said
    return ("wrong", f"{too_much:.2g} too much") if too_much else ("right", "")


@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in MODELS if name not in FAST)]
)
@in_one_test("case", CASES)
def test_numbers_at_the_edges_are_learned_or_named_or_refused(name, case):
    found, said = outcome(name, case)
    expected = next((kind for kind, cases in EXPECTED.items() if (name, case) in cases), "right")
    assert found == expected, f"{name}, {case}: {found}, {said}"
    if found == "refused":
        assert re.search(r"(Scale|Divide|must (hold|be at most))", said), f"a refusal must say what to do, got {said}"


if __name__ == "__main__":
    for case in CASES:
        for name in MODELS:
            try:
                found, said = outcome(name, case)
            except Exception as error:
                found, said = "FAULT", f"{type(error).__name__}: {str(error)[:150]}"
            if found != next((kind for kind, cases in EXPECTED.items() if (name, case) in cases), "right"):
                print(f"{case:28}{name:24}{found} {said}"[:170], flush=True)
