"""
The loss around the optimum
===========================

The loss is a function of all 3,597 weights. Cut through the trained weights along two
random directions, it is a valley. The directions are scaled so that a step of 1 changes
each weight by about its own size.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
ae = npae.Autoencoder([29, 23, 2], loss="bce", random_state=0).fit(letters)
rng = np.random.default_rng(0)
u, v = rng.standard_normal((2, ae.theta_.size)) * np.abs(ae.theta_)
axis = np.linspace(-0.25, 0.25, 41)
loss = [
    [ae.network_.value(ae.theta_ + a * u + b * v, letters) for a in axis] for b in axis
]

fig, ax = plt.subplots(figsize=(7, 5.2), layout="constrained")
filled = ax.contourf(axis, axis, np.log10(loss), 24, cmap="cividis")
ax.contour(axis, axis, np.log10(loss), 12, colors="white", linewidths=0.4)
ax.plot(
    0, 0, "*", ms=16, color="#D55E00", markeredgecolor="white", label="trained weights"
)
ax.set(xlabel="step along a random direction", ylabel="step along another one")
ax.set_title("All around the trained weights the loss rises steeply")
fig.colorbar(filled, label="log10 of the loss (nats per pixel)")
ax.legend()
plt.show()
