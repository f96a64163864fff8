"""Sentences of the docstrings of callbacks, logs and eta schedules, each taken as a claim that can be false."""

import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, EarlyStopping, metrics

X = np.random.default_rng(7).random((20, 6))
BFGS = {"optimizer": None, "refine": npae.Refine("BFGS", max_iterations=4)}


def fitted(*callbacks, **params):
    params = {"encoder": [4, 2], "optimizer": "adam", "refine": None, "epochs": 4, "random_state": 0} | params
    return Autoencoder(**params, callbacks=callbacks).fit(X)


@dataclass(frozen=True)
class Noting(npae.Callback):
    """Note what happens, in a list that is not part of the description."""

    name: str = ""
    seen: list = field(default_factory=list, compare=False)

    @contextmanager
    def begin(self, training, memory):
        self.seen.append(f"{self.name} begins")
        try:
            yield lambda: self.seen.append(self.name)
        finally:
            self.seen.append(f"{self.name} ends")


@dataclass(frozen=True)
class Last(Noting):
    acts_last = True


def test_a_callback_that_acts_last_is_called_after_all_the_others():
    seen = []
    fitted(Last("last", seen), Noting("first", seen), epochs=1)
    assert [name for name in seen if " " not in name] == ["first", "last"]
    assert npae.Checkpoint.acts_last and not npae.Callback.acts_last and npae.Callback.remembered == ()


