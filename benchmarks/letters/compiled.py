"""Value and gradient of the letter network against compilers: JAX's jit, and PyTorch's torch.compile.

Compiling takes seconds before the first evaluation; that time is not counted. Both peers get data and weights where
they want them, and give the loss as a Python number. JAX's gradient stays a list of arrays. Each row has one thread on
both sides, or two; JAX, which decides for itself, has as many cores instead.
"""

import numpy as np

from benchmarks.letters.evaluation import THREADS, compared_evaluations
from benchmarks.shared.harness import benchmark, cores, threads
from benchmarks.shared.letter_network import letter_network
from benchmarks.shared.torch_peers import torch_gradient, torch_model

ROWS = (32, 3_200, 32_000)


@benchmark("gradient-jit", needs="jax")
def gradient_jit(quick):
    """Value and gradient, cross-entropy, 32 to 32,000 rows, against JAX's jit."""
    for rows in ROWS[: 1 if quick else None]:
        for n in THREADS:
            with cores(n):
                yield _compared(rows, n, "JAX jit", _jax_evaluation, quick)


@benchmark("gradient-compiled", needs="torch")
def gradient_compiled(quick):
    """Value and gradient, cross-entropy, 32 to 32,000 rows, against torch.compile."""
    for rows in ROWS[: 1 if quick else None]:
        for n in THREADS:
            with threads(n):
                yield _compared(rows, n, "torch.compile", _torch_evaluation, quick)


def _compared(rows, n, peer, make, quick):
    network, theta, letters = letter_network("bce")
    X = np.tile(letters, (rows // len(letters), 1))
    return compared_evaluations(network, theta, X, n, peer, make(network, theta, X), 5 if quick else 30)


def _torch_evaluation(network, theta, X):
    """Return a function that computes value and gradient, compiled, and one that returns the flat gradient."""
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()
    torch.compiler.reset()
    loss = torch.compile(lambda: criterion(model(x), x), options={"cpp.threads": torch.get_num_threads()})

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
