"""A team of threads does a job in full, raises what went wrong, and ends with its context."""

import threading
import time

import pytest
from looped import in_one_test
from team_threads import team_size

from npae.execution.threads import Threads


def test_threads_end_with_the_team():
    assert team_size(0) == 0
    with Threads(4) as team:
        assert team_size(3) == 3
        team.do(lambda number: None)
    assert team_size(0) == 0


def test_the_first_threads_exception_is_the_one_that_is_raised():
    def fail(number):
        raise ValueError(f"number {number}")

    with Threads(3) as team, pytest.raises(ValueError, match="number 0"):
        team.do(fail)


def test_an_interrupt_waits_for_the_others():
    ended = []

    def job(number):
        if number == 0:
            raise KeyboardInterrupt
        time.sleep(0.05)
        ended.append(number)

    with Threads(3) as team, pytest.raises(KeyboardInterrupt):
        team.do(job)
    assert sorted(ended) == [1, 2]


@in_one_test(("count", "size"), [(1, 5), (2, 5), (3, 2), (4, 100)])
def test_parts_cover_everything_once(count, size):
    team = Threads(1)
    team.count = count
    covered = [i for number in range(count) for i in range(size)[team.part(number, size)]]
    assert covered == list(range(size))


@in_one_test("count", [0, -1, 2.5, None, "2"])
def test_a_team_has_at_least_one_thread(count):
    with pytest.raises(ValueError, match="threads must be an integer of at least 1"):
        Threads(count)


def test_a_team_that_cannot_start_leaves_no_thread(monkeypatch):
    start, started = threading.Thread.start, []

    def fail_at_the_third(thread):
        started.append(thread)
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail_at_the_third)
    with pytest.raises(RuntimeError, match="can't start"):
        Threads(5)
    monkeypatch.undo()
    assert team_size(0) == 0
