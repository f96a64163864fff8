"""
A curve followed by one number
==============================

One principal component is a straight line, whatever the data look like. One number of an
autoencoder may run along a curve: decoded from one end of its range to the other, it
draws the S (on its side) that the points lie on.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_s_curve
from sklearn.decomposition import PCA

import npae

X = make_s_curve(400, noise=0.08, random_state=0)[0][:, [2, 0]]
ae = npae.Autoencoder([16, 1], random_state=0).fit(X)
pca = PCA(1).fit(X)
code = np.linspace(ae.encode(X).min(), ae.encode(X).max(), 200)[:, None]
component = np.linspace(pca.transform(X).min(), pca.transform(X).max(), 2)[:, None]
straight = pca.inverse_transform(component)
errors = [npae.metrics.mse(X, pca.inverse_transform(pca.transform(X))), -ae.score(X)]

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.scatter(*X.T, s=14, color="0.75", label="data")
ax.plot(*straight.T, "--", color="#D55E00", lw=2.5, label="one principal component")
ax.plot(*ae.decode(code).T, color="#0072B2", lw=2.5, label="decoded from one number")
ax.set(xlabel="x", ylabel="y", aspect="equal")
ax.set_title(
    f"The curve leaves {errors[1] / errors[0]:.0%} of the straight line's squared error"
)
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=3, frameon=False)
plt.show()
