"""Training stops where an epoch gains less than a share of the loss."""

from types import SimpleNamespace

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Checkpoint, Converged, Refine

X = np.random.default_rng(0).random((30, 6))


def fitted(tolerance=0.02, *callbacks, **params):
    params = {
        "optimizer": None,
        "refine": Refine("L-BFGS-B", max_iterations=10),
        "epochs": 60,
        "random_state": 0,
    } | params
    return Autoencoder([5, 2], callbacks=[*callbacks, Converged(tolerance)], **params).fit(X)


@in_one_test("tolerance", [0.02, 0.1, 0.5])
def test_the_first_epoch_that_gains_too_little_is_the_last(tolerance):
    ae = fitted(tolerance)
    losses = np.array(ae.history_["loss"])
    assert ae.stop_reason_ == "converged"
    assert ae.n_epochs_ < 60
    gained = 1 - losses[1:] / losses[:-1]
    assert (gained[:-1] > tolerance).all() and gained[-1] <= tolerance


def test_a_tolerance_of_0_waits_for_an_epoch_without_a_gain():
    linear = Autoencoder([1], optimizer=None, refine=Refine("L-BFGS-B", max_iterations=10), epochs=1000, random_state=0)
    linear.set_params(callbacks=[Converged(0.0)]).fit(X)
    losses = linear.history_["loss"]
    assert losses[-1] >= losses[-2] < losses[-3]
    assert linear.stop_reason_ == "converged"


def test_training_that_never_stops_gaining_ends_with_its_epochs():
    assert fitted(0.0, epochs=2).stop_reason_ == "epochs"


def test_a_loss_of_0_has_converged():
    zeros = Autoencoder([2], random_state=0).fit(np.zeros((4, 3)))
    assert zeros.stop_reason_ == "converged"
    assert zeros.history_["loss"][-1] == 0


def test_training_resumes_to_the_bit(tmp_path):
    checkpoint = Checkpoint(tmp_path / "training.npz")
    fitted(0.02, checkpoint, epochs=3)
    resumed, whole = fitted(0.02, checkpoint), fitted(0.02)
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)
    assert resumed.history_["loss"] == whole.history_["loss"]
    assert resumed.stop_reason_ == "converged"


@in_one_test("tolerance", [-0.1, 1.1, np.nan, "small", None])
def test_a_tolerance_that_is_no_share_is_refused(tolerance):
    with pytest.raises(ValueError, match=r"tolerance must be a number in \[0, 1\], got"):
        Converged(tolerance)


def test_it_is_public():
    assert npae.Converged is Converged and repr(Converged()) == "Converged(tolerance=0.02, floor=0.0)"


@in_one_test(
    ("losses", "ended"),
    [
        ([1.0, 0.4, -0.2, -0.5, -0.6], None),
        ([1.0, 0.4, -0.2, -0.201], "converged"),
        ([-1.0, -1.4, -2.0], None),
        ([-1.0, -0.9], "converged"),
        ([1.0, 0.4, 0.0], "converged"),
        ([1.0, 0.4, 0.0005], "converged"),
    ],
    ids=str,
)
def test_a_loss_below_0_is_judged_by_its_size_and_has_passed_no_floor(losses, ended):
    training = SimpleNamespace(state=SimpleNamespace(loss=losses[0]), history={"loss": []})
    with Converged(0.02, floor=1e-3).begin(training, {}) as after_epoch:
        for loss in losses[1:]:
            training.history["loss"].append(loss)
            reason = after_epoch()
            assert loss == losses[-1] or reason is None
    assert reason == ended
