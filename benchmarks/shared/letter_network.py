"""The letter network 35-29-23-2-23-29-35 and the 32 capitals."""

import numpy as np

import npae

HIDDEN = (29, 23, 2, 23, 29)
INIT = npae.Gaussian(std=0.3)
LETTERS = {"activation": "tanh", "loss": "bce", "init": INIT}  # of an estimator


def letter_network(loss):
    """Return the network (sigmoid output for "bce", identity for "mse"), a theta and the letters (32, 35)."""
    encoder = [npae.Dense(units, "tanh") for units in HIDDEN[:3]]
    decoder = [npae.Dense(units, "tanh") for units in HIDDEN[3:]] + [npae.Dense(35)]
    network = npae.Network(encoder, decoder, loss, in_shape=(35,), init=INIT)
    return network, network.init(np.random.default_rng(0)), npae.datasets.load_font("capitals").pixels
