"""
Digits drawn from the prior
===========================

The prior of a variational autoencoder is a standard normal distribution, and so are its
codes, more or less. Codes drawn from the prior therefore decode to new digits.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
encoder = [64, npae.GaussianCode(8, beta=0.5)]
ae = npae.Autoencoder(
    encoder, loss="bce", optimizer=adam, epochs=40, batch_size=50, random_state=0
).fit(X)
sampled = ae.sample(40, random_state=1)
nearest = X[[((X - digit) ** 2).sum(axis=1).argmin() for digit in sampled]]

fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
for ax, digits in zip(axes, (sampled, nearest), strict=True):
    npae.plots.pictures(digits, (8, 8), columns=8, ax=ax)
axes[0].set_title("Sampled digits")
axes[1].set_title("The known digit nearest to each")
plt.show()
