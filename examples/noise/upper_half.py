"""
Draw the lower half of a digit
==============================

An autoencoder need not return its input: ``target=`` says what it should return instead.
This one sees the upper half of a digit and learns to draw the whole of it. The digits
shown are none that it has learned from.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

digits, labels = load_digits(return_X_y=True)
digits = digits / 16
halves = np.where(np.arange(64) < 32, digits, 0.0)
adam = npae.Adam(0.005, adapt=npae.CosineDecay())
ae = npae.Autoencoder(
    [64, 20], loss="bce", optimizer=adam, epochs=40, batch_size=50, random_state=0
)
ae.fit(halves[:1600], target=digits[:1600])
shown = [1600 + np.flatnonzero(labels[1600:] == digit)[1] for digit in range(10)]
drawn = ae.reconstruct(halves[shown])

fig, axes = plt.subplots(3, 1, figsize=(7, 2.7), layout="constrained")
rows = {"it sees": halves[shown], "it draws": drawn, "the truth": digits[shown]}
for ax, (text, pictures) in zip(axes, rows.items(), strict=True):
    npae.plots.pictures(pictures, (8, 8), columns=10, ax=ax)
    ax.text(-2, 4, text, ha="right", va="center")
fig.suptitle("The lower half of unseen digits, drawn from the upper half")
plt.show()
