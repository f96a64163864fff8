"""Dask clusters on this machine, for all tests that need one."""

import contextlib

import pytest


@contextlib.contextmanager
def _cluster():
    """Yield the Client of a cluster of two worker processes with a thread each; workers that die are replaced."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(**options, silence_logs=50) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def client():
    """Yield the Client of the cluster that all tests share: none may end its workers."""
    with _cluster() as client:
        yield client


@pytest.fixture
def mortal_client():
    """Yield the Client of a cluster of its own, for a test that ends workers: now and then Dask replaces none."""
    with _cluster() as client:
        yield client
