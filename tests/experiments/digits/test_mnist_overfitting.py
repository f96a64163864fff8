"""What dropout and penalties do: the measures are right, and a quick run leaves its table and figure."""

import json

import numpy as np
import pytest

from experiments.digits import mnist_overfitting as experiment
from npae.command_line.claim_verdicts import JUDGES


@pytest.fixture(scope="module")
def folder(stripes):
    return stripes()


class Halves:
    """Stands for a model that rebuilds half of each number; its codes have a dead unit and one that is on at times."""

    def reconstruct(self, X):
        return X / 2

    def encode(self, X):
        return np.column_stack([np.zeros(len(X)), np.arange(len(X)) % 2, np.full(len(X), 2.0)])


def test_errors_gap_zeros_and_dead_units_are_counted():
    numbers = experiment.measured(Halves(), (np.full((4, 2), 2.0), np.full((6, 2), 4.0)))
    assert (numbers["train_mse"], numbers["test_mse"], numbers["gap"]) == (1, 4, 3)
    np.testing.assert_allclose([numbers["zeros"], numbers["dead"]], [0.5, 1 / 3])


def test_the_largest_tenth_of_a_code_holds_what_it_holds():
    equal, single = np.ones((3, 20)), np.eye(3, 20)
    np.testing.assert_allclose(experiment.largest_share(equal), 0.1)
    np.testing.assert_allclose(experiment.largest_share(single), 1)
    np.testing.assert_allclose(experiment.largest_share(np.vstack([equal, single, np.zeros((2, 20))])), 0.55)
    assert experiment.largest_share(np.zeros((2, 20))) == 0


def test_every_way_trains_on_the_same_images_of_a_seed(folder):
    seen = []
    for seed in (0, 1):
        for way in ("none", "L1 1e-6"):
            _, X, (train, test) = experiment.prepared(str(folder), 3, 50, 1, 0.01, seed=seed, way=way)
            np.testing.assert_array_equal(X, train)
            assert len(test) == 60
            seen.append(X)
    np.testing.assert_array_equal(seen[0], seen[1])
    assert seen[0].shape == (50, 30) and (seen[0] != seen[2]).any()


def test_a_quick_run_leaves_a_row_for_each_way_and_a_figure(folder, tmp_path, capsys):
    arguments = ["--quick", "--data", str(folder), "--images", "100", "--units", "8", "--out", str(tmp_path)]
    experiment.main(arguments)
    results = json.loads((tmp_path / "results.json").read_text())
    rows = results["rows"]
    assert [row["way"] for row in rows] == list(experiment.WAYS)
    assert {row["status"] for row in rows} == {"finished"}
    assert (tmp_path / "overfitting.png").read_bytes().startswith(b"\x89PNG")
    assert "CodeL1 1e-4" in capsys.readouterr().out
    assert JUDGES["S2.2"]([results], tmp_path)


def test_more_images_than_there_are_end_with_one_message(folder, tmp_path):
    with pytest.raises(SystemExit, match="--images must be at most the 300 that there are, got 301"):
        experiment.main(["--data", str(folder), "--images", "301", "--out", str(tmp_path)])
