"""The moments of wide codes are merged from those of the parts, without a covariance."""

import numpy as np

import npae
from npae import Conv2D
from npae.distributed.cluster_fit import _code_moments
from npae.distributed.parts import packed
from npae.estimators.code_moments import code_moments, without_covariance
from npae.samples import Samples
from npae.samples.moments import merged


def test_the_moments_of_parts_are_those_of_all_rows():
    X = np.random.default_rng(0).random((7, 12, 20, 1))
    network = npae.Network([Conv2D(3, 3)], [Conv2D(1, 3)], in_shape=(12, 20, 1))
    theta = network.init(np.random.default_rng(0))
    there = without_covariance(merged(_code_moments(part, theta, packed(network)) for part in (X[:3], X[3:])))
    here = code_moments(network, theta, Samples(X))
    assert there.covariance is None and here.covariance is None
    np.testing.assert_allclose(there.mean, here.mean, atol=1e-14)
    np.testing.assert_allclose(there.variance, here.variance, atol=1e-14)
