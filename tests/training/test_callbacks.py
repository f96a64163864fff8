import re
import sys

import numpy as np
import pytest
import tqdm
from looped import in_one_test

import npae
from npae import Autoencoder, EarlyStopping, Progress

X = (np.random.default_rng(0).random((12, 6)) > 0.5).astype(float)


def fitted(*callbacks, **params):
    ae = Autoencoder(encoder=[8, 6], loss="bce", callbacks=callbacks, **{"epochs": 300, "random_state": 0, **params})
    return ae.fit(X)


def test_training_stops_at_the_first_epoch_that_reaches_the_target():
    ae = fitted(EarlyStopping("loss", target=0.2))
    assert ae.history_["loss"][-1] <= 0.2 < min(ae.history_["loss"][:-1])
    assert ae.stop_reason_ == "loss reached 0.2"


def test_training_stops_when_no_pixel_is_wrong():
    ae = fitted(EarlyStopping("pixel_errors", target=0))
    assert npae.metrics.pixel_errors(X, ae.reconstruct(X)).sum() == 0
    assert ae.history_["pixel_errors"][-1] == 0 < ae.history_["pixel_errors"][-2]


def test_a_metric_can_be_measured_now_and_then():
    ae = fitted(EarlyStopping("mse", target=0, every=3), epochs=7)
    np.testing.assert_array_equal(np.isnan(ae.history_["mse"]), [True, True, False, True, True, False, True])


def test_a_metric_of_ones_own_can_be_monitored_upwards():
    def sharpness(original, reconstruction):
        return float(np.abs(reconstruction - 0.5).min())

    ae = fitted(EarlyStopping(sharpness, target=0.2, mode="max"))
    assert ae.history_["sharpness"][-1] >= 0.2 > max(ae.history_["sharpness"][:-1])


def test_patience_counts_epochs_without_improvement():
    values = iter([5.0, 4.0, 4.0, 3.95, 3.0, 3.0, 3.0, 3.0])

    def scripted(original, reconstruction):
        return next(values)

    ae = fitted(EarlyStopping(scripted, patience=3, min_delta=0.1))
    assert ae.n_epochs_ == 8
    assert ae.stop_reason_ == "scripted did not improve for 3 epochs"


def test_restore_best_goes_back_to_the_best_theta():
    losses = []
    ae = fitted(
        EarlyStopping("loss", patience=2, restore_best=True),
        lambda training: losses.append(training.history["loss"][-1]) and None,
        optimizer=npae.GradientDescent(eta=60.0),
    )
    assert losses[-1] > min(losses)
    assert ae.network_.value(ae.theta_, X) == min(losses)


def test_val_loss_can_be_monitored_with_validation_data_only():
    callback = EarlyStopping("val_loss", patience=5)
    ae = Autoencoder(encoder=[3], callbacks=[callback], epochs=2000, random_state=0).fit(X, validation_data=1 - X)
    assert "did not improve" in ae.stop_reason_
    with pytest.raises(ValueError, match="validation_data must be given to fit to monitor 'val_loss'"):
        fitted(callback)


WATCHERS = {  # what may watch validation data
    "EarlyStopping": {"callbacks": [EarlyStopping("val_loss", patience=5)]},
    "EarlyStopping of a metric": {"callbacks": [EarlyStopping("val_mse", target=0)]},
    "Record": {"callbacks": [npae.Record(["mse", "val_mse"])]},
    "ReduceOnPlateau": {"callbacks": [npae.ReduceOnPlateau("val_loss")]},
    "ReduceOnPlateau of an optimizer": {"optimizer": npae.Adam(adapt=npae.ReduceOnPlateau("val_loss"))},
    "ReduceOnPlateau after WarmUp": {"callbacks": [npae.WarmUp(2, then=npae.ReduceOnPlateau("val_loss"))]},
}


