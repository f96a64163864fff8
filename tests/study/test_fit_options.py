"""What `fit` takes, studies and searches take: masks, validation data, and whatever else an estimator's `fit` names."""

import inspect
import pickle

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.study import repeat, search, sweep
from npae.study.fit_options import names_of
from npae.study.identity import plain
from npae.study.sweeps import _Fit, measures
from npae.study.trials import Trial
from npae.study.yardstick import Objective

rng = np.random.default_rng(0)
X, MASK = npae.series.pad([rng.random((length, 2)) for length in [3, 5, 4, 2, 5, 5, 3, 4, 5, 2]])
WILD = np.where(MASK[:, :, None], X, np.nan)  # the same series: what stands in the padding means nothing
MODEL = npae.Autoencoder([npae.LSTM(3), npae.Dense(2)], epochs=3, optimizer="adam")
SERIAL = {"executor": "serial", "show_progress": False}


def brief(value):
    return getattr(value, "__name__", value)


def values(results):
    return [{name: value for name, value in row.items() if name not in ("seconds", "key")} for row in results.rows]


def error(model, X, *, mask):
    """Return the mean error of the steps that are no padding."""
    return float(np.mean((np.nan_to_num(X) - model.reconstruct(X, mask=mask))[mask] ** 2))


def no_mask(model, X):
    return {"value": 1.0}


@in_one_test("objective", ["val_loss", "score", "mse", "max_error", error], ids=brief)
@in_one_test("validation", ["share", "given"])
def test_padding_does_not_count_in_a_search(objective, validation):
    pytest.importorskip("optuna")
    found = []
    for samples in (X, WILD):
        data = 0.3 if validation == "share" else (samples[6:], MASK[6:])
        options = {"validation_data": data, "objective": objective, "sampler": "grid", **SERIAL}
        found.append(values(search(MODEL, samples, {"epochs": [1, 2]}, mask=MASK, **options)))
    assert found[0] == found[1]
    assert [row["status"] for row in found[0]] == ["finished"] * 2


def test_a_search_gives_the_held_out_series_their_part_of_the_mask():
    held_out = Trial.of(MODEL, X, 0.3, Objective(), 0, {"mask": MASK})
    rows = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_array_equal(held_out.options["mask"], MASK[np.sort(rows[3:])])
    np.testing.assert_array_equal(held_out.held_out["mask"], MASK[np.sort(rows[:3])])
    model = npae.Autoencoder(**{**MODEL.get_params(deep=False), "random_state": 5, "threads": 1})
    model.fit(
        held_out.X, mask=held_out.options["mask"], validation_data=(held_out.validation, held_out.held_out["mask"])
    )
    outcome = pickle.loads(pickle.dumps(held_out))(seed=5, number=0, parameters={})
    assert outcome["value"] == pytest.approx(model.history_["val_loss"][-1], rel=1e-12)


def test_padding_does_not_count_in_studies_and_what_they_measure():
    rows = values(repeat(MODEL, X, mask=MASK, seeds=2, **SERIAL))
    assert rows == values(repeat(MODEL, WILD, mask=MASK, seeds=2, **SERIAL))
    model = npae.Autoencoder(**{**MODEL.get_params(deep=False), "random_state": 1, "threads": 1}).fit(X, mask=MASK)
    assert rows[1]["mse"] == pytest.approx(-model.score(X, mask=MASK), rel=1e-12)
    assert rows[1]["loss"] == pytest.approx(error(model, X, mask=MASK), rel=1e-12)
    assert values(sweep(MODEL, X, {"epochs": [3]}, mask=MASK, seeds=2, **SERIAL))[1]["mse"] == rows[1]["mse"]


def test_wrong_pixels_in_the_padding_do_not_count():
    series, mask = npae.series.pad([np.eye(2), np.eye(2)[:1]])
    model = npae.Autoencoder([3], refine=npae.Refine("BFGS"), optimizer=None, epochs=3, random_state=0)
    measured = measures(model.fit(series, mask=mask), np.where(mask[:, :, None], series, 7.0), mask=mask)
    assert measured["wrong_pixels"] == 0 and measured["exact"] == 2 and measured["success"]


def test_studies_take_validation_data():
    model = npae.Autoencoder([2], epochs=9, callbacks=[npae.EarlyStopping("val_loss", patience=1)])
    flat = X.reshape(len(X), -1)
    (row,) = repeat(model, flat, validation_data=flat[:3], seeds=1, **SERIAL).rows
    assert row["status"] == "finished"
    with pytest.raises(ValueError, match="validation_data has 9 features, but Autoencoder is expecting 10"):
        repeat(model, flat, validation_data=flat[:3, :9], seeds=1, **SERIAL)


def test_the_key_of_a_run_depends_on_the_mask_only_if_there_is_one():
    other = MASK.copy()
    other[0, 0] = False
    keys = [repeat(MODEL, X, seeds=1, **SERIAL, **given).rows[0]["key"] for given in ({}, {"mask": None})]
    assert keys[0] == keys[1]
    keys += [repeat(MODEL, X, seeds=1, **SERIAL, mask=mask).rows[0]["key"] for mask in (MASK, MASK, other)]
    assert keys[2] == keys[3] and len({*keys}) == 3
    assert "options" not in plain(_Fit(MODEL, X, measures))["fields"]
    assert not {"options", "held_out"} & plain(Trial(MODEL, X, X, Objective()))["fields"].keys()


