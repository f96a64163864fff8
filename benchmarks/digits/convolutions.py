"""Training steps of convolutional autoencoders: value, gradient, Adam; float32, relu, squared error, two threads.

The peer is PyTorch in the faster of its two memory formats, with the fastest of its forms of Adam. The time of both
sides includes shuffling and gathering the batches. Data are made from a seed, except for the entry that compares test
errors on the real MNIST.
"""

import math

import numpy as np

import npae
from benchmarks.shared.digits import (
    ESTIMATOR,
    TEAMS,
    THREADS,
    losses,
    mnist_like,
    quicker_team,
    real_mnist,
    seconds_of_epoch,
)
from benchmarks.shared.harness import benchmark, compare, on, once
from benchmarks.shared.torch_peers import fastest_adam, training_epoch
from npae.estimators.construction import build_network

STEPS = 6  # of an epoch
EPOCHS, SEEDS = 5, 3  # of the entry that compares errors


@benchmark("convolutions-torch", needs="torch")
def convolutions_torch(quick):
    """A training step of convolutional autoencoders of images and of series, against PyTorch."""
    images = mnist_like(STEPS * 128).reshape(-1, 28, 28, 1)
    series = _waves(STEPS * 64, steps=100, channels=6)
    for X, batch, filters, target in [
        (images, 128, (32, 64), 1.0),
        (images, 128, (32, 64, 128, 256), 1.2),
        (series, 64, (32, 64), 1.0),
    ]:
        yield _against_torch(X, batch, filters, target, 1 if quick else 15)


@benchmark("convolutions-quality", needs="torch", long=True)
def convolutions_quality(quick):
    """Test error of the convolutional autoencoder 1-32-64, code 32, after 5 epochs on the real MNIST, 3 seeds."""
    data = real_mnist()
    train, test = (images.reshape(-1, 28, 28, 1) for images in (data.train, data.test))
    train, epochs = (train[:1_000], 1) if quick else (train, EPOCHS)
    yield compare(
        f"28x28x1 conv 32-64, code 32: test error after {epochs} epochs, batch 128",
        on(THREADS, lambda seed: _npae_error(train, test, epochs, seed)),
        "PyTorch, Adam",
        on(THREADS, lambda seed: _torch_error(train, test, epochs, seed)),
        repetitions=1 if quick else SEEDS,
        warm_up=False,
        unit="MSE",
        target=1.02,
    )


def _npae_error(train, test, epochs, seed):
    model = _autoencoder(train, 128, (32, 64), random_state=seed, epochs=epochs).fit(train)
    return npae.metrics.mse(test, model.reconstruct(test))


def _torch_error(train, test, epochs, seed):
    import torch

    _assert_same_function(train[:128], (32, 64))
    network = build_network(_autoencoder(train, 128, (32, 64)), train.shape[1:])
    torch.manual_seed(seed)
    _, epoch, predict = _torch_loop(network, network.init(np.random.default_rng(seed)), train, 128, "channels last")
    for _ in range(epochs):
        epoch()
    return npae.metrics.mse(test, predict(test))


def _against_torch(X, batch, filters, target, repetitions):
    """Compare the same number of epochs of two training loops that start from the same weights; return the Row."""
    _assert_same_function(X[:batch], filters)
    ae, team = quicker_team(lambda **team: _autoencoder(X, batch, filters, team, random_state=0).partial_fit(X), X)
    theta = ae.network_.init(np.random.default_rng(ae.random_state))
    form, epoch, predict = on(THREADS, lambda _: _fastest_torch(ae.network_, theta, X, batch))(0)
    shape, code = "x".join(map(str, X.shape[1:])), ae.network_.code_shape[0]
    ours, theirs = (_a_step(measure) for measure in (lambda _: seconds_of_epoch(ae, X), once(epoch)))
    return compare(
        f"{shape} conv {'-'.join(map(str, filters))}, code {code}: a training step, batch {batch}",
        on(THREADS, ours),
        f"PyTorch, {form}",
        on(THREADS, theirs),
        repetitions=repetitions,
        target=target,
        note=lambda: f"{losses(X, ae.reconstruct(X), predict())}; {team}",
    )


def _a_step(measure):
    return lambda i: measure(i) / STEPS


def _waves(rows, steps, channels):
    """Return series (rows, steps, channels), float32: a sine in each channel, of random frequency and phase."""
    rng = np.random.default_rng(0)
    frequency, phase = rng.uniform(0.02, 0.1, (rows, 1, channels)), rng.random((rows, 1, channels))
    return np.sin(2 * np.pi * (frequency * np.arange(steps)[:, None] + phase)).astype(np.float32)


