import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AdaptiveEta, Autoencoder, GradientDescent, Refine, TrainingDiverged

X = np.random.default_rng(0).random((20, 6))


def fitted(**params):
    return Autoencoder(encoder=[4, 2], **{"epochs": 12, "random_state": 0, **params}).fit(X)


def test_full_batch_descent_equals_a_slow_loop():
    ae = fitted(optimizer=GradientDescent(eta=0.3))
    network = ae.network_
    theta, losses = network.init(np.random.default_rng(0)), []
    for _ in range(12):
        theta -= 0.3 * network.value_and_gradient(theta, X)[1]
        losses.append(network.value(theta, X))
    np.testing.assert_array_equal(ae.theta_, theta)
    np.testing.assert_array_equal(ae.history_["loss"], losses)


def test_mini_batch_descent_equals_a_slow_loop():
    ae = fitted(optimizer=GradientDescent(eta=0.3), batch_size=8, epochs=3)
    network, rng = ae.network_, np.random.default_rng(0)
    theta, losses = network.init(rng), []
    for _ in range(3):
        order, total = rng.permutation(20), 0
        for rows in (order[:8], order[8:16], order[16:]):
            value, gradient = network.value_and_gradient(theta, X[rows])
            theta -= 0.3 * gradient
            total += value * len(rows) / 20
        losses.append(total)
    np.testing.assert_array_equal(ae.theta_, theta)
    np.testing.assert_allclose(ae.history_["loss"], losses, rtol=1e-14)


def test_the_loss_of_a_full_batch_epoch_is_the_loss_of_its_theta():
    ae = fitted(refine=Refine("CG", every=3))
    assert ae.history_["loss"][-1] == ae.network_.value(ae.theta_, X)


def test_with_undo_the_loss_never_rises_however_large_eta_is():
    ae = fitted(optimizer=GradientDescent(eta=1e6, adapt=AdaptiveEta()), epochs=80)
    assert (np.diff(ae.history_["loss"]) <= 0).all()
    assert ae.history_["loss"][-1] < ae.history_["loss"][0]
    assert ae.history_["eta"][0] == 1e6 > ae.history_["eta"][-1]


@pytest.mark.parametrize("params", [{"batch_size": 5}, {"encoder": "noisy"}], ids=["mini-batches", "noise"])
def test_adaptive_eta_does_not_starve_where_the_loss_is_only_an_estimate(params):
    if params.get("encoder"):
        params = {"encoder": [Shaky(), npae.Dense(3)], "decoder": [6]}
    plain, adaptive = (
        Autoencoder(optimizer=npae.Adam(0.01, adapt=adapt), epochs=300, random_state=0, **params).fit(X)
        for adapt in (None, AdaptiveEta())
    )
    assert adaptive.history_["eta"][-1] > 1e-4
    assert adaptive.score(X) > 1.5 * plain.score(X)  # scores are negative: at most half as much error again


def test_a_bad_first_step_on_mini_batches_is_recovered_from():
    ae = fitted(optimizer=GradientDescent(50.0, AdaptiveEta()), batch_size=5, epochs=200)
    assert ae.history_["loss"][-1] < 0.2
    assert len(set(ae.history_["loss"])) > 100


def test_refinements_happen_every_k_epochs_are_recorded_and_never_make_it_worse():
    ae = fitted(refine=Refine("BFGS", every=5, max_iterations=3))
    records = ae.history_["refinements"]
    assert [record["epoch"] for record in records] == [5, 10]
    for record in records:
        assert record["loss_after"] <= record["loss_before"]
        assert record["iterations"] == 3
        assert record["evaluations"] >= 4
        assert record["seconds"] > 0
        assert ae.history_["loss"][record["epoch"] - 1] == record["loss_after"]


def test_without_an_optimizer_every_epoch_is_a_refinement():
    ae = fitted(optimizer=None, refine=Refine("CG", every=7, max_iterations=2), epochs=3)
    assert [record["epoch"] for record in ae.history_["refinements"]] == [1, 2, 3]
    assert (np.diff(ae.history_["loss"]) < 0).all()


