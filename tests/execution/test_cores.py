"""How many threads are worth while."""

from npae.execution import cores
from npae.execution.cores import WORTH_A_THREAD, available_cores, worthwhile_threads


def test_a_process_may_use_some_core():
    assert available_cores() >= 1


def test_a_thread_is_worth_while_if_it_has_enough_to_do(monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: 8)
    assert worthwhile_threads(None, 100, 1) == 1
    assert worthwhile_threads(None, 3, WORTH_A_THREAD) == 3
    assert worthwhile_threads(None, 10**9, WORTH_A_THREAD) == 8


def test_a_wanted_number_of_threads_is_bounded_by_the_samples_alone():
    assert worthwhile_threads(5, 100, 1) == 5
    assert worthwhile_threads(5, 3, 1) == 3
