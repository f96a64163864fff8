"""
What convolutions see
=====================

A convolution slides small filters over a picture. Each filter answers where its pattern
is: a row shows a filter and its answers to five digits. The autoencoder learned the
filters from 500 digits, without labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

X = load_digits().images[:500, :, :, None] / 16
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
convolution, pool = npae.Conv2D(6, 3, activation="relu"), npae.MaxPool2D(2)
ae = npae.Autoencoder([convolution, pool, npae.Flatten(), npae.Dense(16)], optimizer=adam)
ae.set_params(epochs=40, batch_size=50, random_state=0).fit(X)
filters = ae.network_.parameters(ae.theta_)["encoder.0.W"].reshape(3, 3, 6)
answers = next(y for _, _, y in ae.network_.outputs(ae.theta_, X[:5]))

fig, axes = plt.subplots(7, 6, figsize=(5.4, 6.2), layout="constrained")
limit = np.abs(filters).max()
for column in range(5):
    axes[0, column + 1].imshow(X[column, :, :, 0], cmap="Greys")
    for row in range(6):
        axes[row + 1, column + 1].imshow(
            answers[column, :, :, row], cmap="cividis", vmin=0, vmax=answers.max()
        )
for row in range(6):
    axes[row + 1, 0].imshow(filters[:, :, row], cmap="PuOr", vmin=-limit, vmax=limit)
for ax in axes.flat:
    ax.set_axis_off()
axes[0, 0].text(0.5, 0.3, "filter, and\nits answers\nto digits", ha="center", va="center")
fig.suptitle("Six filters, and where each of them answers")
plt.show()