def test_refinement_composes_with_mini_batches_and_adam():
    ae = fitted(batch_size=7, refine=Refine("L-BFGS-B", every=4))
    assert len(ae.history_["refinements"]) == 3
    assert ae.history_["loss"][-1] < ae.history_["loss"][0]


def test_float32_is_refined_in_float64_and_not_made_worse():
    ae = fitted(dtype="float32", refine=Refine("BFGS", every=4))
    assert ae.theta_.dtype == np.float32
    for record in ae.history_["refinements"]:
        assert record["loss_after"] < record["loss_before"]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("method", ["Newton-CG", "trust-krylov"])
def test_hessian_products_fit_the_precision_of_the_network(method):
    """In float32 a difference step made for float64 would see nothing but rounding."""
    after = {
        dtype: fitted(optimizer=None, refine=Refine(method), epochs=1, dtype=dtype).history_["loss"][-1]
        for dtype in ("float32", "float64")
    }
    assert after["float32"] <= 1.1 * after["float64"]


def test_history_has_one_entry_per_epoch():
    ae = fitted(callbacks=[npae.EarlyStopping("mse", target=0)])
    assert {len(ae.history_[name]) for name in ("loss", "eta", "seconds", "mse")} == {12}
    assert (np.diff(ae.history_["seconds"]) > 0).all()


def test_validation_loss_is_that_of_the_validation_data():
    ae = Autoencoder(encoder=[2], epochs=5, random_state=0).fit(X[:15], validation_data=X[15:])
    assert len(ae.history_["val_loss"]) == 5
    assert ae.history_["val_loss"][-1] == ae.network_.value(ae.theta_, X[15:])


@dataclass(frozen=True)
class Shaky(npae.Layer):
    """x plus noise while training."""

    stochastic = True

    def forward(self, x, params, context):
        y = x + context.rng.normal(0, 0.1, x.shape) if context.training else x.copy()
        return y, lambda dy, grads: dy.copy()


@pytest.mark.parametrize("method", ["CG", "Powell"])
def test_noise_is_frozen_during_a_refinement_and_fresh_between_them(method):
    ae = Autoencoder([Shaky(), npae.Dense(2)], [6], optimizer=None, refine=Refine(method, max_evaluations=40), epochs=3)
    ae.set_params(random_state=0).fit(X)
    records = ae.history_["refinements"]
    assert all(record["loss_after"] < record["loss_before"] for record in records)
    assert records[1]["loss_before"] != records[0]["loss_after"]


def test_equal_seeds_give_equal_bits_and_others_do_not():
    params = {"batch_size": 6, "refine": Refine("CG", every=4)}
    np.testing.assert_array_equal(fitted(**params).theta_, fitted(**params).theta_)
    assert (fitted(**params).theta_ != fitted(**params, random_state=1).theta_).any()


