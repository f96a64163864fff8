"""Value and gradient of the letter network against compilers: JAX's jit, and PyTorch's torch.compile.

Compiling takes seconds before the first evaluation; that time is not counted. Both peers get data and weights where
they want them, and give the loss as a Python number. JAX's gradient stays a list of arrays. npae and PyTorch have one
thread; JAX decides for itself.
"""

import numpy as np

from benchmarks.shared.harness import benchmark, clock, compare, threads
from benchmarks.shared.letter_network import letter_network
from benchmarks.shared.torch_peers import assert_same_gradient, torch_gradient, torch_model

ROWS = (32, 3_200)


@benchmark("gradient-jit", needs="jax")
def gradient_jit(quick):
    """Value and gradient, cross-entropy, 32 and 3,200 rows, against JAX's jit."""
    for rows in ROWS:
        yield _compared(rows, "JAX jit", _jax_evaluation, quick)


@benchmark("gradient-compiled", needs="torch")
def gradient_compiled(quick):
    """Value and gradient, cross-entropy, 32 and 3,200 rows, against torch.compile."""
    for rows in ROWS:
        yield _compared(rows, "torch.compile", _torch_evaluation, quick)


def _compared(rows, peer, make, quick):
    network, theta, letters = letter_network("bce")
    X = np.tile(letters, (rows // len(letters), 1))
    value, ours = network.value_and_gradient(theta, X)
    with threads(1):
        evaluate, gradient = make(network, theta, X)
        np.testing.assert_allclose(evaluate(), value, rtol=1e-10)
        assert_same_gradient(gradient(), ours)
        a, b = clock(lambda: network.value_and_gradient(theta, X)), clock(evaluate)
        what = f"letters: value and gradient, bce, {rows:,} rows"
        return compare(what, a, peer, b, repetitions=5 if quick else 60)


def _torch_evaluation(network, theta, X):
    """Return a function that computes value and gradient, compiled, and one that returns the flat gradient."""
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()
    loss = torch.compile(lambda: criterion(model(x), x))

    def evaluate():
        model.zero_grad()
        found = loss()
        found.backward()
        return found.item()

    return evaluate, lambda: torch_gradient(model)


def _jax_evaluation(network, theta, X):
    """Return a function that computes value and gradient, compiled, and one that returns the flat gradient."""
    import jax

    jax.config.update("jax_enable_x64", True)
    arrays = [jax.numpy.asarray(view) for view in network.parameters(theta).values()]
    layers, x = list(zip(arrays[::2], arrays[1::2], strict=True)), jax.numpy.asarray(X)

    @jax.jit
    @jax.value_and_grad
    def loss(layers):
        y = x
        for W, b in layers[:-1]:
            y = jax.numpy.tanh(y @ W + b)
        W, b = layers[-1]
        z = y @ W + b
        return (jax.nn.softplus(z) - x * z).mean()

    def evaluate():
        value, gradient = loss(layers)
        jax.block_until_ready(gradient)
        return float(value)

    def gradient():
        _, found = loss(layers)
        return np.concatenate([np.asarray(array).ravel() for pair in found for array in pair])

    return evaluate, gradient
