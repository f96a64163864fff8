"""The script that says whether a long process stays as it is, on a short one, and what it finds when it does not."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import endurance

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")


@pytest.mark.slow
def test_memory_descriptors_and_threads_stay_the_same(capsys):
    """Times are not judged: other tests run meanwhile."""
    assert endurance.main(["--steps", "20000", "--fits", "1200", "--saves", "300", "--any-time"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["steps of partial_fit", "fits, four at a step", "saves"]
    assert all(line.endswith("; flat") for line in lines)


def course(step, history=lambda: None):
    return endurance.course_of("steps", 200, step, history)


def test_what_grows_is_not_flat(tmp_path):
    kept, files = [], []
    assert course(lambda number: None).is_flat(any_time=True)
    assert not course(lambda number: kept.append(np.ones(30_000))).is_flat(any_time=True)
    assert not course(lambda number: files.append(os.open(tmp_path, os.O_RDONLY))).is_flat(any_time=True)
    for file in files:
        os.close(file)


def test_a_step_that_becomes_slower_is_not_flat():
    seconds = np.linspace(1.0, 1.2, 1000)
    slower = endurance.Course("steps", seconds, [1.0] * 20, 0.0, [4] * 20, [1] * 20)
    assert slower.is_flat(any_time=True) and not slower.is_flat(any_time=False)
    assert "(+17.8 %)" in slower.line(any_time=False) and slower.line(any_time=False).endswith("NOT FLAT")


def test_a_history_is_counted_with_its_numbers():
    column = [float(number) for number in range(5000)]
    expected = 2 * sys.getsizeof(column) + 5000 * 32
    assert abs(endurance.size_of({"loss": column, "eta": [0.5] * 5000}) - expected) < 0.02 * expected
    assert endurance.size_of(None) == 0
