"""Studies run in processes and threads that somebody else started."""

import multiprocessing
import threading

import numpy as np
import pytest

import npae

X = np.random.default_rng(0).random((20, 4))
MODEL = npae.Autoencoder([2], optimizer="adam", epochs=2)


def repeated():
    return [row["loss"] for row in npae.study.repeat(MODEL, X, seeds=2, show_progress=False).rows]


def searched():
    space = {"optimizer__eta": npae.study.Uniform(0.001, 0.1)}
    options = {"trials": 2, "workers": 2, "sampler": "random", "show_progress": False}
    return [row["value"] for row in npae.study.search(MODEL, X, space, **options).rows]


def put(study, results):
    try:
        results.put(study())
    except BaseException as error:
        results.put(repr(error))


def serial(study, monkeypatch):
    """Return what a study finds in this process."""
    with monkeypatch.context() as patch:
        patch.setattr("npae.study.executors.may_start_processes", lambda: False)
        return study()


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_study_in_a_worker_of_another_pool_runs_there(method, monkeypatch):
    """Workers of multiprocessing.Pool are daemonic: they may start no processes."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    context = multiprocessing.get_context(method)
    results = context.Queue()
    worker = context.Process(target=put, args=(repeated, results), daemon=True)
    worker.start()
    found = results.get(timeout=60)
    worker.join()
    assert found == serial(repeated, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("study", [repeated, searched])
def test_a_study_in_another_thread_starts_its_processes(study, monkeypatch):
    results = multiprocessing.get_context("spawn").SimpleQueue()
    thread = threading.Thread(target=put, args=(study, results))
    thread.start()
    thread.join()
    assert results.get() == serial(study, monkeypatch)


def test_a_fit_in_another_thread_is_that_of_the_main_thread():
    """Also its warnings and its team of threads."""
    models = []

    def train():
        models.append(npae.Autoencoder([2], optimizer="adam", epochs=3, threads=2, random_state=0).fit(X))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    expected = npae.Autoencoder([2], optimizer="adam", epochs=3, threads=2, random_state=0).fit(X)
    np.testing.assert_array_equal(models[0].theta_, expected.theta_)
