"""Adam: the update alone, and the training step around it."""

import time

import numpy as np

import npae
from benchmarks.shared.digits import ADAM
from benchmarks.shared.harness import benchmark, clock, compare, on
from benchmarks.shared.letter_network import HIDDEN, LETTERS, letter_network
from benchmarks.shared.torch_peers import fastest_adam, torch_model


@benchmark("adam-update", needs="torch")
def adam_update(quick):
    """The update of all weights from a given gradient: the letter network and 784-64-784, one thread."""
    yield _update("letters", letter_network("bce")[0], quick)
    layers = [npae.Dense(64, "relu")], [npae.Dense(784)]
    yield _update("784-64-784, float32", npae.Network(*layers, in_shape=(784,), dtype="float32"), quick)


@benchmark("adam-step", needs="torch")
def adam_step(quick):
    """A training step of the letter network (value, gradient, update) on 32 samples, one thread."""
    network, theta, X = letter_network("bce")
    form, theirs = _torch_step(network, theta, X)
    ours = _npae_step(network, theta.copy(), X)
    np.testing.assert_allclose([ours() for _ in range(5)], [theirs().item() for _ in range(5)], rtol=1e-9)
    what, peer = "letters: Adam training step, bce", f"PyTorch, Adam {form}"
    measures, repetitions = (on(1, clock(ours)), peer, on(1, clock(theirs))), 3 if quick else 50
    yield compare(what, *measures, repetitions=repetitions, target=0.25)
    epoch = on(1, lambda seed: _fit(X, 20 if quick else 300, seed))
    yield compare("letters: the same inside fit, an epoch", epoch, *measures[1:], repetitions=repetitions)


def _update(name, network, quick):
    rng = np.random.default_rng(0)
    theta = network.init(rng)
    gradient, memory = rng.normal(size=theta.size).astype(theta.dtype), ADAM.start(theta)
    form, theirs = _torch_update(network, theta, gradient)
    ours = on(1, clock(lambda: ADAM.step(theta, gradient, ADAM.eta, memory)))
    what, repetitions = f"{name}: Adam update, n = {theta.size:,}", 3 if quick else 50
    return compare(what, ours, f"PyTorch, Adam {form}", on(1, clock(theirs)), repetitions=repetitions)


def _torch_update(network, theta, gradient):
    import torch

    model, gradients = torch_model(network, theta), torch_model(network, gradient)
    for p, g in zip(model.parameters(), gradients.parameters(), strict=True):
        p.grad = g.detach()
    form, options = _fastest_on_one_thread(model)
    return form, torch.optim.Adam(model.parameters(), **options).step


def _fastest_on_one_thread(model):
    found = []
    on(1, lambda _: found.append(fastest_adam(model)))(0)
    return found[0]


def _npae_step(network, theta, X):
    """Return a function that does what the training loop does per batch."""
    workspace, memory = network.new_workspace(), ADAM.start(theta)

    def step():
        loss = network.evaluate(workspace, theta, X, X)
        ADAM.step(theta, workspace.gradient, ADAM.eta, memory)
        return loss

    return step


def _torch_step(network, theta, X):
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()
    form, options = _fastest_on_one_thread(model)
    optimizer = torch.optim.Adam(model.parameters(), **options)

    def step():
        optimizer.zero_grad()  # sets them to None
        loss = criterion(model(x), x)
        loss.backward()
        optimizer.step()
        return loss

    return form, step


def _fit(X, epochs, seed):
    ae = npae.Autoencoder(HIDDEN[:3], **LETTERS, optimizer=ADAM, epochs=epochs, random_state=seed)
    began = time.perf_counter()
    ae.fit(X)
    return (time.perf_counter() - began) / epochs
