"""After a fit, in a process that was forked, spawned or made by a fork server, npae works as in its parent."""

import multiprocessing
import os
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from npae import Autoencoder
from npae.execution.blas import _blas, blas_threads
from npae.execution.threads import Threads

X = np.random.default_rng(0).random((60, 12))
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # from Python 3.12 on, beside threads
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def fitted(threads=2):
    return Autoencoder([4], optimizer="adam", epochs=2, batch_size=20, threads=threads, random_state=0).fit(X)


def go_on(model, results):
    """Send what a worker computes: with the model that it was given, and with one of its own."""
    results.put((model.encode(X), model.partial_fit(X).theta_, fitted().theta_))


def blas_counts():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def in_child(function, seconds=20):
    """Return the exit code of a forked child that calls `function`; None if it hangs."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
            os._exit(0)
        except BaseException:
            os._exit(1)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return None


def check(condition):
    """Assert in a child, where pytest does not look."""
    if not condition:
        raise AssertionError


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("fork", marks=FORKS),
        pytest.param("spawn", marks=pytest.mark.slow),
        pytest.param("forkserver", marks=[FORKS, pytest.mark.slow]),
    ],
)
def test_a_child_computes_what_its_parent_computes(method):
    context, model = multiprocessing.get_context(method), fitted()
    results = context.Queue()
    child = context.Process(target=go_on, args=(model, results))
    child.start()
    codes, continued, fresh = results.get(timeout=60)
    child.join()
    np.testing.assert_array_equal(codes, model.encode(X))
    np.testing.assert_array_equal(continued, model.partial_fit(X).theta_)
    np.testing.assert_array_equal(fresh, fitted().theta_)


@FORKS
def test_a_team_has_its_threads_in_a_forked_child_too():
    done = [0] * 3

    def job(number):
        done[number] += 1

    with Threads(3) as team:
        team.do(job)
        assert in_child(lambda: (team.do(job), check(done == [2, 2, 2]))) == 0
        team.do(job)
    assert done == [2, 2, 2]


@FORKS
def test_a_training_goes_on_in_a_child_that_a_callback_forked():
    codes = []

    def fork(training):
        if training.epoch == 1:
            codes.append(in_child(lambda: fitted().encode(X)))

    ae = Autoencoder([4], optimizer="adam", epochs=3, threads=2, callbacks=[fork], random_state=0).fit(X)
    assert codes == [0] and ae.n_epochs_ == 3


@FORKS
def test_a_child_has_all_blas_threads_though_its_parent_was_limited():
    before = blas_counts()
    with blas_threads(1):
        assert in_child(lambda: check(blas_counts() == before)) == 0
        assert set(blas_counts()) <= {1}
    assert blas_counts() == before


@FORKS
def test_a_child_does_not_wait_for_a_lock_of_its_parent():
    inside, go = threading.Event(), threading.Event()

    def hold():
        with _blas._lock:
            inside.set()
            go.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(30)
    code = in_child(lambda: fitted(threads=1))
    go.set()
    thread.join()
    assert code == 0


def test_no_thread_is_left_when_a_team_has_ended():
    before = threading.active_count()
    with Threads(4) as team:
        team.do(lambda number: None)
    assert threading.active_count() == before


def test_a_limit_of_several_blas_threads_raises_no_count():
    before = blas_counts()
    with blas_threads(1), blas_threads(64):
        assert set(blas_counts()) <= {1}
    with blas_threads(64):
        assert blas_counts() == before
    assert blas_counts() == before
