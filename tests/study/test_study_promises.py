"""What the docstrings of studies and their results promise, and no other test holds."""

import json

import jobs
import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.study import Results, Uniform, run_all, search

X = npae.datasets.load_font("capitals").pixels[:4]


def picky_search(trials, objective):
    model = npae.Autoencoder([2], optimizer="adam", epochs=1)
    space = {"optimizer__eta": Uniform(1e-3, 1, log=True)}
    options = {"validation_data": X, "sampler": "random", "trials": trials, "executor": "serial"}
    return search(model, X, space, objective=objective, show_progress=False, **options)


def eta(model, X):
    return model.optimizer.eta


def nothing(model, X):
    return 1.0


@in_one_test(("trials", "objective", "judged"), [(9, eta, False), (10, nothing, False), (10, eta, True)])
def test_importance_wants_ten_trials_that_are_not_all_equal(trials, objective, judged):
    pytest.importorskip("optuna")
    importance = picky_search(trials, objective).importance
    assert [*importance] == ["optimizer__eta"][: int(judged)]
    assert sum(importance.values()) == pytest.approx(float(judged))


REASONS = iter(range(5))


def fails(model, X):
    raise ArithmeticError(f"reason {next(REASONS)}")


@pytest.mark.filterwarnings("ignore:.*failed")
def test_the_table_of_a_search_says_up_to_three_reasons():
    pytest.importorskip("optuna")
    text = picky_search(5, fails).table()
    assert "5 failed" in text and [f"reason {i}" in text for i in range(5)] == [True, True, True, False, False]


def test_rows_of_other_studies_in_the_file_are_left_alone(tmp_path):
    path = tmp_path / "runs"
    run_all(jobs.noisy, seeds=2, executor="serial", path=path)
    before = path.read_text()
    other = run_all(jobs.noisy, [{"level": 3.0}], seeds=1, executor="serial", path=path)
    assert len(other.rows) == 1
    assert path.read_text().startswith(before) and len(Results.read(path).rows) == 3


def test_rows_are_those_of_the_file():
    rows = run_all(jobs.picky, [{"level": 2}], seeds=2, executor="serial", show_progress=False).rows
    assert json.loads(json.dumps(rows)) == rows
    assert {"key", "level", "seed", "status", "reason", "seconds", "value", "success"} == {*rows[0]}


def test_a_figure_of_a_study_is_6_5_inches_wide():
    results = run_all(jobs.noisy, [{"level": level} for level in (1.0, 2.0)], seeds=2, executor="serial")
    assert results.plot().get_size_inches()[0] == 6.5


def test_quartiles_are_linear_between_the_runs_that_have_the_number():
    outcome = {"key": "", "reason": "", "seconds": 1.0, "status": "finished"}
    rows = [{**outcome, "seed": i, "value": value} for i, value in enumerate([1.0, 2.0, 4.0, None])]
    (row,) = Results(rows).summary()
    assert (row["value_q1"], row["value_median"], row["value_q3"]) == tuple(np.quantile([1, 2, 4], [0.25, 0.5, 0.75]))
