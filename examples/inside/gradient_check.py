"""
Is the gradient right?
======================

``npae.check_gradients`` compares backpropagation with central differences. How well they
can agree depends on the step of the differences: large steps miss the curvature, small
ones drown in rounding. A wrong gradient disagrees at every step.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
encoder = [npae.Dense(10, "tanh"), npae.Dense(2)]
decoder = [npae.Dense(10, "tanh"), npae.Dense(35)]
network = npae.Network(encoder, decoder, "bce", in_shape=35)
theta = network.init(np.random.default_rng(0))
gradient = network.value_and_gradient(theta, letters)[1]
some = np.random.default_rng(1).choice(theta.size, 100, replace=False)
wrong = gradient.copy()
wrong[network.indices(["encoder"])] *= 1.01  # as if a factor were forgotten
steps, right_errors, wrong_errors = np.geomspace(1e-12, 1, 25), [], []
for step in steps:
    moves = step * np.eye(theta.size)[some]
    rises = [network.value(theta + move, letters) for move in moves]
    falls = [network.value(theta - move, letters) for move in moves]
    numeric = np.subtract(rises, falls) / (2 * step)
    right_errors.append(np.abs(numeric - gradient[some]).max() / np.abs(gradient).max())
    wrong_errors.append(np.abs(numeric - wrong[some]).max() / np.abs(gradient).max())

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.loglog(
    steps,
    wrong_errors,
    "s--",
    color="#D55E00",
    label="encoder: 1 % too large",
)
ax.loglog(steps, right_errors, "o-", color="#0072B2", label="backpropagation")
ax.axvline(6e-6, color="0.6", linestyle=":", label="step of check_gradients")
ax.set_ylim(None, 1e2)
ax.set(xlabel="step of the central differences", ylabel="largest error (relative)")
ax.set_title("Central differences confirm a right gradient and expose a wrong one")
ax.legend(loc="upper center")
plt.show()
