"""A training step of an LSTM autoencoder, 64 units each way, Adam, float32, against PyTorch on two threads.

Series of 6 channels and 100 steps; the encoder's last state is the code, the decoder sees it at every step.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

import npae
from benchmarks.shared.digits import ADAM
from benchmarks.shared.harness import benchmark, clock, compare, on
from benchmarks.shared.torch_peers import fastest_adam
from npae.network import Shards
from npae.network.process_shards import ProcessShards
from npae.samples import Samples

UNITS, CHANNELS, STEPS, BATCH, THREADS = 64, 6, 100, 64, 2
GATES = (1, 2, 3, 0)  # the positions of PyTorch's i, f, g, o in our o, i, f, g


@dataclass(frozen=True)
class Repeat(npae.Layer):
    """The same vector at every step, in the same memory."""

    steps: int

    def out_shape(self, in_shape):
        return (self.steps, *in_shape)

    def forward(self, x, params, context):
        y = np.broadcast_to(x[:, None], (len(x), self.steps, x.shape[1]))
        return y, lambda dy, _: np.add.reduce(dy, axis=1)


@benchmark("lstm-step", needs="torch")
def lstm_step(quick):
    """A training step (value, gradient, update) of an LSTM autoencoder, on one thread, two, or two processes."""
    network = npae.Network(
        [npae.LSTM(UNITS)],
        [Repeat(STEPS), npae.LSTM(UNITS, sequences=True), npae.Dense(CHANNELS)],
        in_shape=(STEPS, CHANNELS),
        dtype="float32",
    )
    rng = np.random.default_rng(0)
    theta, X = network.init(rng), rng.standard_normal((BATCH, STEPS, CHANNELS)).astype(np.float32)
    form, theirs = on(THREADS, lambda _: _torch_step(network, theta, X))(0)
    with ExitStack() as stack:
        teams = {f"{n} thread{'s' * (n > 1)}": Shards(network, n) for n in (1, THREADS)}
        teams[f"{THREADS} processes"] = ProcessShards(network, THREADS)
        steps = {name: _npae_step(stack, team, theta, X) for name, team in teams.items()}
        best = min(steps, key=lambda name: min(map(on(1, clock(steps[name])), range(3))))
        yield compare(
            f"LSTM {CHANNELS}-{UNITS}-{CHANNELS}, {STEPS} steps, batch {BATCH}: Adam training step",
            on(1, clock(steps[best])),
            f"PyTorch, Adam {form}",
            on(THREADS, clock(theirs)),
            repetitions=3 if quick else 50,
            target=0.8,
            note=f"npae on {best}",
        )


def _npae_step(stack, team, theta, X):
    state, samples = SimpleNamespace(theta=theta.copy(), optimizer=ADAM.start(theta)), Samples(X)
    stack.enter_context(team)
    stack.enter_context(team.holding(state))

    def step():
        with np.errstate(all="ignore"):
            team.evaluate(state.theta, samples)
            team.step(ADAM, state.theta, ADAM.eta, state.optimizer)

    return step


def _torch_step(network, theta, X):
    """Return the form of Adam, and a function that does a training step of the same network in PyTorch."""
    import torch

    model, x, criterion = _torch_model(network, theta), torch.from_numpy(X), torch.nn.MSELoss()
    loss = criterion(model(x), x)
    loss.backward()
    value, gradient = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(loss.item(), value, rtol=1e-5)
    for parameter, ours in zip(model.parameters(), _as_torch(network, gradient), strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), ours, rtol=0, atol=1e-4 * np.abs(ours).max())
    form, options = fastest_adam(model)
    optimizer = torch.optim.Adam(model.parameters(), **options)

    def step():
        optimizer.zero_grad()  # sets them to None
        criterion(model(x), x).backward()
        optimizer.step()

    return form, step


def _torch_model(network, theta):
    """Return the same network of PyTorch's modules; its LSTM has two biases, the second of which starts at 0."""
    import torch

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.LSTM(CHANNELS, UNITS, batch_first=True)
            self.decoder = torch.nn.LSTM(UNITS, UNITS, batch_first=True)
            self.output = torch.nn.Linear(UNITS, CHANNELS)

        def forward(self, x):
            _, (code, _) = self.encoder(x)
            return self.output(self.decoder(code[0][:, None].expand(-1, STEPS, -1))[0])

    model = Model()
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), _as_torch(network, theta), strict=True):
            parameter.copy_(torch.from_numpy(array))
        for lstm in (model.encoder, model.decoder):
            lstm.bias_hh_l0.zero_()
    return model


def _as_torch(network, vector):
    """Return the arrays of theta or a gradient in PyTorch's order; our one bias of an LSTM stands for its two."""
    views = network.parameters(vector)
    arrays = []
    for name in ("encoder.0", "decoder.1"):
        W, b, R = (_gates_as_torch(views[f"{name}.{part}"]) for part in "WbR")
        arrays += [W, R, b, b]
    return [*arrays, views["decoder.2.W"].T.copy(), views["decoder.2.b"].copy()]


def _gates_as_torch(array):
    parts = np.split(array, 4, axis=-1)
    return np.concatenate([parts[gate] for gate in GATES], axis=-1).T.copy()