def test_the_global_random_state_is_never_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fitted(batch_size=5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("batch_size", [None, 5])
def test_divergence_names_epoch_place_and_hint_and_keeps_the_last_finite_theta(batch_size):
    ae = Autoencoder(activation="relu", optimizer=GradientDescent(eta=1e8), batch_size=batch_size, random_state=0)
    with pytest.raises(TrainingDiverged, match=r"first in .+, at epoch \d+. Use a smaller eta \(now 1e\+08\)"):
        ae.fit(X)
    assert np.isfinite(ae.theta_).all()
    assert np.isfinite(ae.history_["loss"]).all()
    assert np.isfinite(ae.reconstruct(X)).all()


def test_why_training_ended_is_known_after_an_error_too():
    def broken(training):
        raise RuntimeError("callback broke")

    ae = Autoencoder(encoder=[2], callbacks=[broken], random_state=0)
    with pytest.raises(RuntimeError, match="callback broke"):
        ae.fit(X)
    assert ae.stop_reason_ == "RuntimeError: callback broke"
    assert ae.n_epochs_ == 1


def test_a_start_that_is_not_finite_names_the_layer():
    with pytest.raises(TrainingDiverged, match=r"first in layer encoder\.1 \(Dense\), at epoch 1. Scale the data"):
        fitted(init=npae.Gaussian(1e300), activation="relu")


def interrupted_after(calls):
    def callback(training):
        nonlocal calls
        calls -= 1
        if calls == 0:
            raise KeyboardInterrupt

    return callback


def test_ctrl_c_keeps_the_model_so_far():
    with pytest.warns(UserWarning, match="Training interrupted after epoch 5; the model so far is kept"):
        ae = fitted(callbacks=[interrupted_after(5)])
    np.testing.assert_array_equal(ae.theta_, fitted(epochs=5).theta_)
    assert ae.stop_reason_ == "interrupted"


def test_ctrl_c_in_the_middle_of_a_step_leaves_whole_epochs(monkeypatch):
    network_evaluate = npae.Network.evaluate
    calls = 0

    def evaluate(self, *args, **options):
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return network_evaluate(self, *args, **options)

    monkeypatch.setattr(npae.Network, "evaluate", evaluate)
    with pytest.warns(UserWarning, match="interrupted after epoch 6"):
        ae = fitted(optimizer=GradientDescent(0.3))
    assert ae.history_["loss"][-1] == network_evaluate(ae.network_, ae.network_.new_workspace(), ae.theta_, X, X)


def test_ctrl_c_in_a_refinement_keeps_what_it_gained(monkeypatch):
    original, calls = npae.Network.evaluate, 0

    def evaluate(self, *args, **options):
        nonlocal calls
        calls += 1
        if calls == 30:
            raise KeyboardInterrupt
        return original(self, *args, **options)

    monkeypatch.setattr(npae.Network, "evaluate", evaluate)
    with pytest.warns(UserWarning, match="interrupted after epoch 1"):
        ae = fitted(optimizer=None, refine=Refine("CG", max_iterations=100))
    (record,) = ae.history_["refinements"]
    assert record["stopped"] == "interrupted"
    assert ae.history_["loss"] == [record["loss_after"]]
    assert record["loss_after"] < record["loss_before"]


def test_training_leaks_no_warning_from_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", npae.NotConverged)
        fitted(optimizer=GradientDescent(eta=1e6, adapt=AdaptiveEta()), activation="elu", epochs=30)


def test_a_fraction_of_the_samples_is_held_out_for_validation():
    ae = fitted(validation_fraction=0.25)
    other = Autoencoder(encoder=[4, 2], epochs=12, random_state=0).fit(X[:15], validation_data=X[15:])
    np.testing.assert_array_equal(ae.theta_, other.theta_)
    assert ae.history_["val_loss"] == other.history_["val_loss"]


@in_one_test("fraction", [0, 1, -0.1, 1.5, "half", 0.001, 0.999])
def test_a_fraction_that_holds_out_nothing_or_all_is_refused(fraction):
    with pytest.raises(ValueError, match=r"validation_fraction must (be a number in \]0, 1\[|hold samples out), got"):
        fitted(validation_fraction=fraction)


def test_validation_comes_from_one_place():
    with pytest.raises(ValueError, match="validation_data must be None where validation_fraction is set, got both"):
        Autoencoder([2], validation_fraction=0.5).fit(X, validation_data=X)


@in_one_test("batch_size", [0, 21, -1, 2.5])
def test_a_batch_size_that_cannot_be_is_refused(batch_size):
    with pytest.raises(ValueError, match="batch_size must be (an integer of at least 1|at most the 20 samples), got"):
        fitted(batch_size=batch_size)


def test_a_small_chunk_of_a_stream_may_be_smaller_than_a_batch():
    ae = Autoencoder([2], batch_size=16, random_state=0)
    ae.partial_fit(X).partial_fit(X[:3])
    assert ae.n_epochs_ == 2


def test_no_chunk_of_a_stream_is_held_out():
    ae = Autoencoder([2], validation_fraction=0.25, random_state=0).partial_fit(X)
    np.testing.assert_array_equal(ae.theta_, Autoencoder([2], random_state=0).partial_fit(X).theta_)
    assert "val_loss" not in ae.history_


def test_cosine_decay_wants_to_know_how_long_a_stream_is():
    """Otherwise eta would be 0 from the second chunk on."""
    for adapt in (npae.CosineDecay(), npae.WarmUp(2, npae.CosineDecay())):
        with pytest.raises(ValueError, match="epochs must be given to CosineDecay for partial_fit, got None. Use"):
            Autoencoder([2], optimizer=npae.Adam(0.1, adapt=adapt), random_state=0).partial_fit(X)
    ae = Autoencoder([2], optimizer=npae.Adam(0.1, adapt=npae.CosineDecay(epochs=4)), random_state=0)
    np.testing.assert_allclose(ae.partial_fit(X).partial_fit(X).partial_fit(X).history_["eta"][-1], 0.05)
    fitted(optimizer=npae.Adam(0.1, adapt=npae.CosineDecay()), epochs=2).partial_fit(X)


def test_training_that_is_refused_leaves_the_model_as_it_was(tmp_path):
    waiting, nowhere = npae.EarlyStopping("val_loss", patience=3), npae.Checkpoint(tmp_path / "none" / "training.npz")
    ae, new = fitted(), Autoencoder([2], callbacks=[waiting])
    theta, codes = ae.theta_, ae.encode(X)
    for callback, error in ((waiting, ValueError), (nowhere, OSError)):
        with pytest.raises(error):
            ae.set_params(callbacks=[callback]).fit(X[:, :3])
        assert ae.theta_ is theta and ae.n_features_in_ == 6
        np.testing.assert_array_equal(ae.encode(X), codes)
    with pytest.raises(ValueError, match="validation_data must be given"):
        new.fit(X)
    with pytest.raises(ValueError, match="must be fitted before this"):
        new.encode(X)


def test_a_refinement_can_see_a_fixed_sample_that_is_drawn_each_time():
    ae = fitted(batch_size=5, optimizer=None, refine=Refine("CG", sample=8, max_iterations=200), epochs=2)
    first, second = ae.history_["refinements"]
    assert first["loss_after"] < first["loss_before"]
    assert second["loss_before"] != first["loss_after"]
    with pytest.raises(ValueError, match="sample must be an integer of at least 1"):
        Refine(sample=0)


def test_divergence_keeps_the_best_theta_and_says_which():
    def blow_up(training):
        if training.epoch == 6:
            training.theta[:] = 1e200

    ae = Autoencoder([4, 2], optimizer=GradientDescent(0.3), callbacks=[blow_up], epochs=12, random_state=0)
    with pytest.raises(
        TrainingDiverged, match=r"at epoch 7\. Use a smaller eta .*; theta of epoch 6, the best so far, is"
    ):
        ae.fit(X)
    np.testing.assert_array_equal(ae.theta_, fitted(optimizer=GradientDescent(0.3), epochs=6).theta_)


def test_the_best_theta_is_that_of_the_least_validation_loss():
    def worsen(training):
        if training.epoch == 4:
            training.theta[:] *= 1.5
        if training.epoch == 8:
            training.theta[:] = np.nan

    params = {"optimizer": GradientDescent(0.1), "validation_fraction": 0.25, "random_state": 0}
    ae = Autoencoder([4, 2], callbacks=[worsen], epochs=12, **params)
    with pytest.raises(TrainingDiverged):
        ae.fit(X)
    best = int(np.argmin(ae.history_["val_loss"])) + 1
    assert best < 8
    np.testing.assert_allclose(ae.network_.value(ae.theta_, X[15:]), min(ae.history_["val_loss"]), rtol=1e-12)
