"""The matrix products of an evaluation, alone: what no implementation on this BLAS can do without."""

from unittest import mock

import numpy as np

from npae.layers import affine


def products_alone(network, theta, X, workspace=None):
    """Return a function that multiplies the matrices of one evaluation of a dense network, in the same memory."""
    products = products_of(network, workspace or network.new_workspace(), theta, X)

    def multiply():
        for product, operands, out in products:
            product(*operands, out=out)

    return multiply


def products_of(network, workspace, theta, X):
    """Return the products of one evaluation, [(function, operands, out), ...], with the arrays that it uses."""
    recorder = _Recorder()
    with mock.patch.object(affine, "np", recorder), mock.patch.object(affine, "dot", recorder.dot):
        network.evaluate(workspace, theta, X, X)
    wanted = 3 * len(network.layers) - 1  # forward, to the weights, to the layer before, which the first lacks
    assert len(recorder.products) == wanted, f"products must be {wanted}, got {len(recorder.products)}"
    return recorder.products


class _Recorder:
    """NumPy, whose matrix products are recorded."""

    def __init__(self):
        self.products = []

    def __getattr__(self, name):
        return getattr(np, name)

    def matmul(self, *operands, out):
        return self._product(np.matmul, operands, out)

    def dot(self, *operands, out):
        return self._product(np.dot, operands, out)

    def _product(self, function, operands, out):
        self.products.append((function, operands, out))
        return function(*operands, out=out)