@in_one_test("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_callback_is_left_when_training_ends_even_by_an_error(error):
    seen, plain = [], []

    def fail(training):
        plain.append(training.epoch)
        raise error

    if error is KeyboardInterrupt:
        with pytest.warns(UserWarning, match="interrupted after epoch 1"):
            assert fitted(Noting("a", seen), fail).stop_reason_ == "interrupted"
    else:
        with pytest.raises(error):
            fitted(Noting("a", seen), fail)
    assert (seen, plain) == (["a begins", "a", "a ends"], [1])


def test_training_offers_what_its_list_says():
    def look(training):
        assert training.epochs == 4 and training.last_epoch == training.epochs
        assert {"loss", "eta", "seconds", "evaluations", "val_loss", "refinements"} <= {*training.history}
        assert len(training.history["loss"]) == training.epoch
        assert training.network.parameters(training.theta)["encoder.0.W"].shape == (6, 4)
        np.testing.assert_array_equal(np.concatenate([training.data.X, training.validation.X]), X)
        assert training.data.target is training.data.X and training.data.mask is None
        assert training.measure("loss") == training.history["loss"][-1]
        assert training.measure("val_loss") == training.history["val_loss"][-1]
        training.measure("mse"), training.measure("val_mse"), training.measure(own)
        if training.epoch == 3:
            training.record("third", 0.5)
        assert training.listeners == training.after_iteration == []

    def own(original, reconstruction):
        return float(np.abs(original - reconstruction).max())

    ae = Autoencoder([4, 2], optimizer="adam", refine=None, epochs=4, random_state=0, callbacks=[look])
    history = ae.fit(X[:15], validation_data=X[15:]).history_
    np.testing.assert_array_equal(history["third"], [np.nan, np.nan, 0.5, np.nan])
    assert {"mse", "val_mse", "own"} <= {*history}


def test_validation_is_none_without_validation_data():
    seen = []
    fitted(lambda training: seen.append(training.validation), epochs=1)
    assert seen == [None]


def test_theta_is_moved_in_place_and_goes_back_to_a_copy():
    seen, copies = [], []

    def look(training):
        seen.append(training.theta)
        copies.append(training.theta.copy())
        if training.epoch == 4:
            training.go_back(copies[0])

    ae = fitted(look)
    assert all(np.shares_memory(seen[0], theta) for theta in seen)
    np.testing.assert_array_equal(ae.theta_, copies[0])
    assert (copies[0] != copies[1]).any()


def test_a_status_says_how_a_refinement_goes_on(monkeypatch):
    monkeypatch.setattr("npae.optimize.time_left.REPORT_EVERY", 0.0)
    seen = []

    def listen(training):
        loss, theta = training.history["loss"][-1], training.theta.copy()

        def hear(status):
            seen.append((status, training.history["loss"][-1] == loss, np.array_equal(training.theta, theta)))

        training.listeners[:] = [hear]

    ae = fitted(listen, **BFGS, epochs=2)
    statuses = [status for status, *_ in seen]
    assert {status.method for status in statuses} == {"BFGS"}
    losses, seconds, shares = ([getattr(status, name) for status in statuses] for name in ("loss", "seconds", "share"))
    assert losses == sorted(losses, reverse=True) and losses[-1] >= ae.history_["loss"][-1]
    assert seconds == sorted(seconds) and seconds[0] < ae.history_["seconds"][0] + seconds[-1]
    assert all(0 <= share <= 1 for share in shares if share is not None)
    assert all(status.seconds_left is None or status.seconds_left >= 0 for status in statuses)
    assert all(same_loss and same_theta for _, same_loss, same_theta in seen)


def test_an_iteration_counts_since_training_began():
    seen = []

    def follow(training):
        training.after_iteration[:] = [seen.append]

    history = fitted(follow, **BFGS, epochs=2).history_
    assert [one.iteration for one in seen] == [1, 2, 3, 4] and {one.method for one in seen} == {"BFGS"}
    assert history["evaluations"][0] < seen[0].evaluations <= seen[-1].evaluations <= history["evaluations"][1]
    assert history["seconds"][0] < seen[0].seconds <= seen[-1].seconds <= history["seconds"][1]
    assert all(one.gradient_norm > 0 for one in seen)


def test_an_iteration_without_a_gradient_has_no_norm():
    seen = []

    def follow(training):
        training.after_iteration[:] = [seen.append]

    fitted(follow, optimizer=None, refine=npae.Refine("Powell", max_evaluations=300), epochs=2, encoder=[1])
    assert seen and {one.gradient_norm for one in seen} == {None}


@pytest.mark.parametrize("reason", ["enough", True])
def test_a_string_that_ends_a_refinement_is_its_reason(reason):
    def follow(training):
        training.after_iteration[:] = [lambda iteration: reason]

    records = fitted(follow, **BFGS, epochs=2).history_["refinements"]
    assert records[1]["stopped"] == ("enough" if reason == "enough" else "callback")


# Early stopping


def test_a_metric_of_each_sample_is_added_up_and_epochs_between_are_not_a_number():
    stop = EarlyStopping("pixel_errors", target=-1, every=2)
    ae = fitted(stop)
    np.testing.assert_array_equal(ae.history_["pixel_errors"][:3:2], np.nan)
    assert ae.history_["pixel_errors"][-1] == metrics.pixel_errors(X, ae.reconstruct(X)).sum()


def test_epochs_between_do_not_count_for_patience():
    still = npae.GradientDescent(1e-300)
    ae = fitted(EarlyStopping(patience=2, every=3), optimizer=still, epochs=30)
    assert (ae.n_epochs_, ae.stop_reason_) == (9, "loss did not improve for 2 epochs")


@in_one_test(("name", "more"), [("psnr", True), ("binary_accuracy", True), ("accuracy", True), ("mse", False)])
def test_more_is_better_for_three_metrics(name, more):
    """A target that any value reaches, if the direction is the one that is named, and none else."""
    if name == "accuracy":
        labels = np.arange(20) % 2
        stop = EarlyStopping(name, target=-1)
        ae = npae.Classifier([2], epochs=3, callbacks=[stop], random_state=0).fit(X, labels)
    else:
        ae = fitted(EarlyStopping(name, target=-1000 if more else 1000), epochs=3)
    assert ae.n_epochs_ == 1 and "reached" in ae.stop_reason_


# Reports and records


def test_reports_look_at_the_first_samples():
    code = npae.GaussianCode(2)
    history = fitted(npae.UnitReport(samples=3), npae.CodeReport(samples=3), encoder=[npae.Dense(4, "relu"), code])
    some = {name: y for name, _, y in history.network_.outputs(history.theta_, X[:3])}
    np.testing.assert_allclose(history.history_["saturated encoder.0"][-1], (some["encoder.0"] == 0).mean())
    np.testing.assert_allclose(history.history_["dead encoder.0"][-1], (some["encoder.0"] == 0).all(axis=0).mean())
    np.testing.assert_allclose(sum(history.history_["code_kl"][-1]), history.history_["kl"][-1])
    means = some["encoder.1"]
    assert history.history_["active_units"][-1] == (means.var(axis=0) > 0.01).sum()


@in_one_test("make", [lambda every: npae.Record(["mse"], every), npae.UnitReport, npae.CodeReport])
def test_epochs_between_two_looks_are_not_a_number(make):
    layers = [npae.Dense(4, "relu"), npae.GaussianCode(2)]
    history = fitted(make(every=2) if isinstance(make, type) else make(2), encoder=layers).history_
    columns = [name for name in ("mse", "kl", "dead encoder.0") if name in history]
    assert columns
    for name in columns:
        assert [math.isnan(value) for value in history[name]] == [True, False, True, False]


@in_one_test("share", [-0.1, 1.5, math.nan])
def test_a_floor_is_a_share(share):
    with pytest.raises(ValueError, match=r"floor must be a number in \[0, 1\], got"):
        npae.Converged(floor=share)


@in_one_test("batch_size", [None, 5])
def test_almost_nothing_left_of_the_loss_ends_training(batch_size):
    """With batches the loss before the first epoch is not known: that of the first epoch takes its place."""
    settings = {"epochs": 30, "batch_size": batch_size, "optimizer": npae.Adam(0.01)}
    losses = fitted(**settings).history_["loss"]
    floor = losses[9] / losses[0] if batch_size else losses[9] / metrics.mse(X, first_reconstruction())
    ae = fitted(npae.Converged(tolerance=0.0, floor=floor * (1 + 1e-9)), **settings)
    assert (ae.stop_reason_, ae.n_epochs_) == ("converged", 10)


def first_reconstruction():
    return fitted(epochs=1, optimizer=npae.GradientDescent(1e-300)).reconstruct(X)


def test_batches_that_gain_too_little_have_converged():
    settings = {"epochs": 50, "batch_size": 5}
    losses = fitted(**settings).history_["loss"]
    ae = fitted(npae.Converged(tolerance=0.05), **settings)
    gains = 1 - np.array(losses[1:]) / losses[:-1]
    assert (ae.stop_reason_, ae.n_epochs_) == ("converged", 2 + np.argmax(gains <= 0.05))


def test_batches_converge_after_a_checkpoint_as_without_one(tmp_path):
    stop, file = npae.Converged(tolerance=0.0, floor=0.5), npae.Checkpoint(tmp_path / "a.npz")
    fitted(stop, file, batch_size=5, epochs=1)
    resumed = fitted(stop, file, batch_size=5, epochs=40)
    whole = fitted(stop, batch_size=5, epochs=40)
    assert resumed.history_["loss"] == whole.history_["loss"] and resumed.stop_reason_ == whole.stop_reason_


def test_tensorboard_writes_after_every_so_many_epochs(monkeypatch, tmp_path):
    written, drawn = [], []

    class Writer:
        def __init__(self, logdir, purge_step):
            pass

        def add_scalar(self, name, value, step):
            written.append((name, step))

        def add_histogram(self, name, values, step):
            drawn.append((name, step))

        def flush_now_and_then(self):
            pass

        def close(self):
            pass

    monkeypatch.setattr("npae.training.event_file.EventFile", Writer)
    fitted(npae.TensorBoard(tmp_path / "run", every=2, histograms=3), epochs=6)
    assert [step for name, step in written if name == "loss"] == [2, 4, 6]
    assert sorted({step for _, step in drawn}) == [3, 6]
    assert len({name for name, _ in drawn}) == 2 * 4  # weights and biases of two layers each
    drawn.clear()
    fitted(npae.TensorBoard(tmp_path / "other"))
    assert drawn == []


def test_a_table_without_pandas_is_refused(monkeypatch):
    history = fitted(epochs=1).history_
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pandas"):
        history.to_pandas()


def test_a_copy_of_a_history_has_the_same_lists():
    history = fitted(epochs=1).history_
    assert all(history.copy()[name] is column for name, column in history.items())


# Schedules


@dataclass(frozen=True)
class Watching(npae.EtaSchedule):
    """Note the calls of a schedule."""

    seen: list = field(default_factory=list, compare=False)
    needs: bool = True

    @property
    def wants_loss(self):
        return self.needs

    def start(self, loss):
        self.seen.append(("start", loss))
        return {}

    def update(self, eta, loss, memory, exact=True):
        self.seen.append(("update", memory["first"], exact))
        return eta / 2, True

    def after_epoch(self, eta, training, memory):
        self.seen.append(("after", eta, training.epoch, len(training.history["loss"])))
        return eta


@in_one_test("batch_size", [None, 5])
@in_one_test("needs", [True, False])
def test_a_schedule_is_asked_before_the_first_epoch_and_twice_after_each(batch_size, needs):
    seen = []
    adam = npae.Adam(0.25, adapt=Watching(seen, needs))
    ae = fitted(optimizer=adam, epochs=2, batch_size=batch_size)
    exact = batch_size is None
    (start, loss), *calls = seen
    assert start == "start" and math.isinf(loss) == (not exact and not needs)
    expected = [("update", 0.25, exact), ("after", 0.125, 1, 1), ("update", 0.25, exact), ("after", 0.0625, 2, 2)]
    assert calls == expected
    assert ae.history_["eta"] == [0.25, 0.125]


def test_cosine_decay_needs_a_number_of_epochs_in_a_stream():
    ae = Autoencoder([2], optimizer=npae.Adam(adapt=npae.CosineDecay()), random_state=0)
    with pytest.raises(ValueError, match="epochs must be"):
        ae.partial_fit(X)
    assert (
        Autoencoder([2], optimizer=npae.Adam(adapt=npae.CosineDecay(3)), random_state=0).partial_fit(X).n_epochs_ == 1
    )


def test_a_warm_up_wants_the_loss_if_its_follower_does():
    assert not npae.WarmUp(3).wants_loss and not npae.WarmUp(3, npae.CosineDecay()).wants_loss
    assert npae.WarmUp(3, npae.AdaptiveEta()).wants_loss


def test_eta_grows_back_to_its_first_value_at_most_if_the_loss_is_an_estimate():
    rule = npae.AdaptiveEta(grow=3.0, patience=1)
    for exact, most in ((False, 0.5), (True, 0.5 * 3**6)):
        memory, eta = rule.start(8.0), 0.5
        for step in range(6):
            eta, _ = rule.update(eta, 7.0 - step, memory, exact)
        assert eta == most


def test_an_exact_loss_rises_by_no_more_than_the_tolerance_allows():
    rule = npae.AdaptiveEta(tolerance=0.1)
    memory = rule.start(10.0)
    rule.update(1.0, 5.0, memory)  # has fallen by 5, of which 0.5 may be lost again
    assert rule.update(1.0, 5.4, dict(memory)) == (1.0, True)
    assert rule.update(1.0, 5.6, dict(memory)) == (0.5, False)
    assert npae.AdaptiveEta(tolerance=0.1, undo=False).update(1.0, 5.6, dict(memory)) == (0.5, True)


def test_a_plateau_ends_with_a_gain_of_more_than_min_delta():
    losses = iter([10.0, 9.0, 8.0, 7.0, 6.0, 5.0])

    def watched(original, reconstruction):
        return next(losses)

    rule = npae.ReduceOnPlateau(watched, patience=2, min_delta=1.0, factor=0.5)
    history = fitted(optimizer=npae.Adam(0.5, adapt=rule), epochs=6).history_
    # 9 is no gain over 10, and 8 is one of more than 1; neither is 7 over 8, and 6 is one again
    assert history["eta"] == [0.5] * 6
    losses = iter([10.0, 9.5, 9.0, 8.5, 8.0, 8.0])
    history = fitted(optimizer=npae.Adam(0.5, adapt=rule), epochs=6).history_
    assert history["eta"] == [0.5, 0.5, 0.5, 0.25, 0.25, 0.25]
