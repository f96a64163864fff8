"""Does npae's training reach the same test error as PyTorch's? On the real MNIST, with the same recipe and epochs.

Both sides start from the weights that npae draws for the seed (He's for relu, Glorot's for the sigmoid and the code
without activation, biases 0), with the same Adam and batch size; each shuffles with its own generator. The measure is
not a time but the mean squared error on the test images; one thread is enough.
"""

import numpy as np

import npae
from benchmarks.shared.digits import ADAM, real_mnist
from benchmarks.shared.harness import benchmark, compare, on
from benchmarks.shared.torch_peers import torch_model, training_epoch
from npae.estimators.construction import build_network

EPOCHS, SEEDS = 10, 3
NETWORKS = [([npae.Dense(64, "relu")], 128), ([npae.Dense(256, "relu"), npae.Dense(32)], 256)]  # encoder, batch size


@benchmark("mnist-quality", needs="torch", long=True)
def mnist_quality(quick):
    """Test error of 784-64-784 and of a deep network with a code of 32, trained for 10 epochs with Adam, 3 seeds."""
    data = real_mnist()
    train, test, epochs = (data.train[:2_000], data.test[:500], 1) if quick else (data.train, data.test, EPOCHS)
    for encoder, batch in NETWORKS:
        inner = "-".join(str(layer.units) for layer in encoder + encoder[-2::-1])
        yield compare(
            f"784-{inner}-784: test error after {epochs} epochs, batch {batch}",
            on(1, lambda seed, encoder=encoder, batch=batch: _npae_error(encoder, batch, epochs, train, test, seed)),
            "PyTorch, Adam",
            on(1, lambda seed, encoder=encoder, batch=batch: _torch_error(encoder, batch, epochs, train, test, seed)),
            repetitions=1 if quick else SEEDS,
            warm_up=False,
            unit="MSE",
            target=1.02,
        )


def _autoencoder(encoder, batch, epochs, seed):
    return npae.Autoencoder(
        encoder,
        output="sigmoid",
        optimizer=ADAM,
        batch_size=batch,
        epochs=epochs,
        dtype="float32",
        threads=1,
        random_state=seed,
    )


def _npae_error(encoder, batch, epochs, train, test, seed):
    model = _autoencoder(encoder, batch, epochs, seed).fit(train)
    return npae.metrics.mse(test, model.reconstruct(test))


def _torch_error(encoder, batch, epochs, train, test, seed):
    """Return the same for PyTorch, from the weights that npae starts from."""
    import torch

    network = build_network(_autoencoder(encoder, batch, epochs, seed), train.shape[1:])
    model = same_network(network, network.init(np.random.default_rng(seed)), test)
    x, criterion = torch.from_numpy(train), torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=ADAM.eta)
    generator = torch.Generator().manual_seed(seed)
    epoch = training_epoch(x, batch, lambda t: criterion(model(t), t), optimizer, generator)
    for _ in range(epochs):
        epoch()
    with torch.inference_mode():
        return npae.metrics.mse(test, model(torch.from_numpy(test)).numpy())


def same_network(network, theta, X):
    """Return npae's network at theta as a torch module, after a check that both predict the same for X.

    Unlike `torch_model`, it has the code without activation and the sigmoid at the end.
    """
    import torch

    layers = list(torch_model(network, theta, "ReLU"))
    activations = [layer.activation for layer in network.layers]
    model = torch.nn.Sequential()
    for linear, activation in zip(layers[::2], activations, strict=True):
        model.append(linear)
        if activation != "identity":
            model.append({"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid}[activation]())
    with torch.inference_mode():
        theirs = model(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(theirs, network.reconstruct(theta, X), atol=1e-5)
    return model
