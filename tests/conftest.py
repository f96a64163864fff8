"""A Dask cluster on this machine, for all tests that need one."""

import pytest


@pytest.fixture(scope="session")
def client():
    """Yield the Client of a cluster of two worker processes with a thread each; workers that die are replaced."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(**options, silence_logs=50) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client
