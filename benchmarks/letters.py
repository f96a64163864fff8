"""Value and gradient of the letter network 35-29-23-2-23-29-35 on the 32 capitals, float64, one thread.

Peers are imported where they are used, so that other entries run where one is missing.
"""

import time
import warnings

import numpy as np
from harness import benchmark, clock, compare, threads

import npae

HIDDEN = (29, 23, 2, 23, 29)
INIT = npae.Gaussian(std=0.3)


def letter_network(loss):
    """Return the network (sigmoid output for "bce", identity for "mse"), a theta and the letters (32, 35)."""
    encoder = [npae.Dense(units, "tanh") for units in HIDDEN[:3]]
    decoder = [npae.Dense(units, "tanh") for units in HIDDEN[3:]] + [npae.Dense(35)]
    network = npae.Network(encoder, decoder, loss, in_shape=(35,), init=INIT)
    return network, network.init(np.random.default_rng(0)), npae.datasets.load_font("capitals").pixels


@benchmark("gradient-torch", needs="torch")
def gradient_torch(quick):
    """Value and gradient, cross-entropy, against PyTorch eager."""
    network, theta, X = letter_network("bce")
    evaluate, gradient = torch_evaluation(network, theta, X)
    value, ours = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(evaluate(), value, rtol=1e-10)
    assert_same_gradient(gradient(), ours)
    yield _compared("bce", lambda: network.value_and_gradient(theta, X), "PyTorch eager", evaluate, 0.18, quick)


@benchmark("gradient-sklearn", needs="sklearn")
def gradient_sklearn(quick):
    """Value and gradient, either loss, against scikit-learn's private function for the same, without SciPy."""
    for loss, estimator, scale in [("bce", "MLPClassifier", 1.0), ("mse", "MLPRegressor", 2.0)]:
        yield _against_sklearn(loss, estimator, scale, quick)


@benchmark("lbfgs-sklearn", needs="sklearn")
def lbfgs_sklearn(quick):
    """Training by 50 iterations of L-BFGS-B, seconds for each evaluation, SciPy's own share included."""
    network, theta, X = letter_network("bce")
    repetitions, peer = 3 if quick else 30, "scikit-learn MLPClassifier.fit"
    with threads(1):
        alone, fit = clock(lambda: network.value_and_gradient(theta, X)), lambda seed: _sklearn_fit(X, seed)
        yield compare("letters: value and gradient alone", alone, peer, fit, repetitions=repetitions, target=0.25)
        yield compare("letters: L-BFGS-B", lambda seed: _npae_fit(X, seed), peer, fit, repetitions=repetitions)


def _npae_fit(X, seed):
    refine = npae.Refine("L-BFGS-B", max_iterations=50)
    ae = npae.Autoencoder(HIDDEN[:3], loss="bce", init=INIT, optimizer=None, refine=refine, epochs=1, random_state=seed)
    began = time.perf_counter()
    ae.fit(X)
    return (time.perf_counter() - began) / ae.history_["refinements"][0]["evaluations"]


def _sklearn_fit(X, seed):
    from sklearn.neural_network import MLPClassifier

    class Counter(MLPClassifier):
        evaluations = 0

        def _loss_grad_lbfgs(self, *arguments):
            self.evaluations += 1
            return super()._loss_grad_lbfgs(*arguments)

    model = Counter(HIDDEN, activation="tanh", solver="lbfgs", alpha=0, max_iter=50, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 50 iterations do not converge
        began = time.perf_counter()
        model.fit(X, X)
        return (time.perf_counter() - began) / model.evaluations


def _against_sklearn(loss, estimator, scale, quick):
    """Compare after a check: npae's loss is `scale` times scikit-learn's, which is summed or averaged over features.

    The classifier, given 35 labels, has our cross-entropy, summed; the regressor half our squared error, averaged,
    with the gradient of the sum.
    """
    network, theta, X = letter_network(loss)
    evaluate = sklearn_evaluation(estimator, network, theta, X)
    (peer_value, theirs), (value, ours) = evaluate(), network.value_and_gradient(theta, X)
    features = X.shape[1]
    np.testing.assert_allclose(scale * peer_value / (features if loss == "bce" else 1), value, rtol=1e-10)
    assert_same_gradient(scale / features * theirs, _sklearn_order(network, ours))
    peer_name = f"scikit-learn {estimator}"
    return _compared(loss, lambda: network.value_and_gradient(theta, X), peer_name, evaluate, None, quick)


def _compared(loss, npae_evaluation, peer_name, peer_evaluation, target, quick):
    what, repetitions = f"letters: value and gradient, {loss}", 5 if quick else 100
    with threads(1):
        a, b = clock(npae_evaluation), clock(peer_evaluation)
        return compare(what, a, peer_name, b, repetitions=repetitions, target=target)


def assert_same_gradient(theirs, ours):
    """Raise AssertionError unless two vectors agree to 1e-10 of their largest entry."""
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-10 * np.abs(ours).max())


def torch_model(network, theta, activation="Tanh"):
    """Return the same network with the same weights as a torch module; its output is affine."""
    import torch

    arrays = [torch.from_numpy(view.T.copy()) for view in network.parameters(theta).values()]
    model = torch.nn.Sequential()
    for W, b in zip(arrays[::2], arrays[1::2], strict=True):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
        linear.weight.data, linear.bias.data = W.contiguous(), b
        model.extend([linear, getattr(torch.nn, activation)()])
    return model[:-1]


def torch_evaluation(network, theta, X):
    """Return a function that does value and gradient in eager mode, and one that returns the flat gradient."""
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()

    def evaluate():
        model.zero_grad()
        loss = criterion(model(x), x)
        loss.backward()
        return loss.item()

    def gradient():
        return np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])

    return evaluate, gradient


def sklearn_evaluation(estimator, network, theta, X):
    """Return a function that does what an MLP estimator does for every evaluation that L-BFGS asks for.

    The estimator sets itself up in a fit of one iteration, from which the arguments are kept.
    """
    from sklearn import neural_network

    parent = getattr(neural_network, estimator)

    class Recorder(parent):
        def _loss_grad_lbfgs(self, packed, *arguments):
            self.arguments = arguments
            return super()._loss_grad_lbfgs(packed, *arguments)

    model = Recorder(hidden_layer_sizes=HIDDEN, activation="tanh", solver="lbfgs", alpha=0, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one iteration does not converge
        model.fit(X, X)
    packed = _sklearn_order(network, theta)
    return lambda: parent._loss_grad_lbfgs(model, packed, *model.arguments)


def _sklearn_order(network, vector):
    """Return the entries of a vector like theta with all weights first, then all biases."""
    views = list(network.parameters(vector).values())
    return np.concatenate([view.ravel() for view in views[::2] + views[1::2]])