@pytest.mark.parametrize("watcher", WATCHERS)
def test_what_watches_validation_data_is_refused_by_name_before_anything_is_computed(watcher, monkeypatch):
    options, name = WATCHERS[watcher], watcher.split()[0]
    ae, before = (Autoencoder([3], epochs=2, random_state=0, **settings) for settings in (options, {}))
    before.fit(X).set_params(**options)
    with monkeypatch.context() as patched:
        patched.setattr("npae.estimators.fitting.prepare", None)  # nothing that comes later is reached
        message = f"validation_data must be given to fit to monitor 'val_(loss|mse)' in {name}, got None"
        with pytest.raises(ValueError, match=f"{message}.*Set validation_fraction, or give validation_data"):
            ae.fit(X)
        for fraction in (None, 0.25):  # of which partial_fit takes no notice
            with pytest.raises(
                ValueError, match=f"{name} must watch the training data in partial_fit, which holds noth"
            ):
                Autoencoder([3], validation_fraction=fraction, **options).partial_fit(X)
        with pytest.raises(ValueError, match=f"{name} must watch the training data in partial_fit"):
            before.partial_fit(X)
        with pytest.raises(ValueError, match=f"in {name}, got None"):
            npae.Classifier([3], **options).fit(X, np.arange(len(X)) % 2)
        with pytest.raises(ValueError, match=f"in {name}, got None"):
            npae.AnomalyDetector(ae).fit(X)
    assert ae.set_params(validation_fraction=0.25).fit(X).history_["val_loss"]


def test_a_callback_of_ones_own_gets_no_number_of_validation_data_that_is_not_there():
    for name in ("val_loss", "val_mse"):
        with pytest.raises(ValueError, match=f"validation_data must be given to fit to monitor '{name}'"):
            fitted(lambda training, name=name: training.measure(name) < 0)


def test_a_stream_after_validated_training_keeps_the_best_of_its_own_losses():
    """The best loss on validation data says nothing about losses on other data."""
    ae = Autoencoder([3], epochs=3, optimizer="adam", random_state=0).fit(X, validation_data=X)
    ae._state.best["loss"] = -1.0
    ae.partial_fit(X)
    assert ae._state.best == {**ae._state.best, "loss": ae.history_["loss"][-1], "epoch": 4}
    ae._state.best["loss"] = -1.0
    assert ae.partial_fit(X)._state.best["loss"] == -1.0


def test_a_plain_function_sees_training_and_can_stop_it():
    seen = []

    def callback(training):
        seen.append((training.epoch, training.epochs, len(training.history["loss"]), training.theta.size))
        return "enough" if training.epoch == 4 else None

    ae = fitted(callback, epochs=9)
    size = ae.network_.n_parameters
    assert seen == [(1, 9, 1, size), (2, 9, 2, size), (3, 9, 3, size), (4, 9, 4, size)]
    assert ae.stop_reason_ == "enough"


@in_one_test("nothing", [np.False_, False, 0, "", None])
def test_a_plain_function_that_returns_nothing_true_does_not_stop_training(nothing):
    ae = fitted(lambda training: nothing, epochs=4)
    assert (ae.n_epochs_, ae.stop_reason_) == (4, "epochs")
    assert fitted(lambda training: np.True_, epochs=4).stop_reason_ == "callback"


def test_progress_writes_lines_now_and_then_where_there_is_no_terminal(capsys):
    fitted(Progress(every=0), epochs=3)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(r"epoch 3 of 3, loss \d.\d+", lines[-1])
    fitted(Progress(every=1000), epochs=3)
    assert capsys.readouterr().err == ""


def test_progress_shows_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fitted(Progress(), epochs=3)
    assert "epoch" in capsys.readouterr().err


@pytest.fixture
def impatient(monkeypatch):
    """Every refinement counts as a long one, and reports after each evaluation."""
    monkeypatch.setattr("npae.training.progress.LONG", 0.0)
    monkeypatch.setattr("npae.optimize.time_left.REPORT_EVERY", 0.0)


REFINED = {"optimizer": None, "refine": npae.Refine("Powell", max_evaluations=200), "epochs": 2}


def test_progress_writes_lines_during_a_long_refinement(capsys, impatient):
    ae = fitted(Progress(every=0), **REFINED)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 * 199 + 2
    assert re.fullmatch(r"refining by Powell, loss 0\.\d+, 50 %, about 0 s left", lines[99])
    assert lines[199] == f"epoch 1 of 2, loss {ae.history_['loss'][0]:.4g}"
    fitted(Progress(every=1000), **REFINED)
    assert capsys.readouterr().err == ""


