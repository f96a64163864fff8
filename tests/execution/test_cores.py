"""How many threads are worth while, and how many a process may start."""

import os

import numpy as np
import pytest
from looped import in_one_test
from team_threads import team_size

from npae import Autoencoder
from npae.execution import cores, cpu_quota
from npae.execution.cores import WORTH_A_THREAD, allowed_threads, available_cores, worthwhile_threads
from npae.study.worker_processes import worker_count

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


@pytest.fixture
def machine(monkeypatch):
    """Return a function that makes a machine of 8 cores, with these variables and files of the system."""

    def make(variables=(), files=(), process=None, cores_there=8):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in dict(variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(cpu_quota, "_text", lambda path: dict(files).get(str(path)))
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(cores_there), raising=False)
        if process is None:
            monkeypatch.delattr(os, "process_cpu_count", raising=False)
        else:
            monkeypatch.setattr(os, "process_cpu_count", lambda: process, raising=False)

    return make


def test_a_process_may_use_some_core():
    assert available_cores() >= 1


def test_a_thread_is_worth_while_if_it_has_enough_to_do(monkeypatch):
    monkeypatch.setattr(cores, "allowed_threads", lambda: 8)
    assert worthwhile_threads(None, 100, 1) == 1
    assert worthwhile_threads(None, 3, WORTH_A_THREAD) == 3
    assert worthwhile_threads(None, 10**9, WORTH_A_THREAD) == 8


def test_a_wanted_number_of_threads_is_bounded_by_the_samples_alone(machine):
    machine({"OMP_NUM_THREADS": "1"})
    assert worthwhile_threads(5, 100, 1) == 5
    assert worthwhile_threads(5, 3, 1) == 3


@in_one_test("name", VARIABLES)
@in_one_test(
    ("value", "expected"),
    [("1", 1), ("3", 3), (" 4 ", 4), ("2,4", 2), ("99", 8), ("0", 8), ("-1", 8), ("", 8), ("many", 8), ("1.5", 8)],
)
def test_a_variable_limits_the_threads_if_it_is_a_number_of_them(name, value, expected, machine):
    machine({name: value})
    assert allowed_threads() == expected


def test_the_least_limit_holds(machine):
    machine({"OMP_NUM_THREADS": "6", "MKL_NUM_THREADS": "5", "LOKY_MAX_CPU_COUNT": "7"})
    assert allowed_threads() == 5
    assert available_cores() == 7


def test_one_blas_thread_per_process_does_not_mean_one_process(machine):
    """Whoever sets OMP_NUM_THREADS=1 wants a process per core, so a study's workers do not count it."""
    machine({"OMP_NUM_THREADS": "1"})
    assert worker_count(None) == 8


SELF = "/proc/self/cgroup"
V2 = "/sys/fs/cgroup/cpu.max"


def version_1(folder, quota, period="100000"):
    base = f"/sys/fs/cgroup/{folder}/cpu.cfs_"
    return {f"{base}quota_us": f"{quota}\n", f"{base}period_us": f"{period}\n"}


@in_one_test(
    ("files", "expected"),
    [
        ({}, 8),
        ({SELF: "0::/\n", V2: "max 100000\n"}, 8),
        ({SELF: "0::/\n", V2: "200000 100000\n"}, 2),
        ({V2: "50000 100000\n"}, 1),
        ({V2: "250000 100000\n"}, 3),
        ({V2: "9999999 100000\n"}, 8),
        (
            {
                SELF: "0::/a/b\n",
                "/sys/fs/cgroup/a/b/cpu.max": "max 100000",
                "/sys/fs/cgroup/a/cpu.max": "300000 100000",
            },
            3,
        ),
        ({SELF: "0::/outside/of/it\n", V2: "400000 100000"}, 4),
        ({SELF: "0::/../..\n", V2: "400000 100000"}, 4),
        ({SELF: "9:cpu,cpuacct:/\n", **version_1("cpu,cpuacct", 200000)}, 2),
        ({SELF: "9:cpu:/\n", **version_1("cpu", -1)}, 8),
        ({SELF: "9:cpu:/docker/abc\n", **version_1("cpu", 150000)}, 2),
        ({SELF: "9:cpu:/docker/abc\n0::/\n", **version_1("cpu/docker/abc", 600000), **version_1("cpu", -1)}, 6),
        ({SELF: "nonsense\n\n1:2\n", V2: "none of it"}, 8),
        ({V2: "200000 0\n"}, 8),
    ],
    ids=[
        "no control groups",
        "2: no quota",
        "2: two cores",
        "2: half a core",
        "2: rounded up",
        "2: more than there are",
        "2: of the group around",
        "2: of the root that a container sees",
        "2: above the root",
        "1: two cores",
        "1: no quota",
        "1: of the root that a container sees",
        "1: of the group",
        "unreadable",
        "without a period",
    ],
)
def test_a_containers_quota_counts(files, expected, machine):
    machine(files=files)
    assert available_cores() == expected


def test_python_is_asked_where_it_knows(machine):
    machine(process=3)
    assert available_cores() == 3
    machine(process=6, files={V2: "200000 100000"})
    assert available_cores() == 2


def test_affinity_counts(machine):
    machine(cores_there=2)
    assert available_cores() == 2


def test_a_system_without_affinity_has_a_number_of_cores(machine, monkeypatch):
    machine()
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1


@pytest.mark.parametrize("limit", [None, "1"])
def test_a_fit_starts_the_threads_that_it_may(limit, machine, monkeypatch):
    machine({} if limit is None else {"OMP_NUM_THREADS": limit}, cores_there=2)
    monkeypatch.setattr(cores, "WORTH_A_THREAD", 1)
    seen = []
    X = np.random.default_rng(0).random((50, 8))
    Autoencoder([4], optimizer="adam", epochs=1, callbacks=[lambda training: seen.append(training.threads)]).fit(X)
    assert seen == [2 if limit is None else 1]
    assert team_size(0) == 0
