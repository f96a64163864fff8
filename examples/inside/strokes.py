"""
An alphabet of strokes
======================

A sparse code describes a digit as a sum of few pictures, one for each active unit. Nobody
told the autoencoder which pictures to use. It settles on strokes and bends that many
digits share.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
adam = npae.Adam(0.005, adapt=npae.CosineDecay())
code, penalties = npae.Dense(36, "relu"), [npae.CodeL1(1e-3), npae.L2(1e-4)]
ae = npae.Autoencoder(
    [code], penalty=penalties, optimizer=adam, epochs=40, batch_size=50, random_state=0
).fit(X)
pictures = ae.network_.parameters(ae.theta_)["decoder.0.W"].reshape(-1, 8, 8)

fig, axes = plt.subplots(3, 12, figsize=(7, 2.2), layout="constrained")
limit = np.abs(pictures).max() * 0.7
for ax, picture in zip(axes.flat, pictures, strict=True):
    image = ax.imshow(picture, cmap="PuOr", vmin=-limit, vmax=limit)
    ax.set(xticks=[], yticks=[])
fig.colorbar(image, ax=axes, label="weight", shrink=0.9, extend="both")
fig.suptitle("What each of 36 units adds to the picture of a digit")
plt.show()
