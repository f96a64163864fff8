"""
A plane of digits without gaps
==============================

A ``GaussianCode`` makes the autoencoder variational: codes of all digits together are
spread like a normal distribution, so that nearly every point of the plane decodes to a
digit.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
encoder = [64, 32, npae.GaussianCode(2, beta=0.5)]
ae = npae.Autoencoder(
    encoder, loss="bce", optimizer=adam, epochs=50, batch_size=50, random_state=0
).fit(X)

fig, ax = plt.subplots(figsize=(7, 7), layout="constrained")
npae.plots.manifold(ae, shape=(8, 8), bounds=[(-2, 2), (-2, 2)], n=16, ax=ax)
ax.set_title("Decoded codes, two standard deviations of the prior to each side")
plt.show()