def test_progress_shows_a_bar_during_a_long_refinement(capsys, impatient, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fitted(Progress(), **REFINED)
    shown = capsys.readouterr().err
    assert re.search(r"refining by Powell, loss 0\.\d+, \d+ %, about 0 s left \|", shown)
    assert "epoch" in shown


def test_the_bar_of_a_refinement_goes_when_the_refinement_ends(impatient, monkeypatch):
    opened = []

    class Bar(tqdm.tqdm):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            opened.append(self)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    still_open = []
    fitted(Progress(), lambda training: still_open.append(sum(not bar.disable for bar in opened)) and None, **REFINED)
    assert still_open == [1, 1]
    assert len(opened) == 3
    assert all(bar.disable for bar in opened)  # as tqdm marks those that are closed


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_nothing_of_a_short_refinement(capsys, monkeypatch, terminal):
    monkeypatch.setattr("npae.optimize.time_left.REPORT_EVERY", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    fitted(Progress(every=0), **REFINED)
    assert "refining" not in capsys.readouterr().err


def test_a_callback_can_listen_to_refinements_and_progress_removes_its_listener(impatient):
    seen, epochs = [], []

    def listen(training):
        epochs.append(training)
        training.listeners.append(lambda status: seen.append((status.method, status.loss, status.share)))

    ae = fitted(Progress(), listen, **REFINED)
    methods, losses, shares = zip(*seen, strict=True)
    assert set(methods) == {"Powell"}
    assert min(losses) >= ae.history_["loss"][-1]
    assert list(shares) == sorted(shares)
    assert len(epochs[-1].listeners) == len(epochs)


@in_one_test(
    ("fields", "message"),
    [
        (
            {"monitor": "pixel_error", "target": 0},
            "monitor must be one of 'loss', 'val_loss', 'accuracy', 'pixel_errors'",
        ),
        ({}, "target or patience must be given"),
        ({"patience": 0}, "patience must be an integer"),
        ({"target": "low"}, "target must be a number"),
        ({"monitor": Progress(), "target": 0}, "monitor must be one of .* or a function"),
        ({"patience": 1, "every": 0}, "every must be an integer"),
        ({"patience": 1, "min_delta": -1}, "min_delta must be a number"),
        ({"patience": 1, "mode": "up"}, "mode must be 'min', 'max' or None"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**fields)
    with pytest.raises(ValueError, match="every must be a number"):
        Progress(every=-1)


def test_a_callback_without_a_context_manager_is_refused():
    class Forgetful(npae.Callback):
        def begin(self, training, memory):
            yield lambda: None

    with pytest.raises(TypeError, match="begin of Forgetful must return a context manager, got generator. Decorate it"):
        fitted(Forgetful())


def test_metrics_of_equal_names_do_not_share_a_column():
    seen = []
    callbacks = [EarlyStopping(lambda x, r, k=k: seen.append(k) or float(k), target=0) for k in (1, 2)]

    def eta(original, reconstruction):
        return 7.0

    def val_mse(original, reconstruction):
        return 9.0

    validated = fitted(EarlyStopping(val_mse, target=0), npae.Record(["val_mse"]), epochs=2, validation_fraction=0.25)
    assert validated.history_["val_mse 2"] == [9, 9] != validated.history_["val_mse"]
    ae = fitted(*callbacks, EarlyStopping(eta, target=0), epochs=2)
    assert seen == [1, 2, 1, 2]
    assert (ae.history_["<lambda>"], ae.history_["<lambda> 2"]) == ([1, 1], [2, 2])
    assert ae.history_["eta 2"] == [7, 7]
    assert ae.stop_reason_ == "epochs"


def test_accuracy_is_better_when_it_is_higher():
    ae = fitted(EarlyStopping("binary_accuracy", target=1.0))
    assert ae.history_["binary_accuracy"][-1] == 1 > ae.history_["binary_accuracy"][0]


@in_one_test("callbacks", [5, EarlyStopping, [None]])
def test_anything_but_callbacks_is_refused(callbacks):
    with pytest.raises(ValueError, match="callbacks must be callbacks or functions"):
        Autoencoder(callbacks=callbacks).fit(X)


def test_a_callback_that_is_none_is_refused():
    with pytest.raises(ValueError, match="callbacks must be callbacks or functions"):
        fitted("stop")
