"""How well can straight lines separate the classes of codes? A softmax regression on top of the codes."""

import numpy as np
from scipy.optimize import minimize

SHRINK = 1e-4  # the weight of sum W^2 beside the mean cross-entropy


def accuracy(codes, labels, test_codes, test_labels, iterations=100):
    """Return the share of test codes that a linear classifier of the other codes puts into their class.

    p = softmax(z W + b), where z are the codes, scaled so that those of the training set have mean 0 and standard
    deviation 1; W and b minimise the mean cross-entropy + 1e-4 sum W^2 by L-BFGS (Alain & Bengio 2016, "probes").

    Parameters
    ----------
    codes, labels : array
        To learn from: (N, L), and classes (N,), integers from 0 on.
    test_codes, test_labels : array
        To judge by: (M, L) and (M,).
    iterations : int, default 100
        Maximum of L-BFGS.
    """
    mean, scale = codes.mean(axis=0), codes.std(axis=0)
    scale[scale < 1e-6 * scale.max(initial=1e-30)] = np.inf  # an entry that never changes says nothing
    x, x_test = (np.column_stack([(z - mean) / scale, np.ones(len(z))]) for z in (codes, test_codes))
    classes = int(labels.max()) + 1
    target = np.eye(classes)[labels]

    def loss(w):
        W = w.reshape(-1, classes)  # (L + 1, K), the last row is b
        z = x @ W
        z -= z.max(axis=1, keepdims=True)
        total = np.log(np.exp(z).sum(axis=1, keepdims=True))
        value = (total.sum() - np.vdot(z, target)) / len(x) + SHRINK * np.vdot(W[:-1], W[:-1])
        gradient = x.T @ (np.exp(z - total) - target) / len(x)
        gradient[:-1] += 2 * SHRINK * W[:-1]
        return value, gradient.ravel()

    start = np.zeros(x.shape[1] * classes)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
    return float(((x_test @ best.reshape(-1, classes)).argmax(axis=1) == test_labels).mean())
