import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Dense, EarlyStopping, Record, UnitReport

X = np.random.default_rng(0).random((24, 6))


def fitted(*callbacks, **params):
    return Autoencoder(**{"encoder": [5, 3], "epochs": 6, "random_state": 0, **params}, callbacks=callbacks).fit(X)


def test_metrics_of_training_and_validation_data_are_recorded():
    ae = fitted(Record(["mse", "val_mse", "val_binary_accuracy"]), validation_fraction=0.25)
    assert len(ae.history_["mse"]) == len(ae.history_["val_mse"]) == 6
    np.testing.assert_allclose(ae.history_["mse"][-1], npae.metrics.mse(X[:18], ae.reconstruct(X[:18])), rtol=1e-12)
    np.testing.assert_allclose(ae.history_["val_mse"][-1], npae.metrics.mse(X[18:], ae.reconstruct(X[18:])), rtol=1e-12)
    assert 0 < ae.history_["val_binary_accuracy"][-1] <= 1


def test_metrics_are_measured_now_and_then():
    ae = fitted(Record(["psnr"], every=4))
    np.testing.assert_array_equal(np.isnan(ae.history_["psnr"]), [True, True, True, False, True, True])


def test_a_metric_of_the_validation_data_can_stop_training():
    ae = fitted(EarlyStopping("val_mse", target=10.0), validation_fraction=0.25)
    assert ae.stop_reason_ == "val_mse reached 10.0"
    assert len(ae.history_["val_mse"]) == 1


def test_dead_and_saturated_units_are_counted():
    """Biases far below zero silence two of five relu units; far from zero they saturate one tanh unit of four."""

    def silence(training):
        views = training.network.parameters(training.theta)
        views["encoder.0.b"][:2] = -100
        views["encoder.1.b"][0] = 50

    encoder = [Dense(5, "relu"), Dense(4, "tanh"), Dense(2)]
    history = fitted(silence, UnitReport(), encoder=encoder, decoder=[6], optimizer=npae.Adam(1e-9)).history_
    assert history["dead encoder.0"][-1] >= 2 / 5
    assert history["saturated encoder.0"][-1] >= history["dead encoder.0"][-1]
    np.testing.assert_allclose(history["saturated encoder.1"][-1], 1 / 4)
    np.testing.assert_allclose(history["dead encoder.1"][-1], 1 / 4)
    assert not any("encoder.2" in name or "decoder.0" in name for name in history if name.startswith("dead"))


@in_one_test("activation", ["leaky_relu", "selu", "elu", "softplus", "sigmoid"])
def test_units_that_learn_are_not_dead(activation):
    history = fitted(UnitReport(every=3), activation=activation).history_
    assert history["dead encoder.0"][2] == history["dead decoder.0"][5] == 0
    assert np.isnan(history["dead encoder.0"][0])
    assert set(npae.UnitReport(every=2, samples=7).__dict__.values()) == {2, 7}


@in_one_test(
    ("make", "message"),
    [
        (lambda: Record("mse"), "metrics must be a list of metrics"),
        (lambda: Record(["mses"]), "monitor must be one of 'loss'"),
        (lambda: Record(["mse"], every=0), "every must be an integer"),
        (lambda: UnitReport(every=0), "every must be an integer"),
        (lambda: UnitReport(samples=0), "samples must be an integer"),
        (lambda: fitted(Record(["val_mse"])), "validation_data must be given to fit to monitor 'val_mse'"),
    ],
)
def test_bad_fields_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
