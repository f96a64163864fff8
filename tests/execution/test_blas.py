"""A limit on BLAS threads holds inside, in every thread, and is gone afterwards."""

import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from npae.execution.blas import blas_threads


@pytest.fixture(autouse=True)
def two_threads():
    """Whatever the environment says, there is something to limit."""
    with threadpool_limits(2, "blas"):
        yield


def test_blas_threads_limits_inside_and_restores_afterwards():
    def count():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = count()
    with blas_threads(1):
        assert set(count()) <= {1}
    assert count() == before


def test_blas_threads_limits_in_any_thread():
    """Also after another thread, which still lives, has set a limit."""

    def count():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    before, inside = count(), []

    def limited():
        with blas_threads(1):
            inside.append(count())

    for _ in range(2):
        limited()
        thread = threading.Thread(target=limited)
        thread.start()
        thread.join()
    assert all(numbers <= {1} for numbers in inside)
    assert count() == before
