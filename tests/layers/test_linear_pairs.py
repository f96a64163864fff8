"""Layers that are linear because nobody gave an activation: said once where that makes two linear maps in a row."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from looped import in_one_test

from npae import (
    LSTM,
    Autoencoder,
    Classifier,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    MaxPool2D,
    Reshape,
    load,
)
from npae.layers import warn_of_linear_pairs
from npae.settings.description import describe, restore

SILENT = [
    ([Dense(8, "identity"), Dense(2)], []),
    ([Dense(8, "tanh"), Dense(2)], [Dense(8, "tanh"), Dense(5)]),
    ([Dense(2)], [Dense(5)]),
    ([Dense(2)], [Dense(8, "relu"), Dense(5)]),
    ([Conv2D(4, 3), MaxPool2D(2), Flatten(), Dense(2)], []),
    ([Dense(4), LSTM(3)], []),
    ([Dense(4), GaussianCode(2)], []),
    ([Conv2D(4, 3), Flatten()], [Reshape((2, 2, 4)), Conv2D(1, 3)]),
]
WARNED = [
    ([Dense(8), Dense(2)], [], r"encoder.0 \(Dense\) .* together with encoder.1, got none\."),
    ([Conv2D(4, 3), Flatten(), Dense(2, "tanh")], [], r"encoder.0 \(Conv2D\) .* with encoder.2"),
    ([Conv1D(4, 3), Conv1D(4, 3), Flatten(), Dense(2)], [], r"encoder.0 .*\(2 such pairs in all\)"),
    ([Dense(8), Dropout(0.5), Dense(2)], [], "encoder.0 .* with encoder.2"),
    ([Dense(2)], [Dense(8), Dense(5)], "decoder.0 .* with decoder.1"),
    ([Dense(2)], [Reshape((1, 1, 2)), ConvTranspose2D(4, 3), Conv2D(1, 3)], "decoder.1 .* with decoder.2"),
]


@in_one_test(("encoder", "decoder"), SILENT)
def test_nothing_is_said_of_what_was_asked_for(encoder, decoder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_linear_pairs(encoder, decoder)


@in_one_test(("encoder", "decoder", "message"), WARNED)
def test_the_first_pair_is_named_with_what_to_do(encoder, decoder, message):
    with pytest.warns(UserWarning, match=f"{message}.*Give activation='relu' or another, or activation='identity'"):
        warn_of_linear_pairs(encoder, decoder)


def test_fit_says_it_once(recwarn):
    X = np.random.default_rng(0).random((6, 5))
    ae = Autoencoder([Dense(4), Dense(2)], epochs=1, random_state=0).fit(X)
    assert len(recwarn) == 1
    ae.partial_fit(X)
    assert len(recwarn) == 1
    with pytest.warns(UserWarning, match="encoder.0"):
        Classifier([Dense(4), Dense(2)], epochs=1).fit(X, [0, 1] * 3)


def test_a_layer_without_an_activation_is_the_linear_one(tmp_path):
    assert Dense(2) == Dense(2, "identity")
    assert hash(Dense(2)) == hash(Dense(2, "identity"))
    assert repr(Dense(2)) == "Dense(units=2, activation='identity')"
    assert describe(Dense(2)) == describe(Dense(2, "identity"))
    assert restore(describe(Conv2D(4, 3))) == Conv2D(4, 3) == pickle.loads(pickle.dumps(Conv2D(4, 3)))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_is_still_warned_of(duplicate):
    with pytest.warns(UserWarning, match="encoder.0"):
        warn_of_linear_pairs(duplicate([Dense(8), Dense(2)]), [])


@pytest.mark.filterwarnings("ignore:encoder.0")
def test_a_file_has_given_its_activations(tmp_path):
    X = np.random.default_rng(0).random((6, 5))
    Autoencoder([Dense(4), Dense(2)], epochs=1, random_state=0).fit(X).save(tmp_path / "model.npz")
    model = load(tmp_path / "model.npz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X)
