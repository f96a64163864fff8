"""Sums over long vectors do not depend on blocks and threads."""

import numpy as np
import pytest

from npae.execution.threads import Threads
from npae.optimize import long_vectors

VECTORS = list(np.random.default_rng(0).standard_normal((3, 23)))


@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_of_all_threads_add_up(threads, monkeypatch):
    monkeypatch.setattr(long_vectors, "BLOCK", 5)
    with Threads(threads) as team:
        found = long_vectors.inner_products(VECTORS, team)
        np.testing.assert_allclose(found, np.array(VECTORS) @ np.array(VECTORS).T, rtol=1e-13)
        made = long_vectors.combine(VECTORS, [2.0, -1.0, 0.5], np.empty(23), team)
        np.testing.assert_allclose(made, np.array([2.0, -1.0, 0.5]) @ np.array(VECTORS), rtol=1e-13)
        first = VECTORS[0].copy()
        assert long_vectors.combine([first, VECTORS[1]], [3.0, 1.0], first, team) is first  # one of the vectors itself
    np.testing.assert_allclose(first, 3 * VECTORS[0] + VECTORS[1], rtol=1e-13)
