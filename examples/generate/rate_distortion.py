"""
Rate and distortion
===================

The weight ``beta`` of a ``GaussianCode`` trades how much the code may say (rate) for how
well the digits are rebuilt (distortion). A small beta buys good pictures with a long
message, a large one saves on both.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
train, test = X[:1200], X[1200:]
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
betas, points = (0.003, 0.01, 0.03, 0.1, 0.3), []
for beta in betas:
    code = npae.GaussianCode(8, beta)
    ae = npae.Autoencoder(
        [64, code], optimizer=adam, epochs=25, batch_size=50, random_state=0
    ).fit(train)
    mean, deviation = ae.posterior(test)
    rate = np.sum(mean**2 + deviation**2 - 1 - 2 * np.log(deviation), axis=1).mean() / 2
    points.append(
        (rate, 64 * npae.metrics.mse(test, ae.decode(ae.sample_posterior(test)[:, 0])))
    )

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.plot(*zip(*points, strict=True), "o-", color="#0072B2")
for beta, point in zip(betas, points, strict=True):
    ax.annotate(f"$\\beta$ = {beta}", point, xytext=(6, 6), textcoords="offset points")
ax.set(xlabel="rate (nats per digit)", ylabel="distortion (squared error per digit)")
ax.set_title("A larger beta gives a shorter message and a worse picture")
ax.margins(0.2)
plt.show()
