import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import npae
from experiments.digits import mnist_improvements as experiment
from experiments.digits import mnist_improvements_measures as measures
from experiments.digits import mnist_improvements_recipes as recipes
from experiments.digits.linear_probe import accuracy
from experiments.digits.memory import training_megabytes
from npae.estimators.construction import build_network

pytestmark = pytest.mark.slow  # many trainings: .ci/run has it

SHAPE = (28, 28)


@pytest.fixture(scope="module")
def folder(bars):
    """A set like MNIST, in which bright bars stand for digits."""
    return bars(120, 40, grey=60)


@pytest.fixture(scope="module")
def quick(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("quick")
    command = ["--quick", "--data", str(folder), "--out", str(out), "--seeds", "2"]
    command += ["--families", "code-size", "conv-code-size", "--workers", "1"]
    experiment.main(command)
    return out, command


def families(out):
    return json.loads((out / "results.json").read_text())["families"]


def test_every_setting_is_compared_with_the_first_of_its_family(quick):
    out, _ = quick
    sizes = families(out)["code-size"]
    assert [entry["name"] for entry in sizes] == ["code 32", "code 16", "code 8", "code 4", "code 2", "code 1"]
    assert sizes[0]["share"] == {"test_mse": 1, "mse_spread": 1, "memory_mb": 1, "cpu_seconds": 1}
    for entry in sizes:
        assert (entry["runs"], entry["failed"], len(entry["errors"])) == (2, 0, 2)
        np.testing.assert_allclose(entry["test_mse"], np.mean(entry["errors"]))
        np.testing.assert_allclose(entry["mse_spread"], np.std(entry["errors"], ddof=1))
        np.testing.assert_allclose(entry["share"]["test_mse"], entry["test_mse"] / sizes[0]["test_mse"])


def test_figures_are_written(quick):
    out, _ = quick
    names = {
        "summary_convolutions.png",
        "summary_penalties.png",
        "code_size.png",
        "codes_1.png",
        "codes_2.png",
        "runs.jsonl",
        "results.json",
        "models",
    }
    assert {path.name for path in out.iterdir()} == names


def test_the_same_command_goes_on_where_it_was(quick):
    out, command = quick
    before = (out / "runs.jsonl").read_bytes()
    experiment.main(command)
    assert (out / "runs.jsonl").read_bytes() == before


def test_a_setting_of_two_families_has_the_seeds_of_each(folder, tmp_path):
    both, other = recipes.BASE(), recipes.BASE(code=8)
    families = {
        "few": recipes.Family({"base": both, "small": other}, seeds=1),
        "many": recipes.Family({"base": both}, seeds=2),
    }
    args = experiment.parser().parse_args(["--quick", "--data", str(folder), "--workers", "1"])
    experiment.run(families, npae.datasets.load_images(folder), args, tmp_path)
    counted = json.loads((tmp_path / "results.json").read_text())["families"]
    assert {name: [entry["runs"] for entry in entries] for name, entries in counted.items()} == {
        "few": [1, 1],
        "many": [2],
    }


def test_the_table_shows_shares_in_per_cent():
    entry = {"name": "half", "failed": 0, "test_mse": 0.01, "mse_spread": None, "cpu_seconds": 2.0, "dead": 0.25}
    shares = {"test_mse": 0.5, "cpu_seconds": 1.25, "memory_mb": None, "mse_spread": None}
    lines = experiment.report([{**entry, "share": shares}], ("dead",)).splitlines()
    assert " ".join(lines[0].split()) == "test MSE +- error % seconds % memory % spread % s MB dead"
    assert lines[1].split() == ["half", "0.01000", "-", "50", "125", "-", "-", "2.0", "-", "0.25"]


def test_failed_runs_are_counted_and_left_out():
    good = {"status": "finished", "reason": "", "test_mse": 0.02, "cpu_seconds": 3.0}
    failed = {"status": "failed", "reason": "ValueError: no"}
    first, other = experiment.summary({"a": [good, good], "b": [failed, {**good, "test_mse": 0.01}]})
    assert (first["failed"], other["failed"], other["mse_spread"]) == (0, 1, None)
    assert other["share"] == {"test_mse": 0.5, "mse_spread": None, "memory_mb": None, "cpu_seconds": 1.0}


def test_a_setting_that_always_fails_still_gets_its_line():
    failed = [{"status": "failed", "reason": "ValueError: no"}]
    entries = experiment.summary({"a": failed})
    assert "a (1 failed)" in experiment.report(entries, ("probe",))


def test_recipes_differ_within_their_family_and_make_networks():
    for name, family in (recipes.FAMILIES | recipes.tuning() | {"best": recipes.BEST}).items():
        assert len({*family.recipes.values()}) == len(family.recipes), name
    for recipe in {recipe for family in recipes.FAMILIES.values() for recipe in family.recipes.values()}:
        shape = (*SHAPE, 1) if isinstance(recipe.encoder[0], npae.Conv2D) else (SHAPE[0] * SHAPE[1],)
        network = build_network(recipe.autoencoder(0), shape)
        assert (network.code_shape, network.out_shape) == ((recipe.code_size,), shape)


def test_a_choice_never_sees_the_test_images(folder):
    images = npae.datasets.load_images(folder)
    train, test = measures.samples(images, recipes.BASE(), None, tune=True)
    np.testing.assert_array_equal(np.vstack([train[0], test[0]]), images.train)
    assert len(test[0]) == 20


def test_a_setting_has_the_same_memory_whatever_the_number_of_images():
    X = np.random.default_rng(0).random((2048, 784), dtype=np.float32)
    few, many = (training_megabytes(recipes.BASE(), X[:n]) for n in (1024, 2048))
    np.testing.assert_allclose(few, many, rtol=0.1)
    assert training_megabytes(recipes.recipe("wide"), X[:1024]) > 4 * few


@pytest.mark.parametrize(
    ("codes", "zeros", "sparsity"),
    [(np.eye(4), 0.75, 1.0), (np.ones((3, 4)), 0.0, 0.0), (np.zeros((2, 4)), 1.0, 1.0), (np.ones((3, 1)), 0.0, 0.0)],
    ids=["one number", "equal numbers", "nothing", "a single number"],
)
def test_sparsity_is_hoyers(codes, zeros, sparsity):
    measured = measures.sparsity(codes)
    np.testing.assert_allclose([measured["code_zeros"], measured["sparsity"]], [zeros, sparsity], atol=1e-12)


def test_the_error_of_pca_is_what_its_projection_leaves(folder):
    images = npae.datasets.load_images(folder)
    mean = images.train.mean(axis=0)
    axes = np.linalg.svd(images.train - mean, full_matrices=False)[2]
    for L, error in measures.pca_errors(images, [2, 5]).items():
        rebuilt = mean + (images.test - mean) @ axes[:L].T @ axes[:L]
        np.testing.assert_allclose(error, npae.metrics.mse(images.test, rebuilt), rtol=1e-4)


def test_the_linear_probe_decides_like_scikit_learns():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 600)
    codes = np.eye(3)[labels] @ rng.standard_normal((3, 4)) + 0.7 * rng.standard_normal((600, 4))
    train, test = slice(0, 400), slice(400, 600)
    scale = (codes[train].mean(axis=0), codes[train].std(axis=0))
    z = (codes - scale[0]) / scale[1]
    peer = LogisticRegression(C=1 / (2 * 1e-4 * 400), max_iter=1000).fit(z[train], labels[train])
    ours = accuracy(codes[train], labels[train], codes[test], labels[test])
    np.testing.assert_allclose(ours, peer.score(z[test], labels[test]), atol=0.011)
    assert ours > 0.6


def test_a_code_that_never_moves_says_nothing():
    labels = np.arange(100) % 10
    assert accuracy(np.full((100, 3), 0.3), labels, np.full((100, 3), 0.3), labels) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "mnist_improvements: nowhere must hold train-images-idx3-ubyte"),
        (["--data", ""], "mnist_improvements: "),
    ],
    ids=["missing", "empty"],
)
def test_a_set_that_is_missing_ends_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--out", str(tmp_path)])
