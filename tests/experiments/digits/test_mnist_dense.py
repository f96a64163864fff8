"""MNIST through one hidden layer: what is measured is right, runs go on where they stopped, and it beats PCA."""

import json
from dataclasses import replace

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.digits import mnist_dense as experiment
from experiments.digits.mnist_dense_recipes import SETTINGS, short
from experiments.shared.principal_components import PrincipalComponents
from npae.command_line.claim_verdicts import JUDGES

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def folder(stripes):
    return stripes()


@pytest.fixture(scope="module")
def data(folder):
    return npae.datasets.load_images(folder)


@pytest.fixture(scope="module")
def quick(folder, tmp_path_factory):
    """A short run of two networks, two seeds each."""
    out = tmp_path_factory.mktemp("quick")
    networks = ["--networks", "784-64-784", "784-128-784"]
    arguments = ["--quick", "--data", str(folder), *networks, "--seeds", "2", "--threads", "1", "--out", str(out)]
    experiment.main(arguments)
    return out, arguments


def results(out):
    return json.loads((out / "results.json").read_text())


@pytest.mark.slow
def test_every_run_has_its_scores_costs_and_curves(quick):
    rows = results(quick[0])["rows"]
    assert [(row["name"], row["seed"]) for row in rows] == [
        (name, seed) for seed in (0, 1) for name in ("784-64-784", "784-128-784")
    ]
    for row in rows:
        assert row["parameters"] == 2 * 30 * row["code"] + row["code"] + 30
        assert {len(curve) for curve in row["history"].values()} == {2}
        np.testing.assert_allclose(row["history"]["val_loss"][-1], row["test_mse"], rtol=1e-5)
        np.testing.assert_allclose(row["history"]["binary_accuracy"][-1], row["train_accuracy"], rtol=1e-5)
        assert row["megabytes"] > 4e-6 * row["parameters"]
    assert {path.name for path in quick[0].iterdir()} >= {"curves.png", "noise.png", "levels.png", "sizes.png"}
    assert all(JUDGES[claim]([results(quick[0])], quick[0]) for claim in ("S3.2", "S3.3", "S3.4", "S3.5"))


@pytest.mark.slow
def test_yardsticks_see_the_same_noise_as_the_networks(quick):
    table = {(row["way"], row["level"]): row for row in results(quick[0])["levels"]}
    assert table["untouched", 0.0]["mse"] == 0 and table["untouched", 0.0]["accuracy"] == 1
    errors = [table["untouched", level]["mse"] for level in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)]
    assert errors == sorted(errors)
    np.testing.assert_allclose(
        table["64 components", 0.5]["mse"], errors[-1], rtol=1e-4
    )  # all 30 components: no change
    assert {way for way, _ in table} == {"untouched", "64 components", "784-64-784", "128 components", "784-128-784"}


@pytest.mark.slow
def test_runs_that_have_ended_are_not_repeated(quick, monkeypatch):
    out, arguments = quick
    before = results(out)
    monkeypatch.setattr(npae.training.epochs.Epochs, "train_one", lambda self: pytest.fail("an epoch was trained"))
    monkeypatch.setattr(experiment, "training_megabytes", lambda recipe, X: 0.0)
    experiment.main(arguments)
    for row, earlier in zip(results(out)["rows"], before["rows"], strict=True):
        assert row["test_mse"] == earlier["test_mse"] and row["history"] == earlier["history"]


@in_one_test("setting", ["reached", "published", "changes", "best", "denoising"])
def test_every_network_of_every_setting_trains(data, setting):
    for recipe in SETTINGS[setting].values():
        model = short(recipe, len(data.train)).autoencoder(0).fit(data.train)
        assert model.encode(data.test).shape == (60, recipe.code_size)
        assert np.isfinite(model.theta_).all() and model.n_epochs_ == 2


def test_the_published_setting_is_the_study_s():
    recipe = SETTINGS["published"]["784-64-784"]
    model = recipe.autoencoder(0)
    assert model.encoder == [npae.Dense(64, "relu"), npae.Dropout(0.1)] and model.output == "sigmoid"
    assert model.optimizer == npae.GradientDescent(0.001, weight_decay=1e-5)
    assert (model.loss, model.batch_size, model.epochs) == ("mse", 1000, 50)


def test_pictures_are_read_as_the_nearest_training_image(data):
    reader = experiment.Reader(data)
    assert reader.right(data.train, data.train_labels) == 1
    assert reader.right(data.train, (data.train_labels + 1) % 10) == 0
    slow = [data.train_labels[np.argmin(((data.train - x) ** 2).sum(axis=1))] for x in data.test]
    np.testing.assert_allclose(reader.right(data.test, data.test_labels), np.mean(slow == data.test_labels))


def test_the_published_loss_is_reached_at_the_first_epoch_that_is_no_worse():
    assert experiment.reached([0.3, 0.2, 0.1, 0.2], 0.2) == 2
    assert experiment.reached([0.3, 0.25], 0.2) is None


@in_one_test(
    ("arguments", "message"),
    [
        (["--networks", "784-3-784"], "mnist_dense: --networks must be among 784-64-784; .*, got '784-3-784'"),
        (["--data", "nowhere"], "mnist_dense: nowhere must hold train-images-idx3-ubyte.*, got no such folder"),
        (["--seed", "-1"], "random_state must be None, an integer >= 0"),
    ],
    ids=" ".join,
)
def test_options_that_cannot_work_end_with_one_message(folder, tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main(["--quick", "--data", str(folder), *arguments, "--out", str(tmp_path)])


@pytest.mark.slow
def test_a_code_of_64_numbers_beats_64_principal_components_after_five_epochs():
    try:
        data = npae.datasets.load_images("mnist")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    recipe = SETTINGS["best"]["784-64-784"]
    model = replace(recipe, epochs=5, threads=2).autoencoder(0).fit(data.train)
    components = npae.metrics.mse(data.test, PrincipalComponents(data.train).reconstruct(data.test, 64))
    np.testing.assert_allclose(components, 0.0091, atol=1e-4)
    assert npae.metrics.mse(data.test, model.reconstruct(data.test)) < 0.7 * components
