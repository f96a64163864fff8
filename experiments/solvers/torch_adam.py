"""PyTorch's side: the same network from the same weights, trained by Adam. PyTorch is imported where it is used."""

import numpy as np

from experiments.solvers.tasks import THREADS
from experiments.solvers.track import Clock


def torch_model(network, theta):
    """Return npae's dense network as a torch module, whose outputs are logits."""
    import torch

    kinds = {"tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU}
    views = list(network.parameters(theta).values())
    model = torch.nn.Sequential()
    for layer, W, b in zip(network.layers, views[::2], views[1::2], strict=True):
        linear = torch.nn.Linear(*W.shape)
        linear.weight.data = torch.from_numpy(np.ascontiguousarray(W.T))
        linear.bias.data = torch.from_numpy(b.copy())
        model.append(linear)
        if layer.activation != "identity":
            model.append(kinds[layer.activation]())
    return model


def theta_of(model):
    """Return the weights of a torch module as npae's theta."""
    return np.concatenate([p.detach().numpy().T.ravel() for p in model.parameters()])


def train(network, theta, X, track, *, eta, batch, seed):
    """Train epoch by epoch until the track says that it is over."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        x, generator = torch.from_numpy(X), torch.Generator().manual_seed(seed)
        spare, model = (torch_model(network, theta) for _ in range(2))
        one_epoch(spare, adam(spare, eta), x[: 2 * batch], batch, generator)  # the first steps of a process take longer
        _epochs(model, adam(model, eta), x, batch, generator, track)
    finally:
        torch.set_num_threads(before)


def adam(model, eta):
    """Return PyTorch's Adam for a module, in its fused form."""
    import torch

    return torch.optim.Adam(model.parameters(), lr=eta, fused=True)


def one_epoch(model, optimizer, x, batch, generator):
    """Take a step for each batch of the shuffled pictures; return how many."""
    import torch

    criterion, batches = torch.nn.BCEWithLogitsLoss(), torch.randperm(len(x), generator=generator).split(batch)
    for rows in batches:
        optimizer.zero_grad()
        part = x.index_select(0, rows)
        criterion(model(part), part).backward()
        optimizer.step()
    return len(batches)


def _epochs(model, optimizer, x, batch, generator, track):
    clock, epochs, steps = Clock(), 0, 0
    while not track.end:
        steps += one_epoch(model, optimizer, x, batch, generator)
        epochs += 1
        seconds = clock.seconds
        with clock.paused():
            track.look(theta_of(model), seconds, epochs, steps)