def test_a_search_with_another_mask_is_another_search(tmp_path):
    pytest.importorskip("optuna")
    options = {"sampler": "grid", "path": tmp_path / "trials", **SERIAL}
    with_mask = search(MODEL, X, {"epochs": [1, 2]}, mask=MASK, **options)
    without = search(MODEL, X, {"epochs": [1, 2]}, **options)
    assert len(with_mask) == len(without) == 2 and with_mask.best_value != without.best_value


class Strange:
    """An estimator whose `fit` has arguments of its own."""

    seen = []

    def __init__(self, width=1, random_state=None):
        self.width, self.random_state = width, random_state

    def get_params(self, deep=True):
        return {"width": self.width, "random_state": self.random_state}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X, y=None, sample_weight=None, target=None):
        self.seen.append((y, sample_weight, target))
        return self


def weighed(model, X, sample_weight=None, target=None):
    return {"weight": float(np.sum(sample_weight)), "target": float(np.sum(target))}


def test_whatever_fit_names_is_passed_on_and_so_is_what_the_measure_takes():
    flat, weights = X.reshape(len(X), -1), np.arange(10.0)
    given = {"y": list("abcdefghij"), "sample_weight": weights, "target": 2 * flat}
    (row,) = repeat(Strange(), flat, measure=weighed, seeds=1, **SERIAL, **given).rows
    assert row["weight"] == 45 and row["target"] == pytest.approx(2 * flat.sum())
    (y, sample_weight, target) = Strange.seen[-1]
    assert [*y] == given["y"] and [*sample_weight] == [*weights] and (target == 2 * flat).all()


@in_one_test("name", [name for name in names_of(npae.Autoencoder([2])) if name != "y"])
def test_everything_that_fit_of_an_autoencoder_takes_is_taken(name):
    """A new argument of `fit` belongs into this test with a value that works."""
    flat = X.reshape(len(X), -1)
    given = {"target": 2 * flat, "sample_weight": np.arange(1.0, 11), "validation_data": flat[:4], "mask": MASK}[name]
    samples, model = (X, MODEL) if name == "mask" else (flat, npae.Autoencoder([2], epochs=2))
    assert repeat(model, samples, seeds=1, **SERIAL, **{name: given}).rows[0]["status"] == "finished"
    pytest.importorskip("optuna")
    for objective in ("val_loss", "score", "mse"):
        found = search(model, samples, {"epochs": [1]}, objective=objective, sampler="grid", **SERIAL, **{name: given})
        assert found.rows[0]["status"] == "finished"


def test_every_argument_of_a_study_is_known_to_its_options():
    from npae.study.sweeps import RUN_ALL

    assert [*RUN_ALL] == [*inspect.signature(npae.study.run_all).parameters][2:]


@in_one_test(
    ("given", "kind", "message"),
    [
        (
            {"masks": MASK},
            TypeError,
            "options of a study must be among seeds, .*, or what fit takes .*'masks'",
        ),
        ({"mask": MASK[:4]}, ValueError, r"mask must be bools of shape \(10, 5\), got bool of shape \(4, 5\)"),
        ({"mask": MASK.astype(int)}, ValueError, "mask must be bools of shape"),
        ({"y": [1, 2]}, ValueError, "y must have a row for each of the 10 samples of X, got 2"),
        ({"y": 3}, ValueError, "y must have a row for each of the 10 samples of X, got a single value"),
        (
            {"mask": MASK, "measure": no_mask},
            ValueError,
            r"measure must be a function\(model, X, mask=\)",
        ),
        ({"validation_data": (X, MASK[:2])}, ValueError, "validation_data must fit its mask"),
    ],
    ids=["unknown", "rows", "type", "short", "single", "measure", "validation"],
)
def test_options_that_cannot_work_are_refused_before_any_run(given, kind, message):
    with pytest.raises(kind, match=message):
        repeat(MODEL, X, seeds=1, **SERIAL, **given)


def test_a_search_refuses_what_it_cannot_pass_on():
    pytest.importorskip("optuna")
    with pytest.raises(TypeError, match=r"options of search must be among validation_data, or .*, got 'masks'"):
        search(MODEL, X, {"epochs": [1]}, masks=MASK, **SERIAL)
    with pytest.raises(ValueError, match=r"objective must be a function\(model, X, mask=\) where mask is given"):
        search(MODEL, X, {"epochs": [1]}, mask=MASK, objective=no_mask, **SERIAL)
    with pytest.raises(ValueError, match="model must be an Autoencoder, whose fit takes validation_data, got"):
        search(npae.AnomalyDetector(), X, {"contamination": [0.1]}, **SERIAL)


def test_columns_of_validation_data_are_compared_with_those_of_the_samples():
    pd = pytest.importorskip("pandas")
    pytest.importorskip("optuna")
    table = pd.DataFrame(rng.random((12, 3)), columns=list("abc"))
    model, other = npae.Autoencoder([2], epochs=1), table[list("cba")]
    with pytest.raises(ValueError, match="feature names should match"):
        search(model, table, {"epochs": [1]}, validation_data=other, **SERIAL)
    with pytest.raises(ValueError, match="feature names should match"):
        repeat(model, table, validation_data=other, seeds=1, **SERIAL)
