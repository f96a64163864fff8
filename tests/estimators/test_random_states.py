"""What draws takes the seed that it is given, and the estimator's if it is given none."""

import numpy as np
import pytest

from npae import Autoencoder, GaussianCode

X = (np.random.default_rng(0).random((20, 6)) > 0.5).astype(float)
DRAWING = {
    "sample": lambda ae, **seed: ae.sample(5, **seed),
    "sample_posterior": lambda ae, **seed: ae.sample_posterior(X, 2, **seed),
    "elbo": lambda ae, **seed: ae.elbo(X, 2, **seed),
    "log_likelihood": lambda ae, **seed: ae.log_likelihood(X, 2, **seed),
}


@pytest.fixture(scope="module")
def ae():
    return Autoencoder([GaussianCode(2)], loss="bce", epochs=2, random_state=7).fit(X)


@pytest.mark.parametrize("method", DRAWING)
def test_without_a_seed_it_is_that_of_the_estimator_and_a_given_one_counts(method, ae):
    draw = DRAWING[method]
    np.testing.assert_array_equal(draw(ae), draw(ae, random_state=7))
    np.testing.assert_array_equal(draw(ae, random_state=8), draw(ae, random_state=np.random.default_rng(8)))
    assert (draw(ae, random_state=8) != draw(ae)).any()
