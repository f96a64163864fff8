"""The classic variational autoencoder of digits, 784-400-20-400-784, against the same one in PyTorch.

Relu, Bernoulli pixels, Adam 0.001, batches of 128, float32. Both sides begin with the weights that npae draws, shuffle,
gather their batches and draw their codes within the time that is taken. PyTorch computes the cross-entropy from logits,
which is its faster and more exact way.
"""

import numpy as np
from adam import ADAM, fastest_adam
from harness import benchmark, compare, on, once
from mnist import THREADS, mnist_like, seconds_of_epoch
from mnist_quality import real_mnist

import npae
from npae.estimators.construction import build_network

WIDTH, CODE, BATCH = 400, 20, 128
EPOCHS, SEEDS = 10, 3


@benchmark("vae-torch", needs="torch")
def vae_torch(quick):
    """An epoch of the variational autoencoder of digits, against PyTorch."""
    X = mnist_like(2_000 if quick else 20_000)
    ae = _autoencoder(seed=0, threads=THREADS).partial_fit(X)
    form, epoch, _ = on(THREADS, lambda _: torch_loop(ae.network_, _first_theta(ae), X, seed=0))(0)
    yield compare(
        f"784-{WIDTH}-{CODE} variational: an epoch of {len(X):,} rows, batch {BATCH}",
        on(THREADS, lambda _: seconds_of_epoch(ae, X)),
        f"PyTorch, Adam {form}",
        on(THREADS, once(epoch)),
        repetitions=1 if quick else 9,
        target=0.80,
    )


@benchmark("vae-quality", needs="torch")
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
    """Return the form of Adam, a function that trains PyTorch's network for an epoch, and one for a bound in nats."""
    import torch

    torch.manual_seed(seed)
    model, x = _torch_model(network, theta), torch.from_numpy(X)
    _assert_same_evaluation(network, theta, X[:BATCH], model, x[:BATCH])
    form, options = fastest_adam(model)
    optimizer = torch.optim.Adam(model.parameters(), **options)

    def epoch():
        for rows in torch.randperm(len(x)).split(BATCH):
            t = x.index_select(0, rows)
            optimizer.zero_grad()  # sets them to None
            model(t).backward()
            optimizer.step()

    @torch.inference_mode()
    def bound(test):
        return model(torch.from_numpy(test)).item()

    return form, epoch, bound


def _assert_same_evaluation(network, theta, X, model, x):
    """Compare value and gradient at the mean codes, where nothing is drawn."""
    loss = model(x, noise=0.0)
    loss.backward()
    theirs = np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])
    value, ours = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(loss.item(), value, rtol=1e-5)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4 * np.abs(ours).max())


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
