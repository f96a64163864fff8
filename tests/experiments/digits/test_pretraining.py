"""The pre-training experiment: its numbers are right, its starts are fair, and wrong options end with one message."""

import json

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.digits import pretraining as experiment
from npae.command_line.claim_verdicts import JUDGES


@pytest.fixture(scope="module")
def folder(patterns):
    """Three patterns of 6 x 6 pixels with grey noise, 300 to train on and 60 to test on."""
    return patterns


@pytest.fixture(scope="module")
def out(folder, tmp_path_factory):
    """What a quick run of one activation leaves, which is not the default of npae."""
    out = tmp_path_factory.mktemp("out")
    short = ["--quick", "--activations", "relu", "--labels", "40", "20", "--epochs", "1"]
    experiment.main([*short, "--data", str(folder), "--out", str(out)])
    return out


@pytest.mark.slow
def test_a_quick_run_leaves_results_and_a_figure(out, capsys):
    assert {path.name for path in out.iterdir()} >= {"runs.jsonl", "results.json", "pretraining.png"}
    compared = json.loads((out / "results.json").read_text())["comparison"]
    named = [(each["labels"], each["start"]) for each in compared]
    assert named == [(n, start) for n in (20, 40) for start in ("random", "whole", "greedy")]
    assert all(each["pairs"] == 2 for each in compared)


@pytest.mark.slow
def test_the_claim_can_be_judged_by_the_results(out):
    verdict, _ = JUDGES["S2.4"]([json.loads((out / "results.json").read_text())], out)
    assert verdict.startswith("better: ")


@pytest.mark.slow
def test_random_weights_are_their_own_yardstick(out):
    compared = json.loads((out / "results.json").read_text())["comparison"]
    for each in compared:
        if each["start"] == "random":
            assert (each["gain"], each["area_ratio"], each["matched"]) == (0, 1, 2)
        assert each["gain_range"][0] <= each["gain"] <= each["gain_range"][1]


def test_the_curve_has_the_loss_and_the_accuracy_of_the_classifier(folder):
    data, seen = experiment.images(str(folder)), []

    class Seen(experiment.Curve):
        def __call__(self, training):
            super().__call__(training)
            seen.append(training)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "Curve", Seen)
        numbers = experiment.learned(None, "tanh", data, 40, 60, 0)
    network, theta = seen[-1].network, seen[-1].theta
    T = np.eye(3)[data.test_labels]
    steps, loss = json.loads(numbers["curve"])
    assert steps == [20, 40, 60]
    np.testing.assert_allclose(loss[-1], network.value(theta, data.test, T), atol=1e-4)
    p = network.reconstruct(theta, data.test)
    np.testing.assert_allclose(numbers["accuracy"], 100 * npae.metrics.accuracy(T, p))
    looks, accuracy = json.loads(numbers["accuracy_curve"])
    assert looks == steps
    np.testing.assert_allclose(accuracy[-1], numbers["accuracy"], atol=0.01)
    np.testing.assert_allclose(numbers["area"], (loss[0] / 2 + loss[1] + loss[2] / 2) / 2, atol=1e-5)
    assert numbers["least_loss"] <= min(loss) + 1e-5


def test_each_autoencoder_of_the_stack_takes_the_codes_of_the_one_before(folder):
    X = experiment.images(str(folder)).train
    stack = experiment.pretrained("greedy", "relu", X, 1, 0)
    assert [model.network_.in_shape for model in stack] == [(36,), (256,), (128,)]
    whole = experiment.pretrained("whole", "relu", X, 1, 0)
    layers = [layer for model in stack for layer in model.network_.encoder.layers]
    assert layers == list(whole.network_.encoder.layers)
    assert experiment.pretrained("random", "relu", X, 1, 0) is None


@in_one_test(("target", "step"), [(3, 10), (2, 10), (1.5, 10 * 2**0.5), (1, 20), (0.75, 40), (0.5, 80), (0.4, None)])
def test_the_step_at_which_a_loss_is_reached_lies_between_two_looks(target, step):
    curve = json.dumps([[10, 20, 80], [2.0, 1.0, 0.5]])
    reached = experiment.reached(curve, target)
    assert reached is step is None or reached == pytest.approx(step, rel=1e-3)


def test_runs_that_failed_are_named_and_not_compared():
    good = {"status": "finished", "seed": 0, "accuracy 5": 90.0, "area 5": 1.0, "training_loss 5": 1.0}
    good |= {"least_loss 5": 0.5, "curve 5": json.dumps([[1], [0.5]])}
    rows = [
        {**good, "activation": "relu", "start": "whole"},
        {"status": "failed", "seed": 0, "activation": "relu", "start": "random"},
    ]
    (only,) = experiment.comparison(rows, (5,))
    assert (only["pairs"], only["gain"]) == (0, None)
    assert experiment.table([only]).splitlines()[1].split()[:6] == ["5", "relu", "whole", "90.00", "+-", "0.00"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels", "301"], "--labels must be at most the 300 training images, got 301"),
        (["--data", "nowhere"], "nowhere must hold train-images-idx3-ubyte"),
    ],
    ids=" ".join,
)
def test_options_that_cannot_work_end_with_one_message(folder, tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main(["--data", str(folder), *arguments, "--quick", "--out", str(tmp_path)])
