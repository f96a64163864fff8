"""Which threads move theta in a step of an optimizer."""

import numpy as np
import pytest

from npae import Adam
from npae.optimize import optimizer


class Halves:
    """A team of two that counts how often it is asked to do something."""

    asked = 0

    def part(self, i, size):
        """Return the first or the second half of so many."""
        return slice(i * size // 2, (i + 1) * size // 2)

    def do(self, task):
        """Do both parts, one after the other."""
        self.asked += 1
        for i in (0, 1):
            task(i)


@pytest.mark.parametrize(("size", "asked"), [(9, 0), (10, 1), (11, 1)])
def test_threads_share_a_large_theta_and_the_calling_one_moves_a_small_one(size, asked, monkeypatch):
    monkeypatch.setattr(optimizer, "WORTH_SHARING", 10)
    team, moved = Halves(), []
    for threads in (None, team):
        theta, gradient = np.ones(size), np.linspace(1, 2, size)
        Adam().step(theta, gradient, 0.1, Adam().start(theta), threads)
        moved.append(theta)
    np.testing.assert_array_equal(*moved)
    assert team.asked == asked and (moved[0] != 1).all()
