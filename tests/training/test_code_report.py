import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, BetaWarmUp, Checkpoint, CodeReport, GaussianCode
from npae.layers.gaussian_code import divergence

X = np.random.default_rng(0).random((24, 6))


CODE = GaussianCode(3, BetaWarmUp(4, 0.1))


def fitted(*callbacks, code=CODE, **params):
    settings = {"encoder": [5, code], "epochs": 6, "random_state": 0} | params
    return Autoencoder(**settings, callbacks=callbacks).fit(X)


def test_what_each_entry_carries_is_recorded_after_every_epoch():
    ae = fitted(CodeReport())
    kl = divergence(*ae.network_.posterior(ae.theta_, X)).mean(axis=0)
    np.testing.assert_allclose(ae.history_["code_kl"][-1], kl, rtol=1e-12)
    np.testing.assert_allclose(ae.history_["kl"][-1], kl.sum(), rtol=1e-12)
    np.testing.assert_allclose(ae.history_["beta"], [0, 0.025, 0.05, 0.075, 0.1, 0.1])
    assert [len(ae.history_[name]) for name in ("kl", "code_kl", "active_units")] == [6] * 3


def test_entries_that_do_not_move_with_the_data_are_not_active():
    """The mean of one entry of three is held at a constant."""

    def hold(training):
        training.network.parameters(training.theta)["encoder.1.W"][:, 1] = 0

    assert fitted(hold, CodeReport(), code=GaussianCode(3, 0.01)).history_["active_units"] == [2] * 6


def test_a_report_looks_now_and_then_and_at_some_samples():
    ae = fitted(CodeReport(every=4, samples=7))
    assert [np.size(entry) for entry in ae.history_["code_kl"]] == [1, 1, 1, 3, 1, 1]
    np.testing.assert_array_equal(np.isnan(ae.history_["kl"]), [True, True, True, False, True, True])


def test_a_report_is_kept_in_a_checkpoint_and_in_a_saved_model(tmp_path):
    callbacks = [CodeReport(), Checkpoint(tmp_path / "training.npz")]
    fitted(*callbacks, epochs=3)
    resumed = fitted(*callbacks)
    assert resumed.history_["code_kl"] == fitted(CodeReport()).history_["code_kl"]
    resumed.save(tmp_path / "model.npz")
    assert npae.load(tmp_path / "model.npz").history_["code_kl"] == resumed.history_["code_kl"]


@in_one_test(
    ("make", "message"),
    [
        (lambda: CodeReport(every=0), "every must be an integer of at least 1, got 0"),
        (lambda: CodeReport(samples=0), "samples must be an integer of at least 1, got 0"),
        (
            lambda: fitted(CodeReport(), code=2),
            "must end with a GaussianCode for CodeReport, got Dense",
        ),
    ],
)
def test_a_report_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
