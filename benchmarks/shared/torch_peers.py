"""PyTorch's side: the same dense networks, checks that they are the same, its training loop, and its fastest Adam.

PyTorch is imported where it is used.
"""

import numpy as np

from benchmarks.shared.digits import ADAM
from benchmarks.shared.harness import clock

FORMS = {"for loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def torch_model(network, theta, activation="Tanh"):
    """Return the same dense network with the same weights as a torch module; its output is affine."""
    import torch

    arrays = [torch.from_numpy(view.T.copy()) for view in network.parameters(theta).values()]
    model = torch.nn.Sequential()
    for W, b in zip(arrays[::2], arrays[1::2], strict=True):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
        linear.weight.data, linear.bias.data = W.contiguous(), b
        model.extend([linear, getattr(torch.nn, activation)()])
    return model[:-1]


def torch_gradient(model):
    """Return the gradient of a model of dense layers as one vector, in npae's order."""
    return np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])


def torch_evaluation(network, theta, X):
    """Return a function that computes value and gradient in eager mode, and one that returns the flat gradient."""
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()

    def evaluate():
        model.zero_grad()
        loss = criterion(model(x), x)
        loss.backward()
        return loss.item()

    return evaluate, lambda: torch_gradient(model)


def assert_same_gradient(theirs, ours):
    """Raise AssertionError unless two vectors agree to 1e-10 of their largest entry."""
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-10 * np.abs(ours).max())


def assert_same_evaluation(network, theta, X, model, loss):
    """Compare value and gradient in single precision; loss(x) is that of the model."""
    import torch

    value, ours = network.value_and_gradient(theta, X)
    theirs = loss(torch.from_numpy(X))
    theirs.backward()
    np.testing.assert_allclose(theirs.item(), value, rtol=1e-5)
    np.testing.assert_allclose(torch_gradient(model), ours, rtol=0, atol=1e-4 * np.abs(ours).max())


def training_epoch(x, batch, loss, optimizer, generator=None):
    """Return a function that trains for one epoch: shuffles, gathers batches and updates the weights by loss(batch)."""
    import torch

    def epoch():
        for rows in torch.randperm(len(x), generator=generator).split(batch):
            optimizer.zero_grad()  # sets them to None
            loss(x.index_select(0, rows)).backward()
            optimizer.step()

    return epoch


def fastest_adam(model):
    """Return the name of the fastest of PyTorch's forms of Adam for the weights of a module, and its options.

    A step of each is clocked with the threads that PyTorch has now.
    """
    import torch

    seconds = {}
    for form, options in FORMS.items():
        copies = [torch.nn.Parameter(p.detach().clone()) for p in model.parameters()]
        for p in copies:
            p.grad = torch.randn_like(p)
        measure = clock(torch.optim.Adam(copies, lr=ADAM.eta, **options).step)
        seconds[form] = min(measure(i) for i in range(3))
    best = min(seconds, key=seconds.get)
    return best, {"lr": ADAM.eta, **FORMS[best]}
