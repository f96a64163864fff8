"""Studies of estimators."""

import json

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.study import repeat, sweep

X = npae.datasets.load_font("capitals").pixels[:6]
MODEL = npae.Autoencoder([5, 2], loss="bce", epochs=4, refine=npae.Refine("BFGS", every=2, max_iterations=3))


def numbers(results):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in results.rows]


@pytest.mark.slow
def test_processes_train_to_the_same_bits_as_this_thread():
    parameters = {"init__std": [0.3, 0.6], "optimizer": [npae.GradientDescent(0.5, npae.AdaptiveEta()), "adam"]}
    model = MODEL.set_params(init=npae.Gaussian(0.3))
    here = sweep(model, X, parameters, seeds=2, executor="serial")
    assert numbers(here) == numbers(sweep(model, X, parameters, seeds=2, workers=2))
    assert len({row["loss"] for row in here.rows}) == 8


def test_a_run_is_the_fit_with_its_seed_and_the_model_does_not_change():
    results = repeat(MODEL, X, seeds=[7], executor="serial")
    model = npae.Autoencoder(**MODEL.get_params(deep=False)).set_params(random_state=7, threads=1).fit(X)
    assert results.rows[0]["loss"] == model.history_["loss"][-1]
    assert results.rows[0]["wrong_pixels"] == npae.metrics.pixel_errors(X, model.reconstruct(X)).sum()
    assert results.rows[0]["stop_reason"] == "epochs"
    assert MODEL.random_state is None and MODEL.threads is None and not hasattr(MODEL, "theta_")


def test_only_the_runs_of_a_value_that_diverges_or_cannot_work_fail():
    model = npae.Autoencoder([5, 2], activation="relu", epochs=20, optimizer=npae.GradientDescent(0.1))
    results = sweep(model, X, {"optimizer__eta": [0.1, 1e200, -1.0]}, seeds=2, executor="serial")
    assert [row["status"] for row in results.rows] == ["finished"] * 2 + ["failed"] * 4
    assert results.rows[2]["reason"].startswith("TrainingDiverged: loss must stay finite")
    assert results.rows[4]["reason"].startswith("ValueError: eta must be a number")


def test_descriptions_are_data_in_the_file_and_text_in_the_table(tmp_path):
    path = tmp_path / "runs.jsonl"
    refinements = [npae.Refine("CG", every=2, max_iterations=2), None]
    results = sweep(MODEL, X, {"refine": refinements}, seeds=1, executor="serial", path=path)
    first = json.loads(path.read_text().splitlines()[0])
    assert first["refine"]["type"] == "Refine" and first["refine"]["every"] == 2
    assert "Refine('CG', every=2, max_iterations=2)" in str(results)


def test_another_model_or_other_data_makes_other_runs(tmp_path):
    options = {"seeds": 1, "executor": "serial", "path": tmp_path / "runs"}
    keys = {repeat(MODEL, X, **options).rows[0]["key"], repeat(MODEL, X[:5], **options).rows[0]["key"]}
    other = npae.Autoencoder(**MODEL.get_params(deep=False)).set_params(epochs=3)
    keys.add(repeat(other, X, **options).rows[0]["key"])
    assert len(keys) == len((tmp_path / "runs").read_text().splitlines()) == 3
    assert repeat(MODEL, X, **options).rows[0]["key"] in keys


def test_combinations_can_be_listed():
    combinations = [{"epochs": 2}, {"epochs": 3, "activation": "relu"}]
    results = sweep(MODEL, X, combinations, seeds=1, executor="serial")
    assert [row["epochs_run"] for row in results.rows] == [2, 3]
    assert [row.get("activation") for row in results.summary()] == [None, "relu"]


def size(model, X):
    """Return the number of parameters."""
    return {"parameters": model.network_.n_parameters}


def test_a_user_can_give_a_measure():
    (row,) = repeat(MODEL, X, measure=size, seeds=1, executor="serial").rows
    assert row["parameters"] == MODEL.fit(X).network_.n_parameters and "loss" not in row
    del MODEL.theta_


def test_real_valued_data_have_no_wrong_pixels():
    data = np.random.default_rng(0).normal(size=(5, 4))
    (row,) = repeat(npae.Autoencoder([2], epochs=2), data, seeds=1, executor="serial").rows
    assert "wrong_pixels" not in row and row["mse"] > 0


@in_one_test(
    ("arguments", "message"),
    [
        ((MODEL, [[0.0, np.nan]], {}), r"X must be finite, got NaN at \[0, 1\]"),
        ((MODEL, X, {"eta": [1]}), "parameters must be among encoder, .*, got 'eta'"),
        ((MODEL, X, {"random_state": [1]}), "parameters must be among encoder, .*, got 'random_state'"),
        ((MODEL, X, {"optimizer__etaa": [1, 2]}), "parameter 'optimizer__etaa' must name something inside"),
        ((MODEL, X, {"epochs": 3}), r"parameters\['epochs'\] must be a list of values, got 3"),
        ((MODEL, X, {"epochs": "33"}), r"parameters\['epochs'\] must be a list of values, got '33'"),
        ((MODEL, X, [3]), "settings must be dicts of parameters"),
        ((3, X, {}), "model must be an estimator with a parameter random_state, got 3"),
    ],
    ids=str,
)
def test_arguments_that_cannot_work_are_refused_before_any_run(arguments, message):
    with pytest.raises(ValueError, match=message):
        sweep(*arguments, seeds=1, executor="serial")


def interrupted(training):
    raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore:Training interrupted")
def test_an_interrupted_fit_is_not_a_finished_run(tmp_path):
    model = npae.Autoencoder([2], epochs=3, callbacks=[interrupted])
    with pytest.raises(KeyboardInterrupt, match="0 of 2 runs have finished"):
        repeat(model, X, seeds=2, executor="serial", path=tmp_path / "runs")
    assert (tmp_path / "runs").read_text() == ""


@in_one_test(
    "varied",
    [{"loss": ["mse", "bce"]}, {"scale": [None, "columns"]}, {"scale": ["columns", "common"], "epochs": [2, 3]}],
)
def test_a_loss_that_models_do_not_have_in_common_is_not_recorded(varied):
    X = npae.datasets.load_font("capitals").pixels
    results = sweep(npae.Autoencoder([2], epochs=2), X, varied, seeds=1, executor="serial", show_progress=False)
    assert all(row["status"] == "finished" and row["mse"] > 0 for row in results.rows)
    assert not any("loss" in name and name not in varied for row in results.rows for name in row)


def test_what_varies_does_not_change_the_yardstick():
    X = npae.datasets.load_font("capitals").pixels
    model = npae.Autoencoder([2], loss="bce", optimizer="adam", epochs=3)
    varied = {
        "encoder": [[2], [npae.GaussianCode(2)]],
        "penalty": [None, npae.L2(0.1)],
        "noise": [None, npae.FlipPixels(2)],
    }
    rows = sweep(model, X, varied, seeds=1, executor="serial", show_progress=False).rows
    assert len(rows) == 8 and {row["status"] for row in rows} == {"finished"}
    assert all(row["loss"] < 5 for row in rows)  # a mean over pixels, although a variational model adds them up


def epochs_run(model, X):
    return {"epochs": model.n_epochs_}


def test_a_parameter_may_have_the_name_of_a_number():
    X = npae.datasets.load_font("capitals").pixels
    model = npae.Autoencoder([2], epochs=2)
    results = sweep(model, X, {"epochs": [2, 3]}, measure=epochs_run, seeds=1, executor="serial", show_progress=False)
    assert [row["measured_epochs"] for row in results.rows] == [2, 3]
