"""Value and gradient of the letter network on the 32 capitals, float64, one thread."""

import time
import warnings

import numpy as np

import npae
from benchmarks.shared.harness import benchmark, clock, compare, threads
from benchmarks.shared.letter_network import HIDDEN, LETTERS, letter_network
from benchmarks.shared.torch_peers import assert_same_gradient, torch_evaluation


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
    """Training by 50 iterations of L-BFGS-B: seconds per evaluation, including SciPy's own share."""
    network, theta, X = letter_network("bce")
    repetitions, peer = 3 if quick else 30, "scikit-learn MLPClassifier.fit"
    with threads(1):
        alone, fit = clock(lambda: network.value_and_gradient(theta, X)), lambda seed: _sklearn_fit(X, seed)
        yield compare("letters: value and gradient alone", alone, peer, fit, repetitions=repetitions, target=0.25)
        yield compare("letters: L-BFGS-B", lambda seed: _npae_fit(X, seed), peer, fit, repetitions=repetitions)


def _npae_fit(X, seed):
    refine = npae.Refine("L-BFGS-B", max_iterations=50)
    ae = npae.Autoencoder(HIDDEN[:3], **LETTERS, optimizer=None, refine=refine, epochs=1, random_state=seed)
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
    """Compare, after a check: npae's loss is `scale` times scikit-learn's, which is summed or averaged over features.

    The classifier, given 35 labels, has our cross-entropy, summed over them. The regressor has half our squared error,
    averaged, but the gradient of the sum.
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


def sklearn_evaluation(estimator, network, theta, X):
    """Return a function that does what an MLP estimator does for each evaluation of L-BFGS.

    The estimator sets itself up in a fit of one iteration, which the arguments are taken from.
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
