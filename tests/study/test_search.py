"""Searches: what they draw, that they lose nothing, and what they report."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import jobs
import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import FileError
from npae.study import Integers, Uniform, search
from npae.study.lock import Lock
from npae.study.yardstick import Objective

optuna = pytest.importorskip("optuna")
X = npae.datasets.load_font("capitals").pixels[:12]
MODEL = npae.Autoencoder([5, 2], loss="bce", epochs=4)
SPACE = {"optimizer__eta": Uniform(1e-3, 1.0, log=True), "width": Integers(2, 9), "encoder": jobs.funnel}
HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "PAUSE": "0.02"}


def found(space=None, **options):
    """Search in this thread, on all samples."""
    return search(MODEL, X, space or SPACE, **{"executor": "serial", "validation_data": X, "trials": 12, **options})


def numbers(results):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in results.rows]


def test_the_best_parameters_give_the_best_value():
    results = found(seed=3)
    assert results.best_value == min(row["value"] for row in results.rows)
    model = npae.Autoencoder(**MODEL.get_params(deep=False)).set_params(
        **results.best_params, random_state=3, threads=1
    )
    assert model.fit(X, validation_data=X).history_["val_loss"][-1] == results.best_value
    assert MODEL.optimizer == "auto" and MODEL.random_state is None and not hasattr(MODEL, "theta_")


@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_threads_draw_what_this_thread_draws(sampler):
    space = SPACE if sampler == "random" else {"epochs": [1, 2, 3], "optimizer": ["adam", npae.GradientDescent(0.1)]}
    here = numbers(found(space, sampler=sampler, trials=6))
    with ThreadPoolExecutor(3) as threads:
        assert numbers(found(space, sampler=sampler, trials=6, executor=threads, workers=3)) == here


@pytest.mark.slow
def test_processes_draw_what_this_thread_draws():
    here = numbers(found(SPACE, sampler="random", trials=6))
    assert numbers(found(SPACE, sampler="random", trials=6, executor=None, workers=2)) == here


def test_a_grid_is_searched_completely_and_once():
    results = found({"epochs": [1, 2, 3], "batch_size": [None, 4]}, sampler="grid", trials=None)
    drawn = sorted((row["epochs"], str(row["batch_size"])) for row in results.rows)
    assert drawn == [(e, b) for e in (1, 2, 3) for b in ("4", "None")]
    some = found({"epochs": [1, 2, 3], "batch_size": [None, 4]}, sampler="grid", trials=4)
    assert numbers(some) == numbers(results)[:4]


@pytest.mark.slow
def test_bayesian_search_converges_faster_than_random_search():
    space, best = {"optimizer__eta": Uniform(1e-7, 1e3, log=True)}, {}
    for sampler in ("random", "bayesian"):
        options = {"objective": jobs.off_target, "sampler": sampler, "trials": 30}
        best[sampler] = [found(space, seed=seed, **options).best_value for seed in range(3)]
    assert np.median(best["bayesian"]) < 0.2 * np.median(best["random"])


class Lowest(optuna.samplers.RandomSampler):
    """Draws the lowest value."""

    def sample_independent(self, study, trial, param_name, param_distribution):
        return param_distribution.low


def test_one_of_optunas_own_samplers_can_draw():
    rows = found(sampler=Lowest(), trials=2).rows
    assert [(row["optimizer__eta"], row["width"]) for row in rows] == [(1e-3, 2)] * 2


def test_a_search_can_be_extended_as_if_it_had_not_ended(tmp_path):
    path = tmp_path / "trials"
    first = found(path=path, trials=5)
    begun = path.read_bytes()
    more = found(path=path, trials=14)
    assert path.read_bytes().startswith(begun)
    assert numbers(more) == numbers(found(trials=14))
    assert numbers(first) == numbers(more)[:5] == numbers(found(path=path, trials=3))[:5]


def test_searches_that_differ_share_a_file(tmp_path):
    path = tmp_path / "trials"
    for options in ({}, {"seed": 1}, {"sampler": "random"}, {"objective": "mse"}, {"validation_data": X[1:]}):
        assert len(found(path=path, trials=2, **options)) == 2
    assert [len(optuna.load_study(study_name=name, storage=storage(path)).trials) for name in names(path)] == [2] * 5


def storage(path):
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))


def names(path):
    return optuna.get_all_study_names(storage(path))


KILLED = """
import sys, jobs, npae
from npae.study import Integers, Uniform, search
X = npae.datasets.load_font("capitals").pixels[:12]
model = npae.Autoencoder([5, 2], loss="bce", epochs=4)
space = {"optimizer__eta": Uniform(1e-3, 1.0, log=True), "width": Integers(2, 9), "encoder": jobs.funnel}
if __name__ == "__main__":
    path, executor = sys.argv[1:]
    search(model, X, space, validation_data=X, objective=jobs.slow_value, trials=25, path=path,
           executor=executor or None, workers=2)