def _autoencoder(X, batch, filters, team=TEAMS["threads"], **params):
    """Return an Autoencoder with padding 1, which PyTorch has too: "same" is not symmetric."""
    layer = npae.Conv2D if X.ndim == 4 else npae.Conv1D
    convolutions = [layer(K, 3, stride=2, padding=1, activation="relu") for K in filters]
    encoder = [*convolutions, npae.Flatten(), npae.Dense(32)]
    usual = {name: value for name, value in ESTIMATOR.items() if name != "activation"}  # the layers have their own
    return npae.Autoencoder(encoder, batch_size=batch, **params, **team, **usual)


def _fastest_torch(network, theta, X, batch):
    """Return the name of PyTorch's faster memory format, a function that trains for an epoch, and one that predicts."""
    loops = {
        name: _torch_loop(network, theta, X, batch, name) for name in ("contiguous", "channels last")[: X.ndim - 2]
    }
    seconds = {name: min(map(once(loop[1]), range(3))) for name, loop in loops.items()}
    form, epoch, predict = _torch_loop(network, theta, X, batch, min(seconds, key=seconds.get))
    epoch()  # of a model that has not been trained yet
    return form, epoch, predict


def _torch_loop(network, theta, X, batch, name):
    import torch

    memory = torch.channels_last if name == "channels last" else torch.contiguous_format
    model, x, criterion = torch_model(network, theta), torch.from_numpy(np.moveaxis(X, -1, 1)), torch.nn.MSELoss()
    model, x = model.to(memory_format=memory), x.contiguous(memory_format=memory)
    form, options = fastest_adam(model)
    optimizer = torch.optim.Adam(model.parameters(), **options)
    epoch = training_epoch(x, batch, lambda t: criterion(model(t), t), optimizer)

    @torch.inference_mode()
    def predict(X=X):
        return np.moveaxis(model(torch.from_numpy(np.moveaxis(X, -1, 1))).numpy(), 1, -1)

    return f"{name}, Adam {form}", epoch, predict


def _assert_same_function(X, filters):
    """Compare value and gradient of both sides in double precision: in single, they differ at a relu's corner."""
    import torch

    network = build_network(_autoencoder(X, len(X), filters).set_params(dtype="float64"), X.shape[1:])
    theta, X = network.init(np.random.default_rng(0)), X.astype(float)
    value, gradient = network.value_and_gradient(theta, X)
    model, x = torch_model(network, theta), torch.from_numpy(np.moveaxis(X, -1, 1))
    loss = torch.nn.MSELoss()(model(x), x)
    loss.backward()
    np.testing.assert_allclose(loss.item(), value, rtol=1e-12)
    for theirs, ours in zip(model.parameters(), torch_model(network, gradient).parameters(), strict=True):
        ours = ours.detach().numpy()
        np.testing.assert_allclose(theirs.grad.numpy(), ours, rtol=0, atol=1e-10 * np.abs(ours).max())


def torch_model(network, theta):
    """Return the same network with the weights of theta as a torch module, channels first."""
    import torch

    views, model = iter(network.parameters(theta).values()), torch.nn.Sequential()
    for i, layer in enumerate(network.layers):
        module = _torch_layer(network, i)
        model.append(module)
        if layer.parameters(_shapes(network)[i]):
            W, b = _torch_weights(network, i, next(views), next(views))
            module.weight.data, module.bias.data = torch.from_numpy(W.copy()), torch.from_numpy(b.copy())
        if getattr(layer, "activation", "identity") == "relu":
            model.append(torch.nn.ReLU())
    return model


def _shapes(network):
    return network.encoder.shapes + network.decoder.shapes[1:]


def _torch_layer(network, i):
    import torch

    layer, before, after = network.layers[i], _shapes(network)[i], _shapes(network)[i + 1]
    if isinstance(layer, npae.Flatten):
        return torch.nn.Flatten()
    if isinstance(layer, npae.Reshape):
        return torch.nn.Unflatten(1, (after[-1], *after[:-1]))
    if isinstance(layer, npae.Dense):
        return torch.nn.Linear(before[0], after[0])
    spare = {"output_padding": layer.output_padding} if hasattr(layer, "output_padding") else {}
    module = getattr(torch.nn, type(layer).__name__.replace("D", "d"))
    return module(before[-1], after[-1], 3, stride=2, padding=1, **spare)


def _torch_weights(network, i, W, b):
    """Return the weights of layer i as torch has them; next to a Flatten or Reshape, their order differs."""
    layers, shapes = [*network.layers, None], _shapes(network)
    if not isinstance(layers[i], npae.Dense):
        return np.moveaxis(W, (-1, -2), (0, 1)), b
    rows = _channels_first(shapes[i - 1]) if isinstance(layers[i - 1], npae.Flatten) else slice(None)
    columns = _channels_first(shapes[i + 2]) if isinstance(layers[i + 1], npae.Reshape) else slice(None)
    return W[rows][:, columns].T, b[columns]


def _channels_first(shape):
    """Return the indices of the numbers of a flat sample of this shape, in the order that has channels first."""
    return np.moveaxis(np.arange(math.prod(shape)).reshape(shape), -1, 0).ravel()
