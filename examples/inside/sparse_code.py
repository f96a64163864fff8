"""
A wide code that is mostly zero
===============================

A code as wide as its input could copy it. ``CodeL1`` puts a price on every number that is
not zero, so that each digit is described by some of the 64 units, and most of these
hardly.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
fig, axes = plt.subplots(1, 2, figsize=(7, 3.5), sharey=True, layout="constrained")
for ax, weight in zip(axes, (0.0, 1e-3), strict=True):
    adam = npae.Adam(0.005, adapt=npae.CosineDecay())
    model = npae.Autoencoder(
        [npae.Dense(64, "relu")], optimizer=adam, epochs=60, batch_size=50
    )
    ae = model.set_params(penalty=npae.CodeL1(weight), random_state=0).fit(X)
    codes = ae.encode(X)
    image = ax.imshow(codes[:50], cmap="Greys", vmax=1.5)
    active = np.count_nonzero(codes, axis=1).mean()
    name = f"CodeL1({weight:g})" if weight else "No penalty"
    ax.set(
        xlabel="unit of the code",
        title=f"{name}: {active:.0f} of 64 active,\nsquared error {-ae.score(X):.4f}",
    )
axes[0].set_ylabel("digit")
fig.colorbar(image, ax=axes, label="activity", extend="max", shrink=0.8)
plt.show()
