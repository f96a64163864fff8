import math

import numpy as np
import pytest

from npae import AdaptiveEta


def outcome(schedule, losses, eta=1.0):
    """Feed losses one after another; return the etas and the verdicts."""
    memory = schedule.start(math.inf)
    etas, verdicts = [], []
    for loss in losses:
        eta, stands = schedule.update(eta, loss, memory)
        etas.append(eta)
        verdicts.append(stands)
    return etas, verdicts


def test_eta_grows_after_a_run_of_improvements_only():
    etas, verdicts = outcome(AdaptiveEta(grow=2.0, patience=3), [5, 4, 3, 2, 1, 0.5])
    np.testing.assert_allclose(etas, [1, 1, 2, 2, 2, 4])
    assert all(verdicts)


def test_a_worse_step_shrinks_eta_breaks_the_run_and_is_taken_back():
    etas, verdicts = outcome(AdaptiveEta(grow=2.0, shrink=0.5, patience=2), [5, 6, 4, 3])
    np.testing.assert_allclose(etas, [1, 0.5, 0.5, 1.0])
    assert verdicts == [True, False, True, True]


def test_without_undo_a_worse_step_stands_and_is_the_new_reference():
    _, verdicts = outcome(AdaptiveEta(undo=False), [5, 6, 5.5])
    assert verdicts == [True, True, True]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_taken_back(loss):
    assert outcome(AdaptiveEta(), [loss])[1] == [False]


def test_an_estimated_loss_may_scatter_and_is_never_taken_back():
    schedule, memory, eta = AdaptiveEta(), AdaptiveEta().start(math.inf), 1.0
    for loss in 1 + 0.04 * np.sin(np.arange(50)):
        eta, stands = schedule.update(eta, loss, memory, exact=False)
        assert stands
    assert eta >= 1
    assert schedule.update(eta, 2.0, memory, exact=False) == (eta / 2, True)
    assert schedule.update(eta, math.nan, memory, exact=False) == (eta / 2, False)


def test_a_rise_within_the_tolerance_stands():
    assert outcome(AdaptiveEta(tolerance=0.1), [1.0, 1.05])[1] == [True, True]
    assert outcome(AdaptiveEta(tolerance=0.1), [1.0, 1.15])[1] == [True, False]


def test_eta_stays_within_its_bounds():
    grown, _ = outcome(AdaptiveEta(grow=10, patience=1, maximum=50), [3, 2, 1])
    shrunk, _ = outcome(AdaptiveEta(shrink=0.1, minimum=0.05), [1, 2, 2, 2])
    assert max(grown) == 50
    assert min(shrunk) == 0.05


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grow", 0.9),
        ("shrink", 1.0),
        ("shrink", 0),
        ("patience", 0),
        ("tolerance", -1),
        ("minimum", 2000),
        ("maximum", "x"),
        ("undo", "no"),
    ],
)
def test_bad_fields_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must be"):
        AdaptiveEta(**{field: value})
