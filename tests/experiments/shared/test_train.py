"""One run of a study, and all of its runs."""

import argparse
import json

import numpy as np
import pytest

import npae
from experiments.shared.training import Train, fitted, run_study

LETTERS = npae.datasets.load_font("capitals")


def prepared(*, seed, epochs):
    return npae.Autoencoder([2], epochs=epochs, threads=1, random_state=seed), LETTERS.pixels, LETTERS


def measured(model, font):
    return {"loss": model.history_["loss"][-1], "letters": len(font)}


@pytest.fixture
def args():
    return argparse.Namespace(quick=True, workers=None, usual_workers=2)


def test_a_run_trains_and_measures(tmp_path):
    numbers = Train(prepared, measured)(seed=3, epochs=2)
    peer = prepared(seed=3, epochs=2)[0].fit(LETTERS.pixels)
    assert (numbers["loss"], numbers["letters"]) == (peer.history_["loss"][-1], 32)
    assert numbers["seconds_training"] > 0 and numbers["cpu_seconds"] >= 0


def test_the_first_seed_s_models_are_kept_under_the_keys_of_their_runs(tmp_path, args):
    train = Train(prepared, measured, tmp_path)
    results = run_study(train, [{"epochs": 1}, {"epochs": 2}], args, tmp_path, seeds=2)
    rows = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    first = {row["key"]: row["epochs"] for row in rows if row.get("seed") == 0}
    assert {path.stem for path in tmp_path.glob("*.npz")} == first.keys()
    for epochs in (1, 2):
        model = npae.load(train.path(epochs=epochs))
        np.testing.assert_array_equal(model.theta_, train.fitted(seed=0, epochs=epochs).theta_)
    assert len(results.rows) == 4


def test_the_folder_of_the_models_does_not_make_another_run(tmp_path, args):
    (tmp_path / "models").mkdir()
    run_study(Train(prepared, measured), [{"epochs": 1}], args, tmp_path, seeds=1)
    before = (tmp_path / "runs.jsonl").read_bytes()
    run_study(Train(prepared, measured, tmp_path / "models"), [{"epochs": 1}], args, tmp_path, seeds=1)
    assert (tmp_path / "runs.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("quick", "workers", "executor", "processes"),
    [(True, None, "serial", 2), (True, 3, None, 3), (False, None, None, 2), (False, 1, None, 1)],
)
def test_only_a_quick_run_stays_in_this_process_unless_workers_are_asked_for(
    args, tmp_path, monkeypatch, quick, workers, executor, processes
):
    given = {}
    monkeypatch.setattr(npae.study, "run_all", lambda function, settings, **options: given.update(options))
    args.quick, args.workers = quick, workers
    run_study(Train(prepared, measured), [{}], args, tmp_path, seeds=1)
    assert (given["executor"], given["workers"]) == (executor, processes)


def test_an_interrupted_training_is_not_counted(monkeypatch):
    def interrupted(self, *args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(npae.Network, "evaluate", interrupted)
    model, X, _ = prepared(seed=0, epochs=1)
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt, match="go on"):
        fitted(model, X, interrupted="go on")


def test_a_named_training_says_how_long_it_took(capsys):
    fitted(prepared(seed=0, epochs=1)[0], LETTERS.pixels, "letters")
    assert capsys.readouterr().out.startswith("letters: trained in 0.")
