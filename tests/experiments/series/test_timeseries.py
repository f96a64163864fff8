"""The series experiment: its yardsticks are right, it runs without aeon, and on real series it finds what it should."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.series import timeseries as experiment
from experiments.series import timeseries_figures as figures
from experiments.series import timeseries_networks as networks
from npae.command_line.claim_verdicts import JUDGES

FIGURES = {"reconstructions.png", "codes.png", "anomaly.png"}
X = npae.datasets.sines(20, 6, channels=2).values


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A short run, as if aeon were not installed."""
    out = tmp_path_factory.mktemp("quick")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "aeon", None)
        experiment.main(["--quick", "--out", str(out)])
    return out


def results(out):
    return json.loads((out / "results.json").read_text())


@pytest.mark.slow
def test_a_quick_run_writes_figures_and_results(quick):
    assert {path.name for path in quick.iterdir()} == {"results.json", *FIGURES}
    assert JUDGES["S2.5"]([results(quick)], quick)[0] == "holds"


@pytest.mark.slow
def test_every_way_is_judged_on_the_same_series(quick):
    (series,) = results(quick)["series"]
    assert [each["way"] for each in series["summary"]] == ["mean", "PCA", "dense", "conv", "lstm"]
    mean = series["summary"][0]["test"]
    for each in series["summary"]:
        np.testing.assert_allclose(each["factor"], mean / each["test"], rtol=1e-12)
    np.testing.assert_allclose(mean, 1, atol=0.1)  # the training series have variance 1


@pytest.mark.slow
def test_sines_are_rebuilt_better_than_by_their_mean(quick):
    (series,) = results(quick)["series"]
    assert all(each["factor"] > 3 for each in series["summary"] if each["way"] in ("PCA", "dense", "conv"))


@pytest.mark.slow
def test_the_fault_of_a_sine_is_found(quick):
    anomaly = results(quick)["anomaly"]
    assert anomaly["label"] == [1000, 1009]
    assert all(1000 <= each["row"] <= 1009 and each["hit"] for each in anomaly["rows"])


def test_the_nearest_code_is_found_as_by_a_slow_search():
    rng = np.random.default_rng(0)
    known, codes = rng.random((9, 3)), rng.random((30, 3))
    classes, expected = rng.integers(0, 3, 9), rng.integers(0, 3, 30)
    slow = [classes[np.argmin([np.sum((code - other) ** 2) for other in known])] for code in codes]
    assert experiment.nearest_class(known, classes, codes, expected) == np.mean(slow == expected)


def test_a_step_is_scored_in_all_windows_that_hold_it():
    class Model:
        def score_samples(self, windows, steps):
            return windows[:, :, 0] * np.arange(len(windows))[:, None]

    scores = experiment.step_scores(Model(), np.ones((6, 1)), 3)
    np.testing.assert_allclose(scores, [0, 0.5, 1, 2, 2.5, 3])


@in_one_test(("peak", "hit"), [(60, True), (64, True), (65, False), (20, False)])
def test_a_hit_is_a_highest_score_at_a_labelled_row(peak, hit):
    label = (np.arange(100) >= 60) & (np.arange(100) < 65)
    watch = networks.Watch("", np.zeros((110, 1)), label, normal=10, length=4, near=1)
    score = np.where(np.arange(100) == peak, 5.0, np.arange(100) / 1000)
    found = experiment.verdict(score, score, label, 0.0985, watch)
    assert (found["row"], found["hit"], found["score"]) == (peak + 10, hit, 5.0)
    assert found["highest_elsewhere"] == (0.099 if hit or peak == 65 else 5.0)


def test_series_are_scaled_by_what_the_training_series_have():
    task = networks.Task("", (X[:12] * [1, 10] + 3, X[12:] * [1, 10] + 3), (None, None))
    train, test = task.scaled()
    np.testing.assert_allclose([train.mean((0, 1)), train.std((0, 1))], [[0, 0], [1, 1]], atol=1e-12)
    np.testing.assert_allclose(test, (X[12:] - X[:12].mean((0, 1))) / X[:12].std((0, 1)))


def test_weight_decay_spares_the_lstm():
    task = replace(networks.sine_task(), decay=1.0)
    decays = [networks.autoencoder(kind, task, 0).optimizer.weight_decay for kind in ("dense", "conv", "lstm")]
    assert decays == [1.0, 1.0, 0.0]


@in_one_test("kind", ["dense", "conv", "lstm"])
@in_one_test("code", [2, 5])
def test_codes_are_of_equal_size(kind, code):
    task = replace(networks.sine_task(), code=code, epochs=1)
    assert networks.autoencoder(kind, task, 0).fit(X).encode(X).shape == (20, code)


def test_each_class_is_among_the_examples():
    assert figures.examples(np.array(list("aaabbbcc"))).tolist() == [0, 3, 6, 1]


def test_real_series_need_aeon(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "aeon", None)
    with pytest.raises(SystemExit, match=r"the package aeon must be installed .*npae\[experiments\].*--quick"):
        experiment.main(["--out", str(tmp_path)])


def test_a_seed_below_0_ends_with_one_message(tmp_path):
    with pytest.raises(SystemExit, match="timeseries: random_state must be None, an integer >= 0"):
        experiment.main(["--quick", "--seed", "-1", "--out", str(tmp_path)])


@pytest.mark.slow
def test_an_lstm_learns_more_than_the_mean_day(tmp_path):
    pytest.importorskip("aeon")
    experiment.main(["--data", "ItalyPowerDemand", "--seeds", "1", "--out", str(tmp_path)])
    (series,) = results(tmp_path)["series"]
    factors = {each["way"]: each["factor"] for each in series["summary"]}
    assert factors["lstm"] >= 4
    assert min(factors["dense"], factors["conv"]) > 0.8 * factors["PCA"]


@pytest.mark.slow
def test_the_anomaly_of_a_patient_is_found(tmp_path):
    pytest.importorskip("aeon")
    experiment.main(["--data", "KDD-TSAD_135", "--seeds", "1", "--out", str(tmp_path)])
    anomaly = results(tmp_path)["anomaly"]
    assert anomaly["label"] == [4187, 4198]
    assert all(each["hit"] for each in anomaly["rows"])
    assert {path.name for path in tmp_path.iterdir()} == {"results.json", "anomaly.png"}
