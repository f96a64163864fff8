"""Mean and covariance of codes that come piece by piece."""

import numpy as np


def moments(pieces):
    """Return mean (L,) and covariance (L, L), divided by N, of rows that come in pieces (n, L), in float64.

    Pieces are merged by the formulas of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979), which lose nothing where the mean is large beside the spread.
    """
    total, mean, scatter = 0, 0.0, 0.0
    for piece in pieces:
        x = piece.astype(np.float64)
        own = x.mean(axis=0)
        x -= own
        apart, both = own - mean, total + len(x)
        scatter = scatter + x.T @ x + np.outer(apart, apart) * (total * len(x) / both)
        mean = mean + apart * (len(x) / both)
        total = both
    return mean, scatter / total
