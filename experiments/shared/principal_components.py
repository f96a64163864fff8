"""Principal component analysis: the best linear code of a size, and thus the yardstick of autoencoders."""

import numpy as np


class PrincipalComponents:
    """The axes along which samples X (N, ...) vary most.

    Methods take samples of the same shape, and `size`, the number of components to use.
    """

    def __init__(self, X):
        flat = X.reshape(len(X), -1)
        self._mean = flat.mean(axis=0, dtype=np.float64).astype(flat.dtype)
        centred = flat - self._mean
        if len(flat) > 4 * flat.shape[1]:
            self._axes = np.linalg.svd(centred.T @ centred / len(X))[0]  # (D, D), one axis per column
        else:
            self._axes = np.linalg.svd(centred, full_matrices=False)[2].T  # (D, min(N, D))

    def codes(self, X, size):
        """Return the components (N, size) of samples."""
        return (X.reshape(len(X), -1) - self._mean) @ self._axes[:, :size]

    def reconstruct(self, X, size):
        """Return the samples as far as `size` numbers of each hold them."""
        return (self.codes(X, size) @ self._axes[:, :size].T + self._mean).reshape(X.shape)
