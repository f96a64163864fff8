from types import SimpleNamespace

import pytest

from npae.optimize import budget as module
from npae.optimize.budget import Budget, Stop


def test_evaluations_are_counted_from_the_start_and_limited():
    budget = Budget(None, 3, None)
    budget.spend_evaluation()
    budget.spend_evaluation()
    with pytest.raises(Stop, match="max_evaluations"):
        budget.spend_evaluation()
    assert budget.evaluations == 3


def test_seconds_are_limited(monkeypatch):
    clock = SimpleNamespace(now=5.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    budget = Budget(None, None, 2.0)
    clock.now = 6.0
    assert budget.spend_evaluation() == budget.seconds == 1.0
    clock.now = 7.0
    with pytest.raises(Stop, match="max_seconds"):
        budget.spend_evaluation()


def test_every_block_has_its_own_iterations():
    budget = Budget(2, None, None)
    for _ in range(3):
        budget.begin_block(0)
        budget.spend_iteration()
        with pytest.raises(Stop, match="max_iterations"):
            budget.spend_iteration()
    assert budget.iterations == 6


def test_the_warm_up_ends_after_its_evaluations():
    budget = Budget(None, None, None)
    budget.spend_evaluation()
    budget.begin_block(2)
    seen = []
    for _ in range(3):
        budget.spend_evaluation()
        seen.append(budget.warming_up)
    assert seen == [True, True, False]


def test_without_limits_nothing_stops():
    budget = Budget(None, None, None)
    for _ in range(100):
        budget.spend_evaluation()
        budget.spend_iteration()
    assert (budget.evaluations, budget.iterations) == (101, 100)
