"""What a summary says of a network is what the network has."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES
from looped import in_one_test

import npae
from npae import (
    LSTM,
    Autoencoder,
    AveragePool2D,
    Classifier,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    Network,
    Upsample,
)

X = np.random.default_rng(0).random((30, 6))


@pytest.mark.fast_cases(12)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_is_listed_with_its_shape_and_numbers(case):
    network = case.network()
    summary = network.summary()
    sizes = {name: array.size for name, array in network.parameters(np.zeros(network.n_parameters)).items()}
    for layer in summary.layers:
        assert layer.parameters == sum(size for name, size in sizes.items() if name.startswith(f"{layer.name}."))
    assert [layer.out_shape for layer in summary.layers] == network.encoder.shapes[1:] + network.decoder.shapes[1:]
    assert sum(layer.parameters for layer in summary.layers) == summary.n_parameters == network.n_parameters
    assert type(case.layer).__name__ in str(summary)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_is_that_of_the_arrays(dtype):
    network = Network([Dense(4, "tanh"), Dense(2)], [Dense(6)], in_shape=6, dtype=dtype)
    theta, batch = network.init(np.random.default_rng(0)), X[:10].astype(dtype)
    summary = network.summary(batch_size=10)
    assert summary.theta_bytes == theta.nbytes
    assert summary.activation_bytes == batch.nbytes + sum(y.nbytes for _, _, y in network.outputs(theta, batch))
    assert "a batch of 10 samples" in str(summary)


def mirrors(encoder, shape, decoder=None, **params):
    return {layer.name: layer.mirrors for layer in Autoencoder(encoder, decoder, **params).summary(shape).layers}


@in_one_test(
    ("encoder", "shape", "expected"),
    [
        ([4, 3, 2], 6, {f"decoder.{i}": f"encoder.{2 - i}" for i in range(3)}),
        ([Conv2D(3, 3), Flatten(), 2], (4, 4, 1), {f"decoder.{i}": f"encoder.{2 - i}" for i in range(3)}),
        ([LSTM(3)], (5, 2), {f"decoder.{i}": "encoder.0" for i in range(3)}),
        ([Dropout(0.1), GaussianCode(2)], 6, {"decoder.0": "encoder.1"}),
        ([Upsample(2), Conv2D(1, 3)], (4, 4, 1), {"decoder.0": "encoder.1", "decoder.1": "encoder.0"}),
    ],
    ids=["dense", "convolution", "lstm", "noise", "upsample"],
)
def test_a_mirrored_decoder_says_what_each_layer_mirrors(encoder, shape, expected):
    found = mirrors(encoder, shape)
    assert {name: other for name, other in found.items() if name.startswith("decoder")} == expected
    assert not any(other for name, other in found.items() if name.startswith("encoder"))


def test_a_decoder_of_ones_own_mirrors_as_far_as_it_agrees():
    assert mirrors([5, 4, 2], 6, [4, 3, 6])["decoder.0"] == "encoder.2"
    assert mirrors([5, 4, 2], 6, [4, 3, 6])["decoder.1"] == ""
    assert (
        mirrors([Conv2D(2, 2, 2, "valid"), AveragePool2D(2)], (8, 8, 1), [ConvTranspose2D(1, 4, 4)])["decoder.0"] == ""
    )


@dataclass(frozen=True)
class Odd(npae.Layer):
    """A layer whose mirror is broken."""

    label: str = "<script>alert(1)</script>"

    def forward(self, x, params, context):
        return x, lambda dy, grads: dy

    def mirror(self, in_shape, activation):
        raise RuntimeError("no mirror")


def test_a_broken_mirror_does_not_keep_a_summary_from_being_made():
    summary = Network([Odd("a"), Dense(2)], [Dense(6), Odd()], in_shape=6).summary()
    assert [layer.mirrors for layer in summary.layers] == ["", "", "encoder.1", ""]


def test_text_in_a_summary_does_not_become_html():
    html = Network([Odd("<b>")], [Dense(6)], in_shape=6).summary(title="<i>me</i>")._repr_html_()
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_last_layer_has_the_activation_of_the_prediction():
    assert Autoencoder([2], loss="bce").summary(6).layers[-1].activation == "sigmoid"
    assert Autoencoder([2]).summary((2, 3)).layers[-2].activation == "identity"
    classifier = Classifier([3], epochs=2, optimizer="adam", random_state=0).fit(X, np.arange(30) % 3)
    assert classifier.summary().layers[-1].activation == "softmax"


def test_a_fitted_model_shows_the_network_that_was_fitted():
    ae = Autoencoder([4, 2], epochs=2, optimizer="adam", batch_size=8, random_state=0).fit(X)
    ae.set_params(encoder=[3])
    assert ae.summary().n_parameters == ae.theta_.size
    assert ae.summary().batch_size == 8
    assert ae.summary(batch_size=3).batch_size == 3
    assert ae.summary(6).code_shape == (3,)
    assert ae.summary() == ae.network_.summary(batch_size=8, title="Autoencoder")
    detector = npae.AnomalyDetector(Autoencoder([2], epochs=2, optimizer="adam", random_state=0)).fit(X)
    assert detector.summary() == detector.autoencoder_.network_.summary(title="AnomalyDetector")


@pytest.mark.parametrize("model", [Classifier(), npae.AnomalyDetector()], ids=lambda model: type(model).__name__)
def test_what_is_not_fitted_has_no_network_to_show(model):
    with pytest.raises(ValueError, match="must be fitted before this, got an unfitted one. Call fit first"):
        model.summary()


def test_an_autoencoder_that_is_not_fitted_needs_to_know_what_a_sample_looks_like():
    with pytest.raises(ValueError, match=r"must be fitted to show its network.*say what a sample looks like: summary"):
        Autoencoder([2]).summary()
    with pytest.raises(ValueError, match="in_shape must be an integer of at least 1, got 0"):
        Autoencoder([2]).summary(0)
    fitted = Autoencoder([2], epochs=1, optimizer="adam", batch_size=8)
    detector = npae.AnomalyDetector(fitted).fit(X)
    classifier = Classifier([2], epochs=1, optimizer="adam").fit(X, np.arange(len(X)) % 2)
    for summary in (Autoencoder([2]).summary, detector.summary, classifier.summary):
        for size in (-1, 0, 2.5, True):
            shape = {"in_shape": 6} if summary.__self__.__class__ is Autoencoder else {}
            with pytest.raises(ValueError, match=f"batch_size must be an integer of at least 1, got {size}"):
                summary(**shape, batch_size=size)
    assert detector.summary().batch_size == 8
    same = Autoencoder([4, 2], epochs=2, optimizer="adam", random_state=0)
    assert same.summary(6) == same.fit(X).summary()


def test_the_layers_are_a_table_of_pandas():
    pytest.importorskip("pandas")
    summary = Autoencoder([4, 2]).summary(6)
    table = summary.to_pandas()
    assert list(table["name"]) == [layer.name for layer in summary.layers]
    assert table["parameters"].dtype == "int64"
    assert table["parameters"].sum() == summary.n_parameters


def test_the_columns_of_the_text_stand_below_one_another():
    lines = str(Autoencoder([29, 23, 2]).summary(35)).splitlines()[2:10]
    at = lines[0].index("output shape")
    assert [line[at] for line in lines[1:]] == ["("] * 7
    assert all(line == line.rstrip() for line in lines)
    assert math.prod(Autoencoder([2]).summary((28, 28)).in_shape) == 784
