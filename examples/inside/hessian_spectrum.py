"""
Few directions matter
=====================

The eigenvalues of the Hessian say how much the loss curves along each direction of the
weights. They come from exact products of the Hessian with a vector. At the optimum most
of them are next to nothing: along these directions, weights can change without
consequences.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
ae = npae.Autoencoder([10, 2], loss="bce", random_state=0).fit(letters)
start = ae.network_.init(np.random.default_rng(0))

curves = (
    ("first weights", start, {"linestyle": "--", "color": "#D55E00"}),
    ("trained weights", ae.theta_, {"color": "#0072B2"}),
)
fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for name, theta, style in curves:
    moves = np.eye(theta.size)
    rows = [ae.network_.hessian_product(theta, move, letters) for move in moves]
    curvature = np.sort(np.abs(np.linalg.eigvalsh(rows)))[::-1]
    ax.semilogy(range(1, theta.size + 1), curvature, label=name, **style)
ax.set(xlabel="direction, the most curved first", ylabel="absolute curvature of the loss")
ax.set_ylim(1e-12, None)
most = np.argmax(np.cumsum(curvature) > 0.9 * curvature.sum()) + 1
ax.set_title(
    f"At the optimum, {most} of {theta.size} directions have 90 % of the curvature"
)
ax.legend()
plt.show()
