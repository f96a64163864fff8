"""
SciPy's solvers against Adam
============================

All weights are one vector, ``theta``, and the network is a function of it: what SciPy's
optimisers expect. On a small network with all data in one batch, quasi-Newton methods
need far fewer evaluations of the loss than Adam.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

import npae

X = StandardScaler().fit_transform(load_iris().data)
encoder = [npae.Dense(16, "tanh"), npae.Dense(1)]
decoder = [npae.Dense(16, "tanh"), npae.Dense(4)]
network = npae.Network(encoder, decoder, in_shape=4)
first = network.init(np.random.default_rng(0))
losses = []


def loss(theta):
    """Return loss and gradient, and take down the loss."""
    value, gradient = network.value_and_gradient(theta, X)
    losses.append(value)
    return value, gradient


curves = {}
methods = {"CG": "CG", "L-BFGS-B": "L-BFGS-B", "BFGS": npae.optimize.bfgs}
for name, method in methods.items():
    losses.clear()
    minimize(loss, first, jac=True, method=method, options={"maxiter": 2000})
    curves[name] = losses[:2000]
losses.clear()
theta, adam = first.copy(), npae.Adam(0.01)
memory = adam.start(theta)
for _ in range(2000):
    adam.step(theta, loss(theta)[1], 0.01, memory)
curves["Adam"] = losses

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
colours = ("#AA4499", "#009E73", "#0072B2", "#D55E00")
for (name, losses), colour in zip(curves.items(), colours, strict=True):
    best = np.minimum.accumulate(losses)
    ax.loglog(np.arange(1, len(best) + 1), best, color=colour, label=name, lw=2)
ax.set(
    xlabel="evaluations of loss and gradient", ylabel="lowest mean squared error so far"
)
winner = min(curves, key=lambda name: min(curves[name]))
ax.set_title(f"{winner} has the lowest loss after 2,000 evaluations")
ax.legend()
plt.show()