"""


@pytest.mark.parametrize(
    ("name", "executor"),
    [
        pytest.param("trials", "serial", id="journal", marks=pytest.mark.slow),
        pytest.param("trials.db", "serial", id="SQLite", marks=pytest.mark.slow),
        pytest.param("trials", "", id="processes", marks=pytest.mark.slow),
    ],
)
def test_a_search_that_was_killed_resumes_as_if_nothing_had_happened(tmp_path, name, executor):
    script, path = tmp_path / "script.py", tmp_path / name
    script.write_text(KILLED)
    process = subprocess.Popen(
        [sys.executable, str(script), str(path), executor], env=ENVIRONMENT, stderr=subprocess.DEVNULL
    )
    time.sleep(1.0)
    while process.poll() is None and ended(path) < 12:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    time.sleep(0.2)
    before = ended(path)
    assert 12 <= before < 25
    results = found(objective=jobs.slow_value, path=path, trials=25)
    assert len(results) == 25
    assert all(row["status"] == "finished" for row in results.rows)
    whole = found(objective=jobs.slow_value, trials=25)
    if executor == "serial":
        assert numbers(results) == numbers(whole)
    else:  # two workers: after the random trials, a draw depends on which trials have ended by then
        assert numbers(results)[:10] == numbers(whole)[:10]
    assert [entry.name for entry in tmp_path.iterdir() if "lock" in entry.name or "search" in entry.name] == []


def ended(path):
    """Return how many trials have ended in a file that is being written."""
    if not path.exists():
        return 0
    try:
        where = storage(path) if path.suffix != ".db" else f"sqlite:///{path}"
        (name,) = optuna.get_all_study_names(where)
        trials = optuna.load_study(study_name=name, storage=where).get_trials(deepcopy=False)
    except Exception:
        return 0
    return sum(trial.state.is_finished() for trial in trials)


def test_a_storage_in_use_is_refused(tmp_path):
    with Lock(tmp_path / "trials", ".search"):
        rule = rf"trials must be written by one study at a time, got one that process {os.getpid()} on .* is writing"
        with pytest.raises(BlockingIOError, match=rule):
            found(path=tmp_path / "trials")


@pytest.mark.parametrize("name", ["trials", "trials.db"])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"a diary\n")
    with pytest.raises(
        FileError, match=rf"{name} must be a file that a search wrote, got b'a diary.*a file of its own"
    ):
        found(path=path)
    assert path.read_bytes() == b"a diary\n"


def test_an_incomplete_line_costs_only_its_own_trial(tmp_path):
    path = tmp_path / "trials"
    found(path=path, trials=4)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="trials: dropped an incomplete line at the end"):
        results = found(path=path, trials=4)
    assert numbers(results) == numbers(found(trials=4))


def test_ctrl_c_keeps_the_trials_that_have_ended(tmp_path):
    with pytest.raises(KeyboardInterrupt, match="interrupted; 0 of 12 trials have finished and are in") as caught:
        found(objective=interrupting, path=tmp_path / "trials")
    assert len(caught.value.results) == 0


@pytest.mark.slow
def test_dead_workers_keep_the_trials_that_have_ended():
    with pytest.raises(BrokenExecutor, match="a worker process died: .*0 of 2 trials"):
        found(objective=leaving, trials=2, executor=None, workers=1)


def test_an_interrupted_search_with_a_pruner_names_no_temporary_file():
    with pytest.raises(KeyboardInterrupt, match=r"0 of 2 trials have finished \(give a path to resume from\)"):
        found(objective=interrupting, trials=2, pruner="median")


def interrupting(model, X):
    raise KeyboardInterrupt


def leaving(model, X):
    os._exit(3)


def test_a_failed_trial_is_a_row_with_its_reason_and_the_others_go_on():
    space = {"optimizer": [npae.GradientDescent(1e200), npae.GradientDescent(0.1)], "activation": ["relu"]}
    results = found(space, sampler="grid", trials=None)
    failed, finished = sorted(results.rows, key=lambda row: row["status"])
    assert failed["status"] == "failed" and failed["value"] is None and finished["value"] == results.best_value
    assert failed["reason"].startswith("TrainingDiverged: loss must stay finite")
    assert "1 finished, 1 failed\nfailed: TrainingDiverged" in str(results)


def test_a_search_warns_if_every_trial_fails():
    with pytest.warns(UserWarning, match="all 2 trials failed, the first with ValueError: batch_size must be"):
        results = found({"batch_size": [-1, -2]}, sampler="grid", trials=None)
    with pytest.raises(
        ValueError, match="a trial must have finished to be the best, got 2 that did not, the first with"
    ):
        _ = results.best_params
    with pytest.raises(ValueError, match="a trial must have finished"):
        results.figures()


def nothing(model, X):
    return np.nan


def test_an_objective_that_is_not_finite_fails_the_trial():
    with pytest.warns(UserWarning, match="nothing must be finite to be compared, got nan"):
        found(objective=nothing, trials=1)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("executor", "path"), [("serial", None), pytest.param(None, "trials", marks=pytest.mark.slow)], ids=str
)
def test_a_pruner_ends_trials_that_are_worse_than_others(executor, path, tmp_path):
    model = npae.Autoencoder([5, 2], loss="bce", epochs=40)
    options = {"pruner": "median", "sampler": "random", "trials": 14, "executor": executor, "workers": 2}
    results = search(model, X, SPACE, validation_data=X, path=path and tmp_path / path, **options)
    pruned = [row for row in results.rows if row["status"] == "pruned"]
    assert pruned and all(row["epochs"] % 2 == 0 and row["epochs"] < 40 and row["value"] is None for row in pruned)
    every = search(model, X, SPACE, validation_data=X, **{**options, "pruner": None, "executor": "serial"})
    value = {row["trial"]: row["value"] for row in every.rows}
    if executor == "serial":  # otherwise the comparison depends on how far the other trials are
        assert results.best_value == every.best_value < min(value[row["trial"]] for row in pruned)


def test_a_share_of_the_samples_is_held_out():
    seen = []
    search(MODEL, X, {"epochs": [1]}, validation_data=0.25, objective=Seeing(seen), trials=1, executor="serial")
    assert seen[0].shape == (3, 35)
    assert all(any((row == x).all() for x in X) for row in seen[0])


class Seeing:
    """A function that records its samples, and has parameters by which keys can know it."""

    def __init__(self, seen):
        self._seen = seen

    def get_params(self, deep=False):
        return {}

    def __call__(self, model, X):
        self._seen.append(X)
        return 0.0


@in_one_test(
    ("objective", "upward"),
    [("val_loss", False), ("score", True), ("psnr", True), ("pixel_errors", False), (jobs.off_target, False)],
)
def test_the_direction_follows_from_the_objective(objective, upward):
    results = found(objective=objective, trials=3, sampler="random")
    assert results.maximize == upward
    values = [row["value"] for row in results.rows]
    assert results.best_value == (max(values) if upward else min(values))
    assert results.best_so_far == list((np.maximum if upward else np.minimum).accumulate(values))


def test_an_objective_computes_what_its_name_says():
    model = npae.Autoencoder([5, 2], epochs=2, random_state=0).fit(X, validation_data=X[:5])
    assert Objective("score").of(model, X) == model.score(X)
    assert Objective("pixel_errors").of(model, X) == npae.metrics.pixel_errors(X, model.reconstruct(X)).sum()
    assert Objective("val_loss").of(model, X[:5]) == model.history_["val_loss"][-1]
    assert Objective(jobs.off_target, maximize=True).upward


def passed_on(random_state):
    return random_state


@in_one_test(
    ("options", "message"),
    [
        ({"space": {"etaa": [1]}}, "parameters must be among encoder, .*, got 'etaa'"),
        ({"space": {"random_state": [1]}}, "parameters must be among encoder, .*, got 'random_state'"),
        ({"space": {"random_state": [1], "epochs": passed_on}}, "parameters must be among .*, got 'random_state'"),
        ({"space": {"optimizer__etaa": [1]}}, "parameter 'optimizer__etaa' must name something inside"),
        ({"space": {"loss": ["mse", "bce"]}}, "objective must compare models of any loss .*'score'"),
        ({"objective": "elbow"}, "objective must be one of 'val_loss', 'score', .* or a function.*, got 'elbow'"),
        ({"maximize": "yes"}, "maximize must be True, False or None, got 'yes'"),
        ({"sampler": "gp"}, "sampler must be one of 'bayesian', 'random', 'grid' or one of optuna.samplers, got 'gp'"),
        ({"sampler": "grid"}, r"space\['optimizer__eta'\] must be a list of values for a grid"),
        ({"pruner": "cut"}, "pruner must be None, 'median' or one of optuna.pruners, got 'cut'"),
        ({"seed": -1}, "seed must be an integer of at least 0, got -1"),
        ({"trials": 0}, "trials must be an integer of at least 1, got 0"),
        ({"validation_data": 0.01}, "validation_data must leave samples on both sides, got 0.01 of 12 samples"),
        ({"validation_data": 1.0}, r"validation_data must be a number in \]0, 1\[, got 1.0"),
        ({"executor": "threads"}, "executor must be a concurrent.futures.Executor, 'serial' or None"),
        ({"workers": 0, "executor": None}, "workers must be an integer of at least 1, got 0"),
    ],
    ids=lambda value: str(value).replace(str(passed_on), "passed_on"),
)
def test_arguments_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        found(**options)


def test_a_model_of_another_kind_and_an_unnamed_function_are_refused():
    with pytest.raises(ValueError, match="model must be an estimator with a parameter random_state, got 3"):
        search(3, X, SPACE)
    with pytest.raises(TypeError, match="function must have a name that tells it from all others"):
        found({"width": [3], "encoder": lambda width: [width]})


def test_an_executor_that_is_shut_down_is_refused():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ValueError, match="executor must be open, got one that takes no runs .*Make a new one"):
        found(executor=executor)


def test_the_error_without_optuna_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match="optuna must be installed for npae.study.search, .*Run: pip install optuna"):
        found()


def test_optunas_verbosity_is_restored(capfd):
    optuna.logging.set_verbosity(optuna.logging.INFO)
    found(trials=2)
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_the_choice_that_matters_is_the_most_important():
    space = {"optimizer__eta": Uniform(1e-7, 1e3, log=True), "batch_size": [None, 3, 4]}
    results = found(space, objective=jobs.off_target, sampler="random", trials=30)
    assert next(iter(results.importance)) == "optimizer__eta" and results.importance["optimizer__eta"] > 0.8
    assert sum(results.importance.values()) == pytest.approx(1)
    assert found(space, trials=5).importance == {}


@pytest.mark.slow
def test_the_pictures_show_every_trial():
    space = {**SPACE, "optimizer": [npae.Adam(), npae.GradientDescent(0.1)], "init": ["he", "glorot"]}
    results = found(space, trials=15)
    pictures = results.figures()
    assert list(pictures) == ["history", "importance", "slices"]
    (ax,) = pictures["history"].axes
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [(r["trial"] + 1, r["value"]) for r in results.rows])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), results.best_so_far)
    (ax,) = pictures["importance"].axes
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches][::-1], list(results.importance.values()))
    shown = [ax for ax in pictures["slices"].axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in shown] == results.names
    etas = [(row["optimizer__eta"], row["value"]) for row in results.rows]
    np.testing.assert_allclose(shown[results.names.index("optimizer__eta")].collections[0].get_offsets(), etas)


def test_trials_that_did_not_finish_are_drawn_at_the_edge():
    space = {"optimizer__eta": [0.1, 0.2, 1e300], "activation": ["relu", "tanh"]}
    results = search(
        npae.Autoencoder([5, 2], epochs=5, optimizer=npae.GradientDescent()), X, space, validation_data=X,
        sampler="grid", executor="serial",
    )  # fmt: skip
    (ax,) = results.figures()["history"].axes
    failed = [row["trial"] + 1 for row in results.rows if row["status"] == "failed"]
    marks = next(c for c in ax.collections if c.get_label() == "failed").get_offsets()
    assert failed and list(marks[:, 0]) == failed
    assert set(marks[:, 1]) == {max(row["value"] for row in results.rows if row["value"] is not None)}


def test_the_table_ranks_trials():
    results = found(trials=6)
    lines = results.table(n=3).splitlines()
    assert lines[0].split() == ["trial", "optimizer__eta", "width", "val_loss", "epochs", "seconds"]
    assert len(lines) == 5 and lines[-1] == "6 finished"
    assert lines[1].split()[3] == f"{results.best_value:.6g}"
    assert repr(results) == f"SearchResults(6 trials, best val_loss {results.best_value:.6g})"
