"""The classic variational autoencoder of digits, 784-400-20-400-784, against the same one in PyTorch.

Relu, Bernoulli pixels, Adam 0.001, batches of 128, float32. Both sides start from the weights that npae draws; their
time includes shuffling, gathering the batches and drawing the codes. PyTorch computes the cross-entropy from logits,
which is its faster and more accurate way.
"""

import numpy as np

import npae
from benchmarks.shared.digits import ADAM, THREADS, mnist_like, quicker_team, real_mnist, seconds_of_epoch
from benchmarks.shared.harness import benchmark, compare, on, once
from benchmarks.shared.torch_peers import assert_same_evaluation, fastest_adam, training_epoch
from npae.estimators.construction import build_network

WIDTH, CODE, BATCH = 400, 20, 128
EPOCHS, SEEDS = 10, 3


@benchmark("vae-torch", needs="torch")
def vae_torch(quick):
    """An epoch of the variational autoencoder of digits, against PyTorch."""
    X = mnist_like(2_000 if quick else 20_000)
    ae, team = quicker_team(lambda **team: _autoencoder(seed=0, **team).partial_fit(X), X)
    form, epoch, _ = on(THREADS, lambda _: torch_loop(ae.network_, _first_theta(ae), X, seed=0))(0)
    yield compare(
        f"784-{WIDTH}-{CODE} variational: an epoch of {len(X):,} rows, batch {BATCH}",
        on(THREADS, lambda _: seconds_of_epoch(ae, X)),
        f"PyTorch, Adam {form}",
        on(THREADS, once(epoch)),
        repetitions=1 if quick else 9,
        target=0.75,
        note=team,
    )


@benchmark("vae-quality", needs="torch", long=True)
def vae_quality(quick):
    """Negative lower bound of the test images after 10 epochs on the real MNIST, 3 seeds."""
    data = real_mnist()
    train, test, epochs = (data.train[:2_000], data.test[:500], 1) if quick else (data.train, data.test, EPOCHS)
    yield compare(
        f"784-{WIDTH}-{CODE} variational: test bound after {epochs} epochs, batch {BATCH}",
        on(THREADS, lambda seed: _npae_bound(epochs, train, test, seed)),
        "PyTorch, Adam",
        on(THREADS, lambda seed: _torch_bound(epochs, train, test, seed)),
        repetitions=1 if quick else SEEDS,
        warm_up=False,
        unit="nats",
        target=1.005,
    )


def _autoencoder(seed, **params):
    return npae.Autoencoder(
        [npae.Dense(WIDTH, "relu"), npae.GaussianCode(CODE)],
        loss="bce",
        optimizer=ADAM,
        batch_size=BATCH,
        dtype="float32",
        random_state=seed,
        **params,
    )


def _first_theta(ae):
    return ae.network_.init(np.random.default_rng(ae.random_state))


def _npae_bound(epochs, train, test, seed):
    return -float(_autoencoder(seed, epochs=epochs, threads=THREADS).fit(train).elbo(test, random_state=seed).mean())


def _torch_bound(epochs, train, test, seed):
    network = build_network(_autoencoder(seed), train.shape[1:])
    _, epoch, bound = torch_loop(network, network.init(np.random.default_rng(seed)), train, seed)
    for _ in range(epochs):
        epoch()
    return bound(test)


def torch_loop(network, theta, X, seed):
    """Return the form of Adam, a function that trains PyTorch's network for an epoch, and one for a bound in nats.

    Both networks are compared at the mean codes, where nothing is drawn.
    """
    import torch

    torch.manual_seed(seed)
    model = _torch_model(network, theta)
    assert_same_evaluation(network, theta, X[:BATCH], model, lambda x: model(x, noise=0.0))
    form, options = fastest_adam(model)
    epoch = training_epoch(torch.from_numpy(X), BATCH, model, torch.optim.Adam(model.parameters(), **options))

    @torch.inference_mode()
    def bound(test):
        return model(torch.from_numpy(test)).item()

    return form, epoch, bound


def _torch_model(network, theta):
    """Return a module that computes the loss of images, the negative bound, from npae's weights at theta."""
    import torch
    from torch.nn import functional

    arrays = [torch.from_numpy(array) for array in network.parameters(theta).values()]
    pairs = [(W.T.contiguous(), b.clone()) for W, b in zip(arrays[::2], arrays[1::2], strict=True)]

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden, self.heads, self.back, self.pixels = (_linear(*pair) for pair in pairs)

        def forward(self, x, noise=1.0):
            mean, log_variance = self.heads(functional.relu(self.hidden(x))).chunk(2, dim=1)
            z = mean + noise * torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            logits = self.pixels(functional.relu(self.back(z)))
            distortion = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            rate = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum()
            return (distortion + rate) / len(x)

    return Model()


def _linear(weight, bias):
    import torch

    linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
    linear.weight.data, linear.bias.data = weight, bias
    return linear
