"""Series with a mask in parts, without a cluster: the sums of the parts are those of the whole."""

import types

import numpy as np
import pytest

import npae
from npae import LSTM, distributed
from npae.layers import mirrored

LENGTHS = np.random.default_rng(0).integers(2, 7, 12)
X, MASK = npae.series.pad([np.random.default_rng(n).random((n, 2)) for n in LENGTHS])
SPOILT = np.where(MASK[:, :, None], X, np.nan)
NETWORK = npae.Network([LSTM(3)], mirrored([LSTM(3)], (6, 2), "identity"), in_shape=(6, 2))
THETA = NETWORK.init(np.random.default_rng(1))


class Here:
    """A client of a cluster that does everything at once, in this process."""

    def run(self, *_, **__):
        return {}

    def submit(self, function, *arguments, pure):
        arguments = [getattr(argument, "value", argument) for argument in arguments]
        return self.future(function(*arguments))

    def gather(self, futures):
        return [future.value for future in futures]

    def future(self, value):
        return types.SimpleNamespace(value=value, key="", client=self, result=lambda: value)


@pytest.fixture
def parts():
    return [Here().future(part) for part in np.split(SPOILT, [5, 8])]


def test_parts_add_up_to_the_whole(parts):
    objective = distributed.DistributedObjective(NETWORK, distributed.Rows(parts, Here(), MASK))
    value, gradient = NETWORK.value_and_gradient(THETA, X, mask=MASK)
    there = objective.value_and_gradient(THETA)
    np.testing.assert_allclose(there[0], value, rtol=1e-12)
    np.testing.assert_allclose(there[1], gradient, rtol=0, atol=1e-12)
    assert objective.value(THETA) == there[0]
    np.testing.assert_array_equal(objective.rows[:2], X[:2])


def test_a_fit_is_that_of_the_whole(parts):
    there, here = (npae.Autoencoder([LSTM(3)], epochs=3, random_state=0, threads=1) for _ in range(2))
    distributed.fit(there, parts, Here(), mask=MASK)
    here.fit(X, mask=MASK)
    np.testing.assert_allclose(there.theta_, here.theta_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.code_mean_, here.code_mean_, rtol=0, atol=1e-10)
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        there.score(X)


@pytest.mark.parametrize("mask", [MASK[:3], MASK.astype(int), np.zeros_like(MASK)], ids=["few", "ints", "none"])
def test_a_mask_that_does_not_fit_is_refused(parts, mask):
    with pytest.raises(ValueError, match="mask must (be bools of shape|leave at least one step)"):
        distributed.fit(npae.Autoencoder([LSTM(3)]), parts, Here(), mask=mask)
