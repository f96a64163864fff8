"""Studies and searches on a real Dask cluster: the same rows, even if workers die."""

import functools

import jobs
import pytest

import npae
from npae.study import Uniform, repeat, run_all, search

pytestmark = pytest.mark.slow  # it needs a cluster; .ci/run runs it

X = npae.datasets.load_font("capitals").pixels[:6]
MODEL = npae.Autoencoder([5, 2], loss="bce", epochs=4, refine=npae.Refine("BFGS", every=2, max_iterations=3))


@pytest.fixture
def executor(client):
    client.wait_for_workers(2, timeout=30)
    return client.get_executor()


@pytest.fixture
def mortal_executor(mortal_client):
    return mortal_client.get_executor()


def numbers(results):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in results.rows]


def test_a_study_gives_the_rows_of_this_thread(executor):
    levels = [{"level": 0.1}, {"level": 2.0}]
    here = run_all(jobs.noisy, levels, seeds=4, executor="serial")
    assert numbers(run_all(jobs.noisy, levels, seeds=4, executor=executor)) == numbers(here)
    assert numbers(repeat(MODEL, X, seeds=2, executor=executor)) == numbers(
        repeat(MODEL, X, seeds=2, executor="serial")
    )


def test_a_search_gives_the_rows_of_this_thread(executor):
    pytest.importorskip("optuna")
    options = {"validation_data": X, "sampler": "random", "trials": 6, "workers": 2}
    space = {"optimizer__eta": Uniform(1e-3, 1, log=True), "activation": ["tanh", "relu"]}
    there = search(MODEL, X, space, executor=executor, **options)
    assert numbers(there) == numbers(search(MODEL, X, space, **{**options, "executor": "serial"}))


def test_a_study_loses_nothing_if_a_worker_is_killed(mortal_executor, tmp_path):
    grave, path = tmp_path / "grave", tmp_path / "runs.jsonl"
    study = functools.partial(run_all, functools.partial(jobs.mortal, grave=str(grave)), seeds=8)
    there = study(executor=mortal_executor, path=path)
    assert grave.exists()
    assert numbers(there) == numbers(study(executor="serial"))
    assert len(path.read_text().splitlines()) == 8


@pytest.mark.slow
def test_a_run_that_kills_every_worker_ends_the_study_and_keeps_the_others(mortal_executor, tmp_path):
    with pytest.raises(npae.study.RunLost, match="executor must bring every run to an end, .*KilledWorker.*of 4 runs"):
        run_all(jobs.deadly, seeds=4, executor=mortal_executor, path=tmp_path / "runs")
    assert len((tmp_path / "runs").read_text().splitlines()) >= 2


def test_an_executor_that_is_shut_down_is_refused(executor):
    executor.shutdown()
    with pytest.raises(ValueError, match="executor must be open, got one that takes no runs .*Make a new one"):
        run_all(jobs.noisy, seeds=2, executor=executor)


def test_a_closed_client_is_refused(client):
    with type(client)(client.scheduler.address, set_as_default=False) as other:
        executor = other.get_executor()
    with pytest.raises(ValueError, match="executor must be open, got one that takes no runs .*closed"):
        run_all(jobs.noisy, seeds=2, executor=executor)


def test_workers_without_npae_are_an_error_and_not_failed_runs(client, executor):
    client.run(jobs.hide)
    try:
        with pytest.raises(
            npae.study.RunLost, match="workers must be able to import .*No module named 'npae'. Install"
        ):
            run_all(jobs.noisy, seeds=2, executor=executor)
    finally:
        client.run(jobs.show)
    assert len(run_all(jobs.noisy, seeds=2, executor=executor)) == 2


def test_a_function_that_was_typed_in_reaches_the_workers(executor):
    scope = {"__name__": "__main__"}
    exec("def typed(*, seed): return {'value': seed}", scope)
    assert [row["value"] for row in run_all(scope["typed"], seeds=2, executor=executor).rows] == [0, 1]
