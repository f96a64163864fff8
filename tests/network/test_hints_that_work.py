"""What a refusal of second-order training tells to use instead is not refused in turn."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from test_own_curvature import Half, Scale

import npae
from npae import Autoencoder, Refine

X = np.random.default_rng(0).random((10, 4))


@dataclass(frozen=True)
class Plain(npae.Loss):
    """mean((z - t)^2) / 2, without curvature."""

    def forward(self, z, target, context):
        difference, share = context.blank(z - target), context.share_of_mean(z)
        return float(np.sum(share * difference**2) / 2), lambda: share * difference


@dataclass(frozen=True)
class Straight(Scale):
    """A layer without linearize."""

    linearize = None


CASES = {
    "a loss without curvature": ([2], Plain()),
    "a loss with curvature": ([2], Half()),
    "a layer without linearize": ([Straight(), 2], Half()),
    "a code that charges": ([npae.GaussianCode(2)], "mse"),
}


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize("name", CASES)
def test_another_method_that_is_named_works(name):
    encoder, loss = CASES[name]

    def train(refine):
        return Autoencoder(encoder, loss=loss, optimizer=None, refine=refine, epochs=1, random_state=0).fit(X)

    with pytest.raises(ValueError, match="for least squares, got ") as caught:
        train(Refine("least_squares"))
    methods = re.findall(r"Refine\('(.+?)'\)", str(caught.value))
    assert methods
    for method in methods:
        assert train(Refine(method, max_iterations=2)).history_["loss"]
